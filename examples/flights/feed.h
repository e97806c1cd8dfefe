/* The producer: reads the file, looks at every line, and puts it into the ring. */
#ifndef FLIGHTS_FEED_H
#define FLIGHTS_FEED_H

#include <disruptor.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "lines.h"
#include "options.h"
#include "outputs.h"
#include "progress.h"

struct feed {
  const struct options *options;
  disruptor_t *ring;
  const struct outputs *outputs;
  struct progress *progress;
  const volatile sig_atomic_t *interrupted;

  /* What the disruptor has accepted, and so every consumer gets. */
  uint64_t lines, bytes, flights;
  uint64_t broken;  /* lines that are no flights, and were let through */
  bool is_complete; /* that was all there is */
  struct failure failure;
};

/* Feeds the file as often as the options say. Stops early when a line is broken, when a consumer has stopped, or when
 * the user interrupts; the failure says so, except for the last two, which the caller can see for itself. */
void feed_file(struct feed *feed, struct lines *lines);

#endif
