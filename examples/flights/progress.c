#define _POSIX_C_SOURCE 200809L

#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

enum { WIDTH = 40 };

static const double INTERVAL = 0.1; /* seconds between two pictures: a terminal is slow */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void progress_start(struct progress *progress, uint64_t total) {
  progress->is_shown = isatty(STDERR_FILENO);
  progress->total = total;
  progress->started = progress->shown = now();
}

double progress_seconds(const struct progress *progress) { return now() - progress->started; }

void progress_update(struct progress *progress, uint64_t bytes, uint64_t flights) {
  char bar[WIDTH + 1], counted[NUMBER_SIZE];
  int i, filled;
  if (!progress->is_shown || now() - progress->shown < INTERVAL) {
    return;
  }
  progress->shown = now();
  number_format(counted, flights);
  if (progress->total == 0) {
    fprintf(stderr, "\r%s flights", counted);
    return;
  }
  filled = (int)((double)bytes / (double)progress->total * WIDTH);
  for (i = 0; i < WIDTH; i++) {
    bar[i] = i < filled ? '#' : '.';
  }
  bar[WIDTH] = '\0';
  fprintf(stderr, "\r[%s] %3.0f %%  %s flights", bar,
          (double)bytes / (double)progress->total * 100, counted);
}

void progress_clear(struct progress *progress) {
  if (progress->is_shown) {
    fputs("\r\033[K", stderr);
  }
}
