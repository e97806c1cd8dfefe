/* The names of consumers. */
#include "sink.h"

#include <string.h>

static void register_named(disruptor_t *ring, sink_t *sink, const char *name) {
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, unused);
  config.name = name;
  sink_register_with(sink, ring, &config);
}

static void a_name_may_be_used_twice(void) {
  disruptor_t *ring = test_ring(8);
  sink_t first, second;
  sink_init(&first);
  sink_init(&second);
  register_named(ring, &first, "twin");
  produce_all(ring, 0, 5);
  register_named(ring, &second, "twin");
  produce_all(ring, 5, 3);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_TEXT(test_consumer_stats(ring, first.id).name, "twin");
  CHECK_TEXT(test_consumer_stats(ring, second.id).name, "twin");
  CHECK_U64(test_consumer_stats(ring, first.id).consumed, 8);
  CHECK_U64(test_consumer_stats(ring, second.id).consumed, 3);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&first);
  sink_free(&second);
}

static void names_are_copied_and_have_a_default(void) {
  disruptor_t *ring = test_ring(8);
  char name[] = "fleeting";
  sink_t named, unnamed;
  sink_init(&named);
  sink_init(&unnamed);
  register_named(ring, &named, name);
  memset(name, 'X', sizeof name - 1);
  register_named(ring, &unnamed, NULL);
  CHECK_TEXT(test_consumer_stats(ring, named.id).name, "fleeting");
  CHECK_TEXT(test_consumer_stats(ring, unnamed.id).name, "consumer-1");
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&named);
  sink_free(&unnamed);
}

static void a_long_name_is_cut_between_characters(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_stats_t stats;
  char name[201];
  sink_t sink;
  memset(name, 'a', sizeof name);
  memcpy(name + 61, "\xe2\x82\xac", 3); /* a Euro sign around the 64th byte */
  name[200] = '\0';
  sink_init(&sink);
  register_named(ring, &sink, name);
  stats = test_consumer_stats(ring, sink.id);
  CHECK(memchr(stats.name, '\0', sizeof stats.name) != NULL);
  CHECK_U64(strlen(stats.name), 61);
  CHECK(memcmp(stats.name, name, 61) == 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(a_name_may_be_used_twice),
    CASE(names_are_copied_and_have_a_default),
    CASE(a_long_name_is_cut_between_characters),
};

TEST_MAIN(cases)
