/* disruptor_report: the buffer's rules, and that each format is what it claims to be, whatever the names hold. */
#include "sink.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t formats[] = {DISRUPTOR_FORMAT_TEXT, DISRUPTOR_FORMAT_JSON, DISRUPTOR_FORMAT_PROMETHEUS,
                                   DISRUPTOR_FORMAT_DOT};

/* Quotes, backslashes, line ends, control characters, markup, and more than ASCII. */
static const char wicked[] = "a\"b\\c\nd\te\x01{f}<g>%s\xe2\x82\xac";

static size_t count_of(const char *text, const char *what) {
  size_t count = 0;
  while ((text = strstr(text, what)) != NULL) {
    count++;
    text++;
  }
  return count;
}

/* ---- A closed ring, whose report stays the same: two consumers, one behind the other ---- */

static disruptor_t *closed_ring(const char *name, const char *first_name, const char *second_name) {
  disruptor_config_t config = test_config(16);
  disruptor_consumer_config_t consumer;
  uint32_t ids[SINK_DEPENDENCIES];
  sink_t first, second;
  disruptor_t *ring;
  config.name = name;
  ring = test_ring_of(&config);
  sink_init(&first);
  sink_init(&second);
  consumer = sink_config(&first, ids);
  consumer.name = first_name;
  sink_register_with(&first, ring, &consumer);
  second.after[0] = &first;
  consumer = sink_config(&second, ids);
  consumer.name = second_name;
  sink_register_with(&second, ring, &consumer);
  produce_all(ring, 0, 12345);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_free(&first);
  sink_free(&second);
  return ring;
}

static char *report_of(const disruptor_t *ring, uint32_t format) {
  size_t needed = 0, length = 0;
  char one[1] = {'x'}, *text;
  CHECK_REFUSED(disruptor_report(ring, format, one, 1, &needed), DISRUPTOR_INVALID_ARGUMENT, "size 1");
  CHECK(one[0] == '\0');
  text = malloc(needed + 1);
  CHECK(text != NULL);
  CHECK_OK(disruptor_report(ring, format, text, needed + 1, &length));
  CHECK_U64(length, needed);
  CHECK_U64(strlen(text), length);
  return text;
}

static void the_buffer_is_treated_as_by_snprintf(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  size_t i;
  for (i = 0; i < ARRAY_LEN(formats); i++) {
    char *whole = report_of(ring, formats[i]), *part;
    size_t needed = strlen(whole), size, length = 77;
    part = malloc(needed + 2);
    CHECK(part != NULL);
    for (size = 0; size <= needed + 1; size++) {
      memset(part, '#', needed + 2);
      CHECK_STATUS(disruptor_report(ring, formats[i], part, size, &length),
                   size > needed ? DISRUPTOR_OK : DISRUPTOR_INVALID_ARGUMENT);
      CHECK_U64(length, needed);
      if (size > 0) { /* the beginning, and a NUL */
        CHECK(memcmp(part, whole, size - 1) == 0);
        CHECK(part[size - 1] == '\0');
      }
      CHECK(part[size] == '#'); /* not a byte further */
    }
    length = 77;
    CHECK_STATUS(disruptor_report(ring, formats[i], NULL, 0, &length), DISRUPTOR_INVALID_ARGUMENT);
    CHECK_U64(length, needed); /* no buffer at all: just tell */
    free(part);
    free(whole);
  }
  CHECK_OK(disruptor_destroy(ring));
}

