/* A month of flights, one reader, three consumers: each line of a CSV file goes into two databases and a journal at the
 * same time, and the slowest of the three sets the pace. Run it with `cargo xtask flights`, or see --help.
 *
 * What to look at, in this order:
 *
 *   this file            makes the disruptor, closes it, and says what came of it
 *   flights/feed.c       the producer: many lines with one call, and a timeout to stay attentive
 *   flights/sink.c       registering a consumer, and what happens when one fails
 *   flights/database.c   a consumer whose batch is a transaction; store.c and delays.c build on it
 *   flights/journal.c    a consumer that appends to a file
 *
 * The rest (options, lines, csv, flight, names, progress, results, verify) has nothing to do with the disruptor.
 *
 * What is lost when something goes wrong: nothing that was accepted. A line is looked at before it goes into the ring,
 * so a broken one ends the run (or is passed over, with --skip-broken) before any consumer sees it. A consumer that
 * fails is stopped and the others go on; the reader notices and ends. disruptor_close then delivers all that the ring
 * still holds. */
#define _POSIX_C_SOURCE 200809L

#include <disruptor.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flights/failure.h"
#include "flights/feed.h"
#include "flights/lines.h"
#include "flights/number.h"
#include "flights/options.h"
#include "flights/outputs.h"
#include "flights/progress.h"
#include "flights/results.h"
#include "flights/sink.h"
#include "flights/verify.h"

enum { INTERRUPTED = 130, USUAL_LINE = 128 /* bytes; longer ones cost an allocation */ };

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  (void)number;
  interrupted = 1;
}

static void handle_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the program at once */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  /* A file that has reached its limit is an error to report, and no reason to die. */
  signal(SIGXFSZ, SIG_IGN);
}

static disruptor_t *create_ring(const struct options *options, struct outputs *outputs,
                                struct failure *failure) {
  disruptor_t *ring = NULL;
  disruptor_config_t config;
  disruptor_config_init(&config);
  config.name = "flights";
  config.capacity = options->ring;
  config.element_size = USUAL_LINE;
  config.max_element_size = MAX_LINE;
  config.producer_mode = DISRUPTOR_PRODUCER_SINGLE;
  config.on_error = sink_on_error;
  config.on_error_data = &outputs->sinks;
  if (disruptor_create(&config, &ring) != DISRUPTOR_OK) {
    fail(failure, "cannot make the disruptor: %s", disruptor_last_error());
  }
  return ring;
}

static uint64_t bytes_to_come(const struct lines *lines, const struct options *options) {
  struct stat status;
  bool is_known = fstat(lines->fd, &status) == 0 && S_ISREG(status.st_mode);
  return is_known ? (uint64_t)status.st_size * options->repeat : 0;
}

/* The disruptor's own account: who was slow, and who waited for whom. */
static void print_report(const disruptor_t *ring) {
  char too_small[1];
  size_t length = 0;
  char *text;
  disruptor_report(ring, DISRUPTOR_FORMAT_TEXT, too_small, sizeof too_small, &length);
  text = malloc(length + 1);
  if (text != NULL &&
      disruptor_report(ring, DISRUPTOR_FORMAT_TEXT, text, length + 1, &length) == DISRUPTOR_OK) {
    printf("\n%s", text);
  }
  free(text);
}

/* Says why the run ended early, if it did, and what became of the flights. Returns the exit status so far. */
static int explain(const struct feed *feed) {
  char accepted[NUMBER_SIZE], stored[NUMBER_SIZE];
  int status = EXIT_SUCCESS;
  size_t i;
  if (interrupted) {
    fprintf(stderr, "flights: interrupted\n");
    status = INTERRUPTED;
  }
  if (has_failed(&feed->failure)) {
    fprintf(stderr, "flights: %s\n", feed->failure.text);
    status = EXIT_FAILURE;
  }
  for (i = 0; i < SINKS; i++) {
    const struct sink *sink = feed->outputs->sinks.of[i];
    if (has_failed(&sink->failure)) {
      fprintf(stderr, "flights: %s", sink->failure.text);
      if (sink->tries > 1) {
        fprintf(stderr, " (tried %u times)", sink->tries);
      }
      fprintf(stderr, "\n");
      status = EXIT_FAILURE;
    }
  }
  if (status != EXIT_SUCCESS) {
    fprintf(stderr, "flights: the run ended early: %s flights were accepted;",
            number_format(accepted, feed->flights));
    for (i = 0; i < SINKS; i++) {
      const struct sink *sink = feed->outputs->sinks.of[i];
      fprintf(stderr, "%s %s stored %s", i > 0 ? "," : "", sink->name,
              number_format(stored, sink->stored));
    }
    fprintf(stderr, "\n");
  }
  return status;
}

