/* The chapter Status: names, messages, the detail of a thread's last failure, versions. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#define EVERY_STATUS(X)                                                                                          \
  X(DISRUPTOR_OK, 0)                                                                                             \
  X(DISRUPTOR_INVALID_ARGUMENT, 1)                                                                               \
  X(DISRUPTOR_OUT_OF_MEMORY, 2)                                                                                  \
  X(DISRUPTOR_ELEMENT_TOO_LARGE, 3)                                                                              \
  X(DISRUPTOR_NO_CONSUMERS, 4)                                                                                   \
  X(DISRUPTOR_FULL, 5)                                                                                           \
  X(DISRUPTOR_TIMED_OUT, 6)                                                                                      \
  X(DISRUPTOR_CLOSED, 7)                                                                                         \
  X(DISRUPTOR_WOULD_DEADLOCK, 8)                                                                                 \
  X(DISRUPTOR_NO_SUCH_CONSUMER, 9)                                                                               \
  X(DISRUPTOR_TOO_MANY_CONSUMERS, 10)                                                                            \
  X(DISRUPTOR_THREAD_FAILED, 11)                                                                                 \
  X(DISRUPTOR_CONCURRENT_USE, 12)                                                                                \
  X(DISRUPTOR_FORKED, 13)                                                                                        \
  X(DISRUPTOR_EMPTY, 14)                                                                                         \
  X(DISRUPTOR_UNSUPPORTED, 15)                                                                                   \
  X(DISRUPTOR_INTERNAL, 16)

static const struct {
  disruptor_status_t status;
  unsigned number;
  const char *name;
} statuses[] = {
#define X(status, number) {status, number, #status},
    EVERY_STATUS(X)
#undef X
};

static void every_status_has_its_number_and_name(void) {
  size_t i;
  for (i = 0; i < ARRAY_LEN(statuses); i++) {
    CHECK_U64(statuses[i].status, statuses[i].number);
    CHECK_TEXT(disruptor_status_name(statuses[i].status), statuses[i].name);
  }
}

static void every_status_has_a_sentence_of_its_own(void) {
  size_t i, other;
  for (i = 0; i < ARRAY_LEN(statuses); i++) {
    const char *message = disruptor_status_message(statuses[i].status);
    CHECK(message != NULL);
    CHECK_AT_LEAST(strlen(message), 2);
    CHECK(strchr(message, '\n') == NULL);
    for (other = 0; other < i; other++) {
      CHECK(strcmp(message, disruptor_status_message(statuses[other].status)) != 0);
    }
  }
}

static void unknown_numbers_have_names_too(void) {
  static const int numbers[] = {17, 100, 2147483647, -1};
  size_t i;
  for (i = 0; i < ARRAY_LEN(numbers); i++) {
    const char *name = disruptor_status_name((disruptor_status_t)numbers[i]);
    const char *message = disruptor_status_message((disruptor_status_t)numbers[i]);
    CHECK(name != NULL && name[0] != '\0');
    CHECK(message != NULL && message[0] != '\0');
  }
}

static void the_other_constants_are_fixed(void) {
  CHECK_U64(DISRUPTOR_WAIT_FOREVER, UINT64_MAX);
  CHECK_U64(DISRUPTOR_PRODUCER_MULTI, 0);
  CHECK_U64(DISRUPTOR_PRODUCER_SINGLE, 1);
  CHECK_U64(DISRUPTOR_WAIT_BLOCK, 0);
  CHECK_U64(DISRUPTOR_WAIT_YIELD, 1);
  CHECK_U64(DISRUPTOR_WAIT_SPIN, 2);
  CHECK_U64(DISRUPTOR_WAIT_SLEEP, 3);
  CHECK_U64(DISRUPTOR_ERROR_CONTINUE, 0);
  CHECK_U64(DISRUPTOR_ERROR_RETRY, 1);
  CHECK_U64(DISRUPTOR_ERROR_STOP, 2);
  CHECK_U64(DISRUPTOR_STATE_OPEN, 0);
  CHECK_U64(DISRUPTOR_STATE_CLOSING, 1);
  CHECK_U64(DISRUPTOR_STATE_CLOSED, 2);
  CHECK_U64(DISRUPTOR_STATE_FAILED, 3);
  CHECK_U64(DISRUPTOR_FORMAT_TEXT, 0);
  CHECK_U64(DISRUPTOR_FORMAT_JSON, 1);
  CHECK_U64(DISRUPTOR_FORMAT_PROMETHEUS, 2);
  CHECK_U64(DISRUPTOR_FORMAT_DOT, 3);
}

/* Compiled programs depend on these; a struct with a struct_size may grow at its end. */
static void the_structs_keep_their_layout(void) {
  if (sizeof(void *) != 8) {
    return;
  }
  CHECK_U64(sizeof(disruptor_slice_t), 16);
  CHECK_U64(sizeof(disruptor_element_t), 16);
  CHECK_U64(sizeof(disruptor_batch_t), 56);
  CHECK_U64(offsetof(disruptor_batch_t, span), 32);
  CHECK_AT_LEAST(sizeof(disruptor_config_t), 80);
  CHECK_U64(offsetof(disruptor_config_t, capacity), 16);
  CHECK_U64(offsetof(disruptor_config_t, producer_mode), 48);
  CHECK_U64(offsetof(disruptor_config_t, on_error), 64);
  CHECK_AT_LEAST(sizeof(disruptor_consumer_config_t), 104);
  CHECK_U64(offsetof(disruptor_consumer_config_t, depends_on), 48);
  CHECK_U64(offsetof(disruptor_consumer_config_t, linger_ns), 72);
  CHECK_U64(offsetof(disruptor_consumer_config_t, group), 92);
  CHECK_AT_LEAST(sizeof(disruptor_stats_t), 88);
  CHECK_U64(offsetof(disruptor_stats_t, elapsed_ns), 48);
  CHECK_AT_LEAST(sizeof(disruptor_consumer_stats_t), 184);
  CHECK_U64(offsetof(disruptor_consumer_stats_t, name), 120);
}