/* The beginning that fits has no half characters, and nothing stands behind one that was left out. */
static void a_report_is_cut_between_characters(void) {
  static const char name[] = "\xe2\x82\xac\xe2\x82\xac";
  disruptor_t *ring = closed_ring(name, name, name);
  size_t i;
  for (i = 0; i < ARRAY_LEN(formats); i++) {
    char *whole = report_of(ring, formats[i]), part[1 << 13];
    size_t needed = strlen(whole), size, length;
    CHECK_AT_MOST(needed, sizeof part);
    CHECK_HAS(whole, name);
    for (size = 1; size <= needed; size++) {
      size_t fits = size - 1;
      while (((unsigned char)whole[fits] & 0xc0) == 0x80) { /* the middle of a character */
        fits--;
      }
      CHECK_STATUS(disruptor_report(ring, formats[i], part, size, &length), DISRUPTOR_INVALID_ARGUMENT);
      CHECK_U64(strlen(part), fits);
      CHECK(memcmp(part, whole, fits) == 0);
    }
    free(whole);
  }
  CHECK_OK(disruptor_destroy(ring));
}

static void every_report_names_everybody(void) {
  disruptor_t *ring = closed_ring("the-ring", "the-first", "the-second");
  size_t i;
  for (i = 0; i < ARRAY_LEN(formats); i++) {
    char *text = report_of(ring, formats[i]);
    CHECK_HAS(text, "the-ring");
    CHECK_HAS(text, "the-first");
    CHECK_HAS(text, "the-second");
    free(text);
  }
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- Text ---- */

static void the_table_is_straight(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second in the table");
  char *text = report_of(ring, DISRUPTOR_FORMAT_TEXT), *line, *end;
  size_t width, lines = 0;
  CHECK_HAS(text, "disruptor \"ring\", closed after ");
  line = strstr(text, "\n\n");
  CHECK(line != NULL);
  CHECK_U64(count_of(line, "  closed  "), 2);
  width = strcspn(line + 2, "\n");
  for (line += 2; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    CHECK_U64(end - line, width);
    lines++;
  }
  CHECK_U64(lines, 3);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- JSON: a reader that accepts exactly what RFC 8259 allows ---- */

static const char *json_value(const char *at);

static const char *json_space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *json_string(const char *at) {
  CHECK(*at == '"');
  for (at++; *at != '"'; at++) {
    CHECK((unsigned char)*at >= 0x20); /* the end of the text too */
    if (*at == '\\') {
      at++;
      CHECK(*at != '\0' && strchr("\"\\/bfnrtu", *at) != NULL);
      if (*at == 'u') {
        CHECK(strspn(at + 1, "0123456789abcdefABCDEF") >= 4);
        at += 4;
      }
    }
  }
  return at + 1;
}

static const char *json_number(const char *at) {
  size_t digits;
  at += *at == '-';
  digits = strspn(at, "0123456789");
  CHECK(digits > 0 && (digits == 1 || *at != '0'));
  at += digits;
  if (*at == '.') {
    digits = strspn(at + 1, "0123456789");
    CHECK(digits > 0);
    at += 1 + digits;
  }
  if (*at == 'e' || *at == 'E') {
    at++;
    at += *at == '+' || *at == '-';
    digits = strspn(at, "0123456789");
    CHECK(digits > 0);
    at += digits;
  }
  return at;
}

static const char *json_members(const char *at, char end) {
  at = json_space(at + 1);
  if (*at == end) {
    return at + 1;
  }
  for (;;) {
    if (end == '}') {
      at = json_space(json_string(at));
      CHECK(*at == ':');
      at++;
    }
    at = json_space(json_value(json_space(at)));
    if (*at == end) {
      return at + 1;
    }
    CHECK(*at == ',');
    at = json_space(at + 1);
  }
}

static const char *json_value(const char *at) {
  static const char *const words[] = {"true", "false", "null"};
  size_t i;
  switch (*at) {
    case '{':
      return json_members(at, '}');
    case '[':
      return json_members(at, ']');
    case '"':
      return json_string(at);
    default:
      for (i = 0; i < ARRAY_LEN(words); i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
          return at + strlen(words[i]);
        }
      }
      return json_number(at);
  }
}

static void expect_json(const char *text) {
  CHECK(*json_space(json_value(json_space(text))) == '\0');
}

static void json_is_json(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_JSON);
  expect_json(text);
  CHECK_HAS(text, "\"capacity\"");
  CHECK_HAS(text, "\"produced\"");
  CHECK_HAS(text, "\"consumed\"");
  CHECK_HAS(text, "\"first\"");
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

static void json_escapes_names(void) {
  disruptor_t *ring = closed_ring(wicked, wicked, "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_JSON);
  expect_json(text);
  CHECK_HAS(text, "a\\\"b\\\\c\\nd\\te\\u0001{f}<g>%s");
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- Prometheus: the text format, line by line ---- */

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

static void prometheus_escapes_names(void) {
  disruptor_t *ring = closed_ring(wicked, wicked, wicked); /* twice the same name: the id tells them apart */
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

/* ---- DOT ---- */

/* Brackets match outside of quotes, and quotes end. */
static void expect_dot(const char *text) {
  int depth = 0;
  CHECK(strncmp(text, "digraph", 7) == 0);
  for (; *text != '\0'; text++) {
    if (*text == '"') {
      for (text++; *text != '"'; text++) {
        CHECK(*text != '\0');
        text += text[0] == '\\' && text[1] != '\0';
      }
    }
    depth += *text == '{' || *text == '[';
    depth -= *text == '}' || *text == ']';
    CHECK(depth >= 0);
  }
  CHECK(depth == 0);
}

static void dot_draws_who_waits_for_whom(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_AT_LEAST(count_of(text, "->"), 2); /* what is published to the first, the first to the second */
  free(text);
  CHECK_OK(disruptor_destroy(ring));
  ring = closed_ring(wicked, wicked, "second");
  text = report_of(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- Who is to blame ---- */

/* A poller named `name`, behind the consumer `behind` if that is not its own id, which is the next one. */
static disruptor_poller_t *poller_of(disruptor_t *ring, const char *name, uint32_t id, uint32_t behind, uint32_t group) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  uint32_t is;
  disruptor_consumer_config_init(&config);
  config.name = name;
  config.group = group;
  config.depends_on = &behind;
  config.depends_on_count = behind != id;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  CHECK_OK(disruptor_poller_id(poller, &is));
  CHECK_U64(is, id);
  return poller;
}

static void take(disruptor_poller_t *poller, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_OK(disruptor_poller_release(poller, count));
}

/* Times go on, and with them a report may grow: not to be asked for its length first. */
static const char *report_now(const disruptor_t *ring, uint32_t format) {
  static char text[1 << 14];
  size_t length;
  CHECK_OK(disruptor_report(ring, format, text, sizeof text, &length));
  return text;
}

/* What JSON says of the slowest one and of the one to blame for it. */
static void expect_blame(const disruptor_t *ring, const char *slowest, const char *bottleneck) {
  char expected[64];
  snprintf(expected, sizeof expected, "\"slowest\":%s,\"bottleneck\":%s,", slowest, bottleneck);
  CHECK_HAS(report_now(ring, DISRUPTOR_FORMAT_JSON), expected);
}

/* A first one, two that share its elements, a last one; and one that left, behind which nobody is. */
static void who_is_to_blame(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *first = poller_of(ring, "first", 0, 0, 0), *left = poller_of(ring, "left", 1, 0, 7),
                     *right = poller_of(ring, "right", 2, 0, 7), *last = poller_of(ring, "last", 3, 1, 0),
                     *gone = poller_of(ring, "gone", 4, 4, 0);
  const char *text;
  produce_all(ring, 0, 16);
  CHECK_OK(disruptor_poller_destroy(gone));
  expect_blame(ring, "3", "0"); /* everybody waits for the first */
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_U64(count_of(text, "holds the producers back"), 1);
  CHECK_HAS(text, "  ring -> c0 [label=\"16 waiting\", penwidth=2.0];");
  CHECK_HAS(text, "  c0 -> producers [style=dashed");
  CHECK_U64(count_of(text, "color=\"#c0392b\", penwidth=2"), 1);
  CHECK_U64(count_of(text, "16 of 16 in use"), 1);
  take(first, 15);
  take(left, 3);
  take(last, 2);
  expect_blame(ring, "3", "2");
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_U64(count_of(text, "is furthest behind"), 2); /* the whole group is */
  CHECK_U64(count_of(text, "color=\"#c0392b\", penwidth=2"), 2);
  CHECK_U64(count_of(text, "subgraph cluster_7 {"), 2);
  CHECK_U64(count_of(text, "->"), 5); /* to and from a group there is one */
  CHECK_HAS(text, "  producers -> ring;");
  CHECK_HAS(text, "  ring -> c0 [label=\"1 waiting\", penwidth=1.0];");
  CHECK_HAS(text, "  c0 -> c1 [label=\"12 waiting\", penwidth=1.9, lhead=cluster_7];");
  CHECK_HAS(text, "  c1 -> c3 [label=\"1 waiting\", penwidth=1.0, ltail=cluster_7];");
  CHECK_HAS(text, "  c1 -> producers [style=dashed, color=\"#c0392b\", constraint=false, ltail=cluster_7];");
  CHECK_U64(count_of(text, "14 of 16 in use"), 1);
  CHECK_U64(count_of(text, "gone"), 0);
  text = report_now(ring, DISRUPTOR_FORMAT_TEXT);
  CHECK_HAS(text, "left < 0 ");
  CHECK_HAS(text, "last < 1,2 ");
  text = report_now(ring, DISRUPTOR_FORMAT_PROMETHEUS);
  CHECK_HAS(text, "consumer=\"3\",name=\"last\"} 14\n");
  CHECK(count_of(text, "name=\"gone\"} 0\n") > 0);
  take(first, 1);
  take(left, 12); /* in the middle of its batch, of which it has the rest */
  take(left, 1);
  take(last, 14);
  expect_blame(ring, "null", "null"); /* who is gone does not count */
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  CHECK_U64(count_of(text, "#c0392b"), 0);
  CHECK_HAS(text, "  ring -> c0 [label=\"\"];");
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_poller_destroy(left));
  CHECK_OK(disruptor_poller_destroy(right));
  CHECK_OK(disruptor_poller_destroy(last));
}

/* ---- Reports of a ring at work ---- */

static counter_t stop = COUNTER_INIT;

static void *report_until_told(void *ring) {
  static char text[1 << 20];
  size_t length, i = 0;
  while (counter_value(&stop) == 0) {
    CHECK_OK(disruptor_report(ring, formats[i++ % ARRAY_LEN(formats)], text, sizeof text, &length));
    CHECK_U64(strlen(text), length);
  }
  return NULL;
}

static void reports_may_be_written_at_any_time(void) {
  disruptor_t *ring = test_ring(8);
  pthread_t reporter;
  size_t i, rounds = test_rounds(100);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  reporter = test_spawn(report_until_told, ring);
  for (i = 0; i < rounds; i++) {
    sink_t visitor;
    sink_init(&visitor);
    sink_register(&visitor, ring);
    produce_all(ring, i * 20, 20);
    CHECK_OK(disruptor_unregister(ring, visitor.id, FOREVER));
    sink_free(&visitor);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  counter_set(&stop, 1);
  test_join(reporter);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds * 20);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(the_buffer_is_treated_as_by_snprintf),
    CASE(a_report_is_cut_between_characters),
    CASE(every_report_names_everybody),
    CASE(the_table_is_straight),
    CASE(json_is_json),
    CASE(json_escapes_names),
    CASE(prometheus_is_what_a_scraper_reads),
    CASE(prometheus_counts_in_seconds),
    CASE(prometheus_escapes_names),
    CASE(dot_draws_who_waits_for_whom),
    CASE(who_is_to_blame),
    CASE(reports_may_be_written_at_any_time),
};
TEST_MAIN(cases)
