/* The three consumers together. */
#ifndef FLIGHTS_OUTPUTS_H
#define FLIGHTS_OUTPUTS_H

#include <disruptor.h>
#include <stdbool.h>

#include "delays.h"
#include "failure.h"
#include "journal.h"
#include "options.h"
#include "sink.h"
#include "store.h"

enum { OUTPUTS_MAX_PATH = 4096 };

struct outputs {
  struct store store;
  struct delays delays;
  struct journal journal;
  struct sinks sinks; /* the three again, for what is the same for all */
  char paths[SINKS][OUTPUTS_MAX_PATH];
};

/* Opens all three, empty. Closing is up to the caller also when this failed. */
bool outputs_open(struct outputs *outputs, const struct options *options, struct failure *failure);

bool outputs_register(struct outputs *outputs, disruptor_t *ring, const struct options *options,
                      struct failure *failure);

/* The first sink that the disruptor has stopped, or NULL. */
const struct sink *outputs_stopped(const struct outputs *outputs, const disruptor_t *ring);

void outputs_close(struct outputs *outputs);

#endif