/* All that a person wants to know at the end. Returns the exit status. */
static int finish(const struct feed *feed, struct outputs *outputs, double seconds) {
  const struct options *options = feed->options;
  int status = explain(feed);
  char flights[NUMBER_SIZE], rate[NUMBER_SIZE], broken[NUMBER_SIZE];
  struct failure failure = {""};
  printf("%s flights of %s in %.2f s: %s a second\n", number_format(flights, feed->flights),
         options->input, seconds,
         number_format(rate, seconds > 0 ? (uint64_t)((double)feed->flights / seconds) : 0));
  if (feed->broken > 0) {
    printf("broken lines, in the journal only: %s\n", number_format(broken, feed->broken));
  }
  if (feed->flights > 0 && !results_print(&outputs->delays, options->rows, &failure)) {
    fprintf(stderr, "flights: %s\n", failure.text);
  }
  printf("\nIn %s:\n", options->directory);
  if (!verify(outputs, feed) && status == EXIT_SUCCESS) {
    fprintf(stderr, "flights: what was stored is not what was read, see above\n");
    status = EXIT_FAILURE;
  }
  print_report(feed->ring);
  return has_failed(&failure) ? EXIT_FAILURE : status;
}

static int run(const struct options *options, struct lines *lines, struct outputs *outputs) {
  struct failure failure;
  struct progress progress;
  struct feed feed;
  double seconds;
  int status;
  disruptor_t *ring = create_ring(options, outputs, &failure);
  if (ring == NULL || !outputs_register(outputs, ring, options, &failure)) {
    fprintf(stderr, "flights: %s\n", failure.text);
    disruptor_destroy(ring);
    return EXIT_FAILURE;
  }
  memset(&feed, 0, sizeof feed);
  feed.options = options;
  feed.ring = ring;
  feed.outputs = outputs;
  feed.progress = &progress;
  feed.interrupted = &interrupted;
  handle_signals();
  progress_start(&progress, bytes_to_come(lines, options));
  feed_file(&feed, lines);
  if (disruptor_close(ring, DISRUPTOR_WAIT_FOREVER) != DISRUPTOR_OK) {
    fail(&feed.failure, "cannot close the disruptor: %s", disruptor_last_error());
  }
  /* From here on all consumers have had all lines, and their threads have ended. */
  seconds = progress_seconds(&progress);
  progress_clear(&progress);
  status = finish(&feed, outputs, seconds);
  disruptor_destroy(ring);
  return status;
}

int main(int argc, char **argv) {
  static struct outputs outputs;
  struct failure failure = {""};
  struct options options;
  struct lines lines;
  int status = options_read(&options, argc, argv);
  if (status != OPTIONS_RUN) {
    return status;
  }
  if (!lines_open(&lines, options.input, &failure)) {
    fprintf(stderr, "flights: %s\n", failure.text);
    return EXIT_FAILURE;
  }
  if (options.repeat > 1 && !lines_can_repeat(&lines, &failure)) {
    fprintf(stderr, "flights: %s\n", failure.text);
    lines_close(&lines);
    return EXIT_FAILURE;
  }
  if (outputs_open(&outputs, &options, &failure)) {
    status = run(&options, &lines, &outputs);
  } else {
    fprintf(stderr, "flights: %s\n", failure.text);
    status = EXIT_FAILURE;
  }
  outputs_close(&outputs);
  lines_close(&lines);
  return status;
}
