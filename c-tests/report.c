/* disruptor_report: the buffer's rules, whom it names, the table for people, and reports of a ring at work. */
#include "reporting.h"
#include "sink.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t formats[] = {DISRUPTOR_FORMAT_TEXT, DISRUPTOR_FORMAT_JSON, DISRUPTOR_FORMAT_PROMETHEUS,
                                   DISRUPTOR_FORMAT_DOT};

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

/* ---- Reports of a ring at work ---- */

typedef struct {
  disruptor_t *ring;
  char *text;
  size_t size;
  counter_t stop;
} reporter_t;

static void *report_until_told(void *of) {
  reporter_t *reporter = of;
  size_t length, i = 0;
  while (counter_value(&reporter->stop) == 0) {
    uint32_t format = formats[i++ % ARRAY_LEN(formats)];
    CHECK_OK(disruptor_report(reporter->ring, format, reporter->text, reporter->size, &length));
    CHECK_U64(strlen(reporter->text), length);
  }
  return NULL;
}

static void reports_may_be_written_at_any_time(void) {
  disruptor_t *ring = test_ring(8);
  pthread_t thread;
  size_t i, rounds = test_rounds(100);
  reporter_t reporter = {NULL, NULL, 0, COUNTER_INIT};
  sink_t sink;
  reporter.ring = ring;
  reporter.size = (rounds + 10) * 4096; /* who has left stays in the report, with some 1,100 bytes */
  reporter.text = malloc(reporter.size);
  CHECK(reporter.text != NULL);
  sink_init(&sink);
  sink_register(&sink, ring);
  thread = test_spawn(report_until_told, &reporter);
  for (i = 0; i < rounds; i++) {
    sink_t visitor;
    sink_init(&visitor);
    sink_register(&visitor, ring);
    produce_all(ring, i * 20, 20);
    CHECK_OK(disruptor_unregister(ring, visitor.id, FOREVER));
    sink_free(&visitor);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  counter_set(&reporter.stop, 1);
  test_join(thread);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds * 20);
  sink_free(&sink);
  free(reporter.text);
}

static const test_case_t cases[] = {
    CASE(the_buffer_is_treated_as_by_snprintf),
    CASE(a_report_is_cut_between_characters),
    CASE(every_report_names_everybody),
    CASE(the_table_is_straight),
    CASE(reports_may_be_written_at_any_time),
};

TEST_MAIN(cases)
