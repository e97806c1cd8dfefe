/* Every argument of every function, wrong: the status, what disruptor_last_error() names, and that nothing else
 * happened. (struct_size has its own program.) */
#include "sink.h"

#include <string.h>

#define INVALID DISRUPTOR_INVALID_ARGUMENT

static const char *const bad_utf8[] = {"\xff", "name\xfe", "\xc0\xaf", "\xed\xa0\x80", "cut\xe2\x82", "\x80"};

/* ---- create ---- */

static void refuse_config(const disruptor_config_t *config, const char *words) {
  disruptor_t *const untouched = (disruptor_t *)(void *)&untouched;
  disruptor_t *ring = untouched;
  CHECK_REFUSED(disruptor_create(config, &ring), INVALID, words);
  CHECK(ring == untouched);
}

#define REFUSE_CONFIG(field, bad, words)      \
  do {                                        \
    disruptor_config_t config = test_config(4); \
    config.field = (bad);                     \
    refuse_config(&config, words);            \
  } while (0)

static void create_needs_a_place_for_the_handle(void) {
  disruptor_config_t config = test_config(4);
  CHECK_REFUSED(disruptor_create(&config, NULL), INVALID, "out");
  CHECK_REFUSED(disruptor_create(NULL, NULL), INVALID, "out");
}

static void create_names_the_value_that_is_out_of_range(void) {
  REFUSE_CONFIG(capacity, 0, "capacity 0");
  REFUSE_CONFIG(element_size, 0, "element_size 0");
  REFUSE_CONFIG(element_alignment, 3, "element_alignment 3");
  REFUSE_CONFIG(element_alignment, 24, "element_alignment 24");
  REFUSE_CONFIG(element_alignment, 8192, "element_alignment 8192 4096");
  REFUSE_CONFIG(element_alignment, SIZE_MAX, "element_alignment");
  REFUSE_CONFIG(max_element_size, 63, "max_element_size 63 64");
  REFUSE_CONFIG(producer_mode, 2, "producer_mode 2");
  REFUSE_CONFIG(producer_mode, UINT32_MAX, "producer_mode 4294967295");
  REFUSE_CONFIG(wait_strategy, 4, "wait_strategy 4");
  REFUSE_CONFIG(wait_strategy, UINT32_MAX, "wait_strategy 4294967295");
  REFUSE_CONFIG(max_consumers, 1025, "max_consumers 1025 1024");
  REFUSE_CONFIG(max_consumers, UINT32_MAX, "max_consumers 4294967295");
  REFUSE_CONFIG(flags, UINT32_C(0x80000000), "flags");
}

static void create_refuses_a_name_that_is_not_utf8(void) {
  size_t i;
  for (i = 0; i < ARRAY_LEN(bad_utf8); i++) {
    REFUSE_CONFIG(name, bad_utf8[i], "name UTF-8");
  }
}

static void create_checks_sizes_then_pointers_then_values(void) {
  disruptor_config_t config = test_config(0);
  disruptor_t *ring = NULL;
  CHECK_REFUSED(disruptor_create(&config, NULL), INVALID, "out");
  config.struct_size = 3;
  CHECK_REFUSED(disruptor_create(&config, NULL), INVALID, "struct_size");
  CHECK_REFUSED(disruptor_create(&config, &ring), INVALID, "struct_size");
}

static void config_init_survives_null(void) {
  disruptor_config_init(NULL);
  disruptor_consumer_config_init(NULL);
}

/* ---- register, unregister ---- */

static int32_t consume(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data;
  (void)batch;
  return 0;
}

static disruptor_consumer_config_t consumer_config(void) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.on_batch = consume;
  return config;
}

static void refuse_consumer(const disruptor_consumer_config_t *config, disruptor_status_t status, const char *words) {
  disruptor_t *ring = test_ring(4);
  uint32_t id = 77;
  CHECK_REFUSED(disruptor_register(ring, config, &id), status, words);
  CHECK_U64(id, 77);
  CHECK_U64(test_stats(ring).consumers, 0);
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_NO_CONSUMERS);
  CHECK_OK(disruptor_destroy(ring));
}