static void last_error_is_empty_before_any_failure(void) {
  CHECK(disruptor_last_error() != NULL);
  CHECK_TEXT(disruptor_last_error(), "");
}

static void *fail_on_a_thread(void *unused) {
  disruptor_config_t config = test_config(1);
  disruptor_t *ring = NULL;
  CHECK_TEXT(disruptor_last_error(), "");
  config.element_alignment = 12345;
  CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_INVALID_ARGUMENT, "element_alignment 12345");
  return unused;
}

static void last_error_belongs_to_its_thread(void) {
  disruptor_config_t config = test_config(0);
  disruptor_t *ring = NULL;
  CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_INVALID_ARGUMENT, "capacity 0");
  test_join(test_spawn(fail_on_a_thread, NULL));
  CHECK_HAS(disruptor_last_error(), "capacity");
}

static void last_error_outlives_a_success(void) {
  disruptor_config_t config = test_config(0);
  disruptor_t *ring = NULL;
  const char *text;
  char copy[512];
  CHECK_STATUS(disruptor_create(&config, &ring), DISRUPTOR_INVALID_ARGUMENT);
  text = disruptor_last_error();
  snprintf(copy, sizeof copy, "%s", text);
  ring = test_ring(4);
  CHECK_TEXT(text, copy); /* still valid memory: until the thread's next failing call */
  CHECK_TEXT(disruptor_last_error(), copy);
  CHECK_OK(disruptor_destroy(ring));
}

static void last_error_follows_the_latest_failure(void) {
  disruptor_t *ring = test_ring(4);
  CHECK_STATUS(disruptor_produce_one(ring, "x", 1), DISRUPTOR_NO_CONSUMERS);
  CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
  CHECK_REFUSED(disruptor_unregister(ring, 4321, 0), DISRUPTOR_NO_SUCH_CONSUMER, "4321");
  CHECK_OK(disruptor_destroy(ring));
}

static void the_versions_agree(void) {
  char text[32];
  uint32_t version = disruptor_version();
  CHECK_U64(version >> 24, 0);
  snprintf(text, sizeof text, "%u.%u.%u", (unsigned)(version >> 16), (unsigned)(version >> 8 & 255),
           (unsigned)(version & 255));
  CHECK(strncmp(disruptor_version_string(), text, strlen(text)) == 0);
  CHECK_AT_LEAST(version, 0x000100);
}

static const test_case_t cases[] = {
    CASE(every_status_has_its_number_and_name),
    CASE(every_status_has_a_sentence_of_its_own),
    CASE(unknown_numbers_have_names_too),
    CASE(the_other_constants_are_fixed),
    CASE(the_structs_keep_their_layout),
    CASE(last_error_is_empty_before_any_failure),
    CASE(last_error_belongs_to_its_thread),
    CASE(last_error_outlives_a_success),
    CASE(last_error_follows_the_latest_failure),
    CASE(the_versions_agree),
};
TEST_MAIN(cases)
