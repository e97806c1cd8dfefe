/* What the flights tell: the tables that a person wants to see at the end. */
#ifndef FLIGHTS_RESULTS_H
#define FLIGHTS_RESULTS_H

#include <stdbool.h>

#include "delays.h"
#include "failure.h"

/* The `rows` worst destinations and all airlines, each by mean delay on arrival. */
bool results_print(struct delays *delays, unsigned rows, struct failure *failure);

#endif