#define REFUSE_CONSUMER(field, bad, status, words)         \
  do {                                                     \
    disruptor_consumer_config_t config = consumer_config(); \
    config.field = (bad);                                  \
    refuse_consumer(&config, status, words);               \
  } while (0)

static void register_needs_its_pointers(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_config_t config = consumer_config();
  uint32_t id = 77;
  CHECK_REFUSED(disruptor_register(NULL, &config, &id), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_register(ring, NULL, &id), INVALID, "config");
  CHECK_REFUSED(disruptor_register(ring, &config, NULL), INVALID, "out_consumer");
  CHECK_U64(id, 77);
  CHECK_U64(test_stats(ring).consumers, 0);
  CHECK_OK(disruptor_register(ring, &config, &id));
  CHECK_U64(id, 0); /* the refused ones took no number */
  CHECK_OK(disruptor_destroy(ring));
}

static void register_names_the_value_that_is_out_of_range(void) {
  REFUSE_CONSUMER(on_batch, NULL, INVALID, "on_batch");
  REFUSE_CONSUMER(depends_on_count, 1, INVALID, "depends_on");
  REFUSE_CONSUMER(min_batch, 5, INVALID, "min_batch 5 4");
  REFUSE_CONSUMER(min_batch, SIZE_MAX, INVALID, "min_batch");
  REFUSE_CONSUMER(max_batch, 5, INVALID, "max_batch 5 4");
  REFUSE_CONSUMER(cpu, -2, INVALID, "cpu -2");
}

static void register_refuses_a_least_batch_above_the_largest(void) {
  disruptor_consumer_config_t config = consumer_config();
  config.min_batch = 3;
  config.max_batch = 2;
  refuse_consumer(&config, INVALID, "min_batch max_batch");
}

static void register_refuses_a_name_that_is_not_utf8(void) {
  size_t i;
  for (i = 0; i < ARRAY_LEN(bad_utf8); i++) {
    REFUSE_CONSUMER(name, bad_utf8[i], INVALID, "name UTF-8");
  }
}

static void register_refuses_dependencies_that_are_not_there(void) {
  static const uint32_t ids[] = {0, 4711};
  disruptor_consumer_config_t config = consumer_config();
  config.depends_on = ids;
  config.depends_on_count = SIZE_MAX; /* more than memory can hold */
  refuse_consumer(&config, INVALID, "depends_on_count");
  config.depends_on = ids + 1;
  config.depends_on_count = 1;
  refuse_consumer(&config, DISRUPTOR_NO_SUCH_CONSUMER, "depends_on 4711");
}

static void register_with_no_dependencies_ignores_the_pointer(void) {
  static const uint32_t ids[] = {4711};
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_config_t config = consumer_config();
  uint32_t id = 77;
  config.depends_on = ids;
  CHECK_OK(disruptor_register(ring, &config, &id));
  CHECK_OK(disruptor_destroy(ring));
}

