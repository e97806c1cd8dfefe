#include "feed.h"

#include <stdio.h>

#include "csv.h"
#include "flight.h"

enum { LINES_AT_A_TIME = 256, WARNINGS = 10 };

static const uint64_t PATIENCE_NS = 100 * 1000 * 1000; /* before looking whether to go on at all */

static bool must_stop(const struct feed *feed) {
  return *feed->interrupted || outputs_stopped(feed->outputs, feed->ring) != NULL;
}

/* Puts lines into the ring, and counts what it accepted: when this ends early, exactly the counted lines are in. */
static bool produce(struct feed *feed, const disruptor_slice_t *lines, const bool *is_flight,
                    size_t count) {
  size_t done = 0;
  while (done < count) {
    size_t accepted = 0, end;
    disruptor_status_t status = disruptor_produce_timeout(feed->ring, lines + done, count - done,
                                                          PATIENCE_NS, &accepted);
    for (end = done + accepted; done < end; done++) {
      feed->lines++;
      feed->bytes += lines[done].len;
      feed->flights += is_flight[done];
    }
    if (must_stop(feed)) {
      return false;
    }
    if (status != DISRUPTOR_OK && status != DISRUPTOR_TIMED_OUT) {
      return fail(&feed->failure, "the disruptor takes no more lines: %s", disruptor_last_error());
    }
  }
  return true;
}

/* Says that a line is no flight. Of many such lines, only the first ones are worth a message each. */
static void warn(struct feed *feed, const struct failure *failure) {
  if (++feed->broken > WARNINGS) {
    return;
  }
  progress_clear(feed->progress);
  fprintf(stderr, "flights: %s; skipped\n", failure->text);
  if (feed->broken == WARNINGS) {
    fprintf(stderr, "flights: (further broken lines are only counted)\n");
  }
}

/* Looks at a line before it goes in. False when it must not. */
static bool check(struct feed *feed, const char *path, uint64_t number,
                  const disruptor_slice_t *line, bool *is_flight) {
  static struct csv_row row; /* too large for a stack; this is the only thread that feeds */
  struct failure reason = {""}, failure;
  struct flight flight;
  enum line_kind kind = flight_read(&flight, &row, line->data, line->len, &reason);
  *is_flight = kind == LINE_FLIGHT;
  if (number == 1 && kind != LINE_HEADER) {
    return fail(&feed->failure, "%s:1: a file of flights begins with its header: year,month,day,...%s%s",
                path, kind == LINE_BROKEN ? "; here " : "", reason.text);
  }
  if (kind != LINE_BROKEN) {
    return true;
  }
  fail(&failure, "%s:%llu: %s", path, (unsigned long long)number, reason.text);
  if (!feed->options->skip_broken) {
    feed->failure = failure;
    return false;
  }
  warn(feed, &failure);
  return true;
}

/* Takes up to LINES_AT_A_TIME lines; false when it is time to end. */
static bool feed_some(struct feed *feed, const struct lines *lines, const disruptor_slice_t *slices,
                      size_t count) {
  bool is_flight[LINES_AT_A_TIME];
  uint64_t first = lines->number - count + 1;
  size_t good = 0;
  while (good < count && check(feed, lines->path, first + good, &slices[good], &is_flight[good])) {
    good++;
  }
  return produce(feed, slices, is_flight, good) && good == count;
}

static bool feed_once(struct feed *feed, struct lines *lines) {
  disruptor_slice_t slices[LINES_AT_A_TIME];
  size_t count;
  while (!must_stop(feed)) {
    switch (lines_read(lines, slices, LINES_AT_A_TIME, &count, &feed->failure)) {
      case LINES_READ:
        if (!feed_some(feed, lines, slices, count)) {
          return false;
        }
        progress_update(feed->progress, feed->bytes, feed->flights);
        break;
      case LINES_LATER:
        break;
      case LINES_END:
        return lines->number > 0 || fail(&feed->failure, "%s is empty", lines->path);
      case LINES_FAILED:
        return false;
    }
  }
  return false;
}

void feed_file(struct feed *feed, struct lines *lines) {
  unsigned pass;
  for (pass = 1; feed_once(feed, lines); pass++) {
    if (pass == feed->options->repeat) {
      feed->is_complete = true;
      return;
    }
    if (!lines_rewind(lines, &feed->failure)) {
      return;
    }
  }
}
