/* A progress bar, for a person at a terminal; elsewhere nothing is shown. */
#ifndef FLIGHTS_PROGRESS_H
#define FLIGHTS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
  bool is_shown;
  uint64_t total; /* bytes to come; 0 = nobody knows */
  double started, shown;
};

void progress_start(struct progress *progress, uint64_t total);

void progress_update(struct progress *progress, uint64_t bytes, uint64_t flights);

/* Clears the line, so that something else can be written. */
void progress_clear(struct progress *progress);

/* Seconds since the start. */
double progress_seconds(const struct progress *progress);

#endif