static void unregister_needs_a_consumer(void) {
  disruptor_t *ring = test_ring(4);
  CHECK_REFUSED(disruptor_unregister(NULL, 0, FOREVER), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_unregister(ring, 0, FOREVER), DISRUPTOR_NO_SUCH_CONSUMER, "0");
  CHECK_REFUSED(disruptor_unregister(ring, UINT32_MAX, 0), DISRUPTOR_NO_SUCH_CONSUMER, "4294967295");
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- produce ---- */

/* A disruptor with elements of 8 to 16 bytes and one consumer, which must in the end have got nothing at all. */
typedef struct {
  disruptor_t *ring;
  sink_t sink;
} untouched_t;

static void untouched_init(untouched_t *untouched) {
  disruptor_config_t config = test_config(4);
  config.element_size = 8;
  config.max_element_size = 16;
  untouched->ring = test_ring_of(&config);
  sink_init(&untouched->sink);
  sink_register(&untouched->sink, untouched->ring);
}

static void untouched_end(untouched_t *untouched) {
  CHECK_U64(test_stats(untouched->ring).produced, 0);
  CHECK_OK(disruptor_destroy(untouched->ring));
  CHECK_U64(untouched->sink.consumed, 0);
  sink_free(&untouched->sink);
}

static void refuse_elements(const disruptor_slice_t *elements, size_t count, disruptor_status_t status,
                            const char *words) {
  untouched_t untouched;
  size_t produced = 77;
  untouched_init(&untouched);
  CHECK_REFUSED(disruptor_produce(untouched.ring, elements, count), status, words);
  CHECK_REFUSED(disruptor_produce_timeout(untouched.ring, elements, count, 0, &produced), status, words);
  CHECK_U64(produced, 0); /* always tells how many were accepted, whatever the status */
  produced = 77;
  CHECK_REFUSED(disruptor_produce_timeout(untouched.ring, elements, count, FOREVER, &produced), status, words);
  CHECK_U64(produced, 0);
  CHECK_REFUSED(disruptor_produce_timeout(untouched.ring, elements, count, FOREVER, NULL), status, words);
  untouched_end(&untouched);
}

static void produce_needs_a_handle(void) {
  static const uint8_t bytes[] = "hello";
  static const disruptor_slice_t elements[] = {{bytes, 5}};
  size_t produced = 77;
  CHECK_REFUSED(disruptor_produce(NULL, elements, 1), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_produce_one(NULL, bytes, 1), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_produce_timeout(NULL, elements, 1, 0, &produced), INVALID, "disruptor");
  CHECK_U64(produced, 0);
}

static void produce_checks_its_elements_before_any_goes_in(void) {
  static const uint8_t bytes[20] = "12345678901234567";
  const disruptor_slice_t null_data[] = {{bytes, 5}, {bytes, 5}, {NULL, 3}};
  const disruptor_slice_t too_large[] = {{bytes, 5}, {bytes, 17}, {bytes, 5}};
  const disruptor_slice_t absurd[] = {{bytes, 5}, {bytes, SIZE_MAX}};
  refuse_elements(NULL, 1, INVALID, "elements");
  refuse_elements(null_data, 3, INVALID, "elements 2 data");
  refuse_elements(too_large, 3, DISRUPTOR_ELEMENT_TOO_LARGE, "elements 1 17 16");
  refuse_elements(absurd, 2, DISRUPTOR_ELEMENT_TOO_LARGE, "elements 1");
}

static void produce_refuses_more_elements_than_memory_can_hold(void) {
  static const uint8_t bytes[] = "hello";
  const disruptor_slice_t elements[] = {{bytes, 5}};
  refuse_elements(elements, SIZE_MAX, INVALID, "count");
}

static void produce_one_checks_its_element(void) {
  static const uint8_t bytes[20] = "12345678901234567";
  untouched_t untouched;
  untouched_init(&untouched);
  CHECK_REFUSED(disruptor_produce_one(untouched.ring, NULL, 1), INVALID, "data");
  CHECK_REFUSED(disruptor_produce_one(untouched.ring, bytes, 17), DISRUPTOR_ELEMENT_TOO_LARGE, "17 16");
  CHECK_REFUSED(disruptor_produce_one(untouched.ring, bytes, SIZE_MAX), DISRUPTOR_ELEMENT_TOO_LARGE, "16");
  untouched_end(&untouched);
}

static void argument_errors_come_before_the_state_of_the_ring(void) {
  disruptor_t *ring = test_ring(4); /* nobody consumes */
  size_t produced = 77;
  CHECK_STATUS(disruptor_produce_timeout(ring, NULL, 1, 0, &produced), INVALID);
  CHECK_U64(produced, 0);
  CHECK_STATUS(disruptor_produce_one(ring, NULL, 1), INVALID);
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- flush, close, halt ---- */

static void the_rest_of_its_life_needs_a_handle_too(void) {
  uint64_t undelivered = 77;
  CHECK_REFUSED(disruptor_flush(NULL, FOREVER), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_close(NULL, FOREVER), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_halt(NULL, FOREVER, &undelivered), INVALID, "disruptor");
  CHECK_U64(undelivered, 77);
}

/* ---- stats ---- */

static void stats_need_their_pointers(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_stats_t stats;
  disruptor_consumer_stats_t consumer;
  memset(&stats, 0, sizeof stats);
  memset(&consumer, 0, sizeof consumer);
  stats.struct_size = sizeof stats;
  consumer.struct_size = sizeof consumer;
  stats.capacity = consumer.consumed = 77;
  CHECK_REFUSED(disruptor_stats(NULL, &stats), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_stats(ring, NULL), INVALID, "out");
  CHECK_REFUSED(disruptor_consumer_stats(NULL, 0, &consumer), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_consumer_stats(ring, 0, NULL), INVALID, "out");
  CHECK_REFUSED(disruptor_consumer_stats(ring, 3, &consumer), DISRUPTOR_NO_SUCH_CONSUMER, "3");
  CHECK_U64(stats.capacity, 77);
  CHECK_U64(consumer.consumed, 77);
  CHECK_OK(disruptor_destroy(ring));
}

static void consumers_needs_its_pointers(void) {
  disruptor_t *ring = test_ring(4);
  uint32_t ids[2] = {77, 77};
  size_t count = 77;
  CHECK_REFUSED(disruptor_consumers(NULL, ids, 2, &count), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_consumers(ring, NULL, 2, &count), INVALID, "out_ids");
  CHECK_REFUSED(disruptor_consumers(ring, ids, 2, NULL), INVALID, "out_count");
  CHECK_U64(count, 77);
  CHECK_U64(ids[0], 77);
  CHECK_OK(disruptor_destroy(ring));
}

static void report_needs_its_pointers_and_a_format(void) {
  disruptor_t *ring = test_ring(4);
  char buffer[64] = "untouched";
  size_t length = 77;
  CHECK_REFUSED(disruptor_report(NULL, 0, buffer, sizeof buffer, &length), INVALID, "disruptor");
  CHECK_REFUSED(disruptor_report(ring, 0, NULL, sizeof buffer, &length), INVALID, "buffer");
  CHECK_REFUSED(disruptor_report(ring, 0, buffer, sizeof buffer, NULL), INVALID, "out_len");
  CHECK_REFUSED(disruptor_report(ring, 4, buffer, sizeof buffer, &length), INVALID, "format 4");
  CHECK_REFUSED(disruptor_report(ring, UINT32_MAX, buffer, sizeof buffer, &length), INVALID, "format");
  CHECK_U64(length, 77);
  CHECK_TEXT(buffer, "untouched");
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(create_needs_a_place_for_the_handle),
    CASE(create_names_the_value_that_is_out_of_range),
    CASE(create_refuses_a_name_that_is_not_utf8),
    CASE(create_checks_sizes_then_pointers_then_values),
    CASE(config_init_survives_null),
    CASE(register_needs_its_pointers),
    CASE(register_names_the_value_that_is_out_of_range),
    CASE(register_refuses_a_least_batch_above_the_largest),
    CASE(register_refuses_a_name_that_is_not_utf8),
    CASE(register_refuses_dependencies_that_are_not_there),
    CASE(register_with_no_dependencies_ignores_the_pointer),
    CASE(unregister_needs_a_consumer),
    CASE(produce_needs_a_handle),
    CASE(produce_checks_its_elements_before_any_goes_in),
    CASE(produce_refuses_more_elements_than_memory_can_hold),
    CASE(produce_one_checks_its_element),
    CASE(argument_errors_come_before_the_state_of_the_ring),
    CASE(the_rest_of_its_life_needs_a_handle_too),
    CASE(stats_need_their_pointers),
    CASE(consumers_needs_its_pointers),
    CASE(report_needs_its_pointers_and_a_format),
};
TEST_MAIN(cases)
