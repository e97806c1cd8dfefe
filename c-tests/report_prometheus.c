/* The report for Prometheus: the text format, line by line. */
#include "reporting.h"
#include "sink.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_byte(char byte) { return isalnum((unsigned char)byte) || byte == '_' || byte == ':'; }

static const char *metric_name(const char *at, char *name, size_t size) {
  size_t length = 0;
  CHECK(!isdigit((unsigned char)*at));
  while (name_byte(*at)) {
    CHECK(length + 1 < size);
    name[length++] = *at++;
  }
  CHECK(length > 0);
  name[length] = '\0';
  return at;
}

/* A line without its end: a comment, or a sample whose metric has been given its type just before. */
static void expect_prometheus_line(const char *line, char *family, size_t size) {
  char name[128], *end;
  if (strncmp(line, "# TYPE ", 7) == 0) {
    const char *kind = metric_name(line + 7, family, size);
    CHECK(strcmp(kind, " counter") == 0 || strcmp(kind, " gauge") == 0);
    return;
  }
  if (strncmp(line, "# HELP ", 7) == 0) {
    (void)metric_name(line + 7, name, sizeof name);
    return;
  }
  line = metric_name(line, name, sizeof name);
  CHECK_TEXT(name, family);
  if (*line == '{') {
    do {
      line = metric_name(line + 1, name, sizeof name);
      CHECK(line[0] == '=' && line[1] == '"');
      for (line += 2; *line != '"'; line++) {
        CHECK(*line != '\0');
        if (*line == '\\') {
          line++;
          CHECK(*line == '\\' || *line == '"' || *line == 'n');
        }
      }
      line++;
    } while (*line == ',');
    CHECK(*line == '}');
    line++;
  }
  CHECK(*line == ' ');
  (void)strtod(line + 1, &end);
  CHECK(end > line + 1 && *end == '\0');
}

static void expect_prometheus(char *text) {
  char family[128] = "", *line = text, *end;
  char types[8192] = "\n";
  while ((end = strchr(line, '\n')) != NULL) {
    *end = '\0';
    if (strncmp(line, "# TYPE ", 7) == 0) { /* each metric has one type, and its lines stand together */
      CHECK(strstr(types, line) == NULL);
      CHECK(strlen(types) + strlen(line) + 2 < sizeof types);
      strcat(strcat(types, line), "\n");
    }
    expect_prometheus_line(line, family, sizeof family);
    line = end + 1;
  }
  CHECK(*line == '\0'); /* the last line has its end */
}

static void prometheus_is_what_a_scraper_reads(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_PROMETHEUS);
  CHECK_HAS(text, "# TYPE ");
  CHECK_HAS(text, " counter\n");
  CHECK_HAS(text, " gauge\n");
  CHECK_HAS(text, "\"first\"");
  expect_prometheus(text);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* The value in the first line of this metric, exactly as it was written. */
static double metric(const char *text, const char *name) {
  char begin[64];
  const char *at;
  snprintf(begin, sizeof begin, "\n%s{", name);
  at = strstr(text, begin);
  CHECK(at != NULL);
  at = strstr(at, "} ");
  CHECK(at != NULL);
  return strtod(at + 2, NULL);
}

static void prometheus_counts_in_seconds(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_PROMETHEUS);
  disruptor_stats_t stats = test_stats(ring);
  disruptor_consumer_stats_t first = test_consumer_stats(ring, 0);
  CHECK(metric(text, "disruptor_elapsed_seconds") == (double)stats.elapsed_ns * 1e-9);
  CHECK(metric(text, "disruptor_producer_blocked_seconds_total") == (double)stats.producer_blocked_ns * 1e-9);
  CHECK(metric(text, "disruptor_consumer_blocked_seconds_total") == (double)first.blocked_ns * 1e-9);
  CHECK(metric(text, "disruptor_consumer_busy_seconds_total") == (double)first.consume_ns * 1e-9);
  CHECK(metric(text, "disruptor_consumer_in_batch_seconds") == 0);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* Of a callback that runs. */
static void prometheus_counts_a_batch_in_seconds(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t before;
  double seconds;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  AWAIT(test_consumer_stats(ring, sink.id).in_batch_ns > 0);
  before = test_consumer_stats(ring, sink.id).in_batch_ns;
  seconds = metric(report_now(ring, DISRUPTOR_FORMAT_PROMETHEUS), "disruptor_consumer_in_batch_seconds");
  CHECK(seconds >= (double)before * 1e-9);
  CHECK(seconds <= (double)test_consumer_stats(ring, sink.id).in_batch_ns * 1e-9);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void prometheus_escapes_names(void) {
  disruptor_t *ring = closed_ring(WICKED, WICKED, WICKED); /* twice the same name: the id tells them apart */
  char *text = report_of(ring, DISRUPTOR_FORMAT_PROMETHEUS), *line, *rest = NULL, *copy;
  CHECK_HAS(text, "a\\\"b\\\\c\\nd");
  copy = malloc(strlen(text) + 1);
  CHECK(copy != NULL);
  strcpy(copy, text);
  expect_prometheus(copy);
  free(copy);
  copy = malloc(strlen(text) + 3);
  CHECK(copy != NULL);
  sprintf(copy, "\n%s", text);
  for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    if (line[0] != '#') { /* no sample stands there twice */
      char *sample = malloc(strlen(line) + 2), *found;
      CHECK(sample != NULL);
      sprintf(sample, "\n%s", line);
      *(strrchr(sample, ' ') + 1) = '\0';
      found = strstr(copy, sample);
      CHECK(found != NULL && strstr(found + 1, sample) == NULL);
      free(sample);
    }
  }
  free(copy);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(prometheus_is_what_a_scraper_reads),
    CASE(prometheus_counts_in_seconds),
    CASE(prometheus_counts_a_batch_in_seconds),
    CASE(prometheus_escapes_names),
};

TEST_MAIN(cases)
