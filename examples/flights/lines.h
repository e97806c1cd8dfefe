/* Reads a file line by line, many lines at a time: they are pointed at where they lie in the reader's buffer, ready to
 * be handed to disruptor_produce, which copies them. */
#ifndef FLIGHTS_LINES_H
#define FLIGHTS_LINES_H

#include <disruptor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

enum { MAX_LINE = 16 * 1024 }; /* bytes in a line, its end included */

struct lines {
  const char *path;
  int fd;
  char *buffer;
  size_t start, end; /* what the buffer holds and nobody has read */
  bool at_end;       /* of the file */
  uint64_t number;   /* lines handed out so far */
};

enum lines_status {
  LINES_READ,  /* there are some */
  LINES_LATER, /* none yet: a pipe that is slow, or a signal; ask again when nothing else calls */
  LINES_END,
  LINES_FAILED
};

bool lines_open(struct lines *lines, const char *path, struct failure *failure);

/* Up to `max` lines, each with its end as it is in the file. They are valid until the next call. */
enum lines_status lines_read(struct lines *lines, disruptor_slice_t *slices, size_t max,
                             size_t *count, struct failure *failure);

/* Whether the file can be read again and again as if it were one: it is no pipe, and its last line has an end. */
bool lines_can_repeat(const struct lines *lines, struct failure *failure);

/* Starts again at the first line. */
bool lines_rewind(struct lines *lines, struct failure *failure);

void lines_close(struct lines *lines);

#endif
