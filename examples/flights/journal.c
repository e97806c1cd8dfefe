#define _POSIX_C_SOURCE 200809L

#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flight.h"

static bool failed(const char *path, struct failure *failure) {
  return fail(failure, "%s: %s", path, strerror(errno));
}

bool journal_open(struct journal *journal, const char *path, const char *input,
                  struct failure *failure) {
  struct stat here, there;
  memset(journal, 0, sizeof *journal);
  journal->sink.name = "journal.csv";
  journal->path = path;
  journal->fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (journal->fd < 0 || fstat(journal->fd, &here) != 0) {
    return failed(path, failure);
  }
  if (stat(input, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return fail(failure, "%s is the file to be read: choose another --out", path);
  }
  journal->is_file = S_ISREG(here.st_mode);
  if (journal->is_file && ftruncate(journal->fd, 0) != 0) {
    return failed(path, failure);
  }
  return true;
}

static bool flush(struct journal *journal) {
  size_t done = 0;
  while (done < journal->buffered) {
    ssize_t wrote = write(journal->fd, journal->buffer + done, journal->buffered - done);
    if (wrote < 0 && errno != EINTR) {
      return failed(journal->path, &journal->sink.failure);
    }
    done += wrote > 0 ? (size_t)wrote : 0;
  }
  journal->buffered = 0;
  return true;
}

static bool append(struct journal *journal, const disruptor_element_t *line) {
  if (journal->buffered + line->len > sizeof journal->buffer && !flush(journal)) {
    return false;
  }
  memcpy(journal->buffer + journal->buffered, line->data, line->len);
  journal->buffered += line->len;
  return true;
}

/* Takes back what there is of a batch that did not go in completely: the journal ends with a whole line. */
static void cut(struct journal *journal) {
  journal->buffered = 0;
  if (journal->is_file && ftruncate(journal->fd, (off_t)journal->written) != 0) {
    const struct failure first = journal->sink.failure;
    fail(&journal->sink.failure, "%.200s; and it now ends with half a batch: %s", first.text,
         strerror(errno));
  }
}

static int32_t on_batch(void *user_data, const disruptor_batch_t *batch) {
  struct journal *journal = user_data;
  uint64_t flights = 0, bytes = 0;
  struct failure why_broken;
  struct flight flight;
  bool appended = true;
  size_t i;
  for (i = 0; i < batch->count && appended; i++) {
    const disruptor_element_t *line = &batch->elements[i];
    flights += flight_read(&flight, &journal->row, line->data, line->len, &why_broken) == LINE_FLIGHT;
    bytes += line->len;
    appended = append(journal, line);
  }
  if (!appended || !flush(journal)) {
    cut(journal);
    return SINK_FAILED;
  }
  journal->written += bytes;
  journal->sink.stored += flights;
  return SINK_STORED;
}

/* Runs on the consumer's thread after its last batch. A disk may refuse only now what it took before. */
static void on_close(void *user_data) {
  struct journal *journal = user_data;
  if (journal->is_file && fsync(journal->fd) != 0 && !has_failed(&journal->sink.failure)) {
    failed(journal->path, &journal->sink.failure);
  }
}

bool journal_register(struct journal *journal, disruptor_t *ring, struct failure *failure) {
  struct sink_callbacks callbacks = {on_batch, on_close, journal, 1};
  return sink_register(&journal->sink, ring, &callbacks, failure);
}

void journal_close(struct journal *journal) {
  if (journal->fd >= 0) {
    close(journal->fd);
  }
}
