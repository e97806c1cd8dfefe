/* journal.csv: every line as it came, in the order in which it came, so that the file can be had back from it. */
#ifndef FLIGHTS_JOURNAL_H
#define FLIGHTS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "sink.h"

enum { JOURNAL_BUFFER = 64 * 1024 };

struct journal {
  struct sink sink;
  const char *path;
  int fd;
  bool is_file;     /* and not a device or a pipe */
  uint64_t written; /* bytes, in batches that were written completely */
  size_t buffered;
  char buffer[JOURNAL_BUFFER];
  struct csv_row row;
};

/* Begins an empty journal; refuses to if that is the file `input`. */
bool journal_open(struct journal *journal, const char *path, const char *input,
                  struct failure *failure);

bool journal_register(struct journal *journal, disruptor_t *ring, struct failure *failure);

void journal_close(struct journal *journal);

#endif
