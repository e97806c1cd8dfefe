/* Looks at what the consumers left on the disk, whatever they believe themselves. */
#ifndef FLIGHTS_VERIFY_H
#define FLIGHTS_VERIFY_H

#include <stdbool.h>

#include "feed.h"
#include "outputs.h"

/* Prints what is there, and returns whether all three have exactly what the disruptor accepted: the databases every
 * flight, the journal every byte. */
bool verify(struct outputs *outputs, const struct feed *feed);

#endif
