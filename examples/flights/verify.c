#define _POSIX_C_SOURCE 200809L

#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flight.h"
#include "number.h"

enum { CHUNK = 64 * 1024, LINES_AT_A_TIME = 64 };

static bool is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Reads a chunk of the input, which starts again where it ends. */
static bool read_again(FILE *input, char *chunk, size_t size) {
  size_t done = 0;
  bool rewound = false;
  while (done < size) {
    size_t got = fread(chunk + done, 1, size - done, input);
    done += got;
    if (got == 0) {
      if (rewound || ferror(input)) {
        return false; /* empty, all of a sudden */
      }
      rewind(input);
    }
    rewound = got == 0;
  }
  return true;
}

/* Whether the journal holds `size` bytes and these are the first ones of the input, repeated. */
static bool is_same(FILE *journal, FILE *input, uint64_t size) {
  static char written[CHUNK], expected[CHUNK];
  uint64_t done = 0;
  for (;;) {
    size_t got = fread(written, 1, sizeof written, journal);
    done += got;
    if (got == 0) {
      return done == size && !ferror(journal);
    }
    if (done > size || !read_again(input, expected, got) || memcmp(written, expected, got) != 0) {
      return false;
    }
  }
}

static bool compare(const char *journal_path, const char *input_path, uint64_t size) {
  FILE *journal = fopen(journal_path, "rb");
  FILE *input = fopen(input_path, "rb");
  bool same = journal != NULL && input != NULL && is_same(journal, input, size);
  if (journal != NULL) {
    fclose(journal);
  }
  if (input != NULL) {
    fclose(input);
  }
  return same;
}

static bool count_flights(const char *path, uint64_t *flights, struct failure *failure) {
  static struct csv_row row;
  disruptor_slice_t slices[LINES_AT_A_TIME];
  struct failure why_broken;
  struct flight flight;
  struct lines lines;
  enum lines_status status;
  size_t count, i;
  if (!lines_open(&lines, path, failure)) {
    return false;
  }
  while ((status = lines_read(&lines, slices, LINES_AT_A_TIME, &count, failure)) == LINES_READ ||
         status == LINES_LATER) {
    for (i = 0; i < count; i++) {
      *flights += flight_read(&flight, &row, slices[i].data, slices[i].len, &why_broken) == LINE_FLIGHT;
    }
  }
  lines_close(&lines);
  return status == LINES_END;
}

/* Prints one line of the list. */
static bool verdict(const struct sink *sink, uint64_t found, const struct feed *feed,
                    const char *remark) {
  char counted[NUMBER_SIZE], of[NUMBER_SIZE];
  bool complete = found == feed->flights && found == sink->stored;
  printf("  %-12s %12s flights%s", sink->name, number_format(counted, found), remark);
  if (found != sink->stored) {
    printf(" (wrong: its consumer stored %s)", number_format(of, sink->stored));
  }
  if (sink->stored != feed->flights) {
    printf(" (incomplete: %s were accepted)", number_format(of, feed->flights));
  }
  printf("\n");
  return complete && !has_failed(&sink->failure);
}

static bool unreadable(const struct sink *sink, const struct failure *failure) {
  printf("  %-12s cannot be checked: %s\n", sink->name, failure->text);
  return false;
}

static bool verify_store(struct outputs *outputs, const struct feed *feed) {
  struct database *database = &outputs->store.database;
  struct failure failure;
  uint64_t found;
  if (!database_number(database, "SELECT count(*) FROM flights", &found, &failure)) {
    return unreadable(&database->sink, &failure);
  }
  return verdict(&database->sink, found, feed, "");
}

static bool verify_delays(struct outputs *outputs, const struct feed *feed) {
  struct database *database = &outputs->delays.database;
  struct failure failure;
  uint64_t by_airline, by_airport;
  if (!database_number(database, "SELECT coalesce(sum(flights), 0) FROM airlines", &by_airline,
                       &failure) ||
      !database_number(database, "SELECT coalesce(sum(flights), 0) FROM airports", &by_airport,
                       &failure)) {
    return unreadable(&database->sink, &failure);
  }
  return verdict(&database->sink, by_airline, feed,
                 by_airline == by_airport ? "" : " (wrong: airports and airlines differ)") &&
         by_airline == by_airport;
}

static bool verify_journal(struct outputs *outputs, const struct feed *feed) {
  struct journal *journal = &outputs->journal;
  const char *input = feed->options->input;
  struct failure failure;
  uint64_t found = 0;
  const char *remark;
  bool same;
  if (!journal->is_file) {
    fail(&failure, "it is not a file");
    return unreadable(&journal->sink, &failure);
  }
  if (!count_flights(journal->path, &found, &failure)) {
    return unreadable(&journal->sink, &failure);
  }
  if (!is_file(input)) {
    return verdict(&journal->sink, found, feed, ", not compared: the input cannot be read twice");
  }
  same = compare(journal->path, input, journal->written);
  remark = same ? ", the input byte for byte" : ", which is NOT the input byte for byte";
  if (same && !(feed->is_complete && journal->written == feed->bytes)) {
    remark = ", the beginning of the input byte for byte";
  }
  return verdict(&journal->sink, found, feed, remark) && same && journal->written == feed->bytes;
}

bool verify(struct outputs *outputs, const struct feed *feed) {
  char flights[NUMBER_SIZE], lines[NUMBER_SIZE], bytes[NUMBER_SIZE];
  bool store, delays, journal;
  printf("  %-12s %12s flights in %s lines, %s bytes\n", "accepted",
         number_format(flights, feed->flights), number_format(lines, feed->lines),
         number_format(bytes, feed->bytes));
  store = verify_store(outputs, feed);
  delays = verify_delays(outputs, feed);
  journal = verify_journal(outputs, feed);
  return store && delays && journal;
}
