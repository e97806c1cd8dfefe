#define _POSIX_C_SOURCE 200809L

#include "outputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The path of a file in the directory of results; false when it is too long. */
static bool join(char *path, const char *directory, const char *file, struct failure *failure) {
  int length = snprintf(path, OUTPUTS_MAX_PATH, "%s/%s", directory, file);
  return (length > 0 && length < OUTPUTS_MAX_PATH) || fail(failure, "--out is too long");
}

bool outputs_open(struct outputs *outputs, const struct options *options, struct failure *failure) {
  const char *directory = options->directory;
  memset(outputs, 0, sizeof *outputs);
  outputs->journal.fd = -1;
  outputs->sinks.of[0] = &outputs->store.database.sink;
  outputs->sinks.of[1] = &outputs->delays.database.sink;
  outputs->sinks.of[2] = &outputs->journal.sink;
  if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
    return fail(failure, "cannot make the directory %s: %s", directory, strerror(errno));
  }
  return join(outputs->paths[0], directory, "flights.db", failure) &&
         join(outputs->paths[1], directory, "delays.db", failure) &&
         join(outputs->paths[2], directory, "journal.csv", failure) &&
         journal_open(&outputs->journal, outputs->paths[2], options->input, failure) &&
         store_open(&outputs->store, outputs->paths[0], options->busy_ms, failure) &&
         delays_open(&outputs->delays, outputs->paths[1], options->input, options->busy_ms,
                     failure);
}

bool outputs_register(struct outputs *outputs, disruptor_t *ring, const struct options *options,
                      struct failure *failure) {
  /* A transaction costs about as much as a hundred inserts: the databases wait for some lines to come together. */
  size_t min_batch = options->ring / 4 > 0 ? options->ring / 4 : 1;
  return database_register(&outputs->store.database, ring, min_batch, failure) &&
         database_register(&outputs->delays.database, ring, min_batch, failure) &&
         journal_register(&outputs->journal, ring, failure);
}

const struct sink *outputs_stopped(const struct outputs *outputs, const disruptor_t *ring) {
  size_t i;
  for (i = 0; i < SINKS; i++) {
    if (sink_has_stopped(outputs->sinks.of[i], ring)) {
      return outputs->sinks.of[i];
    }
  }
  return NULL;
}

void outputs_close(struct outputs *outputs) {
  store_close(&outputs->store);
  delays_close(&outputs->delays);
  journal_close(&outputs->journal);
}
