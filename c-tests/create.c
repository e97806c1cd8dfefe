/* The chapter Create: defaults, exact capacity, alignment, and what create leaves behind. */
#include "sink.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void config_init_fills_in_size_and_defaults(void) {
  disruptor_config_t config;
  memset(&config, 0xa5, sizeof config);
  disruptor_config_init(&config);
  CHECK_U64(config.struct_size, sizeof config);
  CHECK_U64(config.capacity, 1024);
  CHECK_U64(config.element_size, 64);
  CHECK_U64(config.producer_mode, DISRUPTOR_PRODUCER_MULTI);
  CHECK_U64(config.wait_strategy, DISRUPTOR_WAIT_BLOCK);
  CHECK_U64(config.flags, 0);
  CHECK(config.on_error == NULL);
  CHECK(config.on_error_data == NULL);
  CHECK(config.max_element_size == 0 || config.max_element_size == 64);
  CHECK(config.element_alignment == 0 || config.element_alignment == 8);
  CHECK(config.max_consumers == 0 || config.max_consumers == 64);
}

static void consumer_config_init_fills_in_size_and_defaults(void) {
  disruptor_consumer_config_t config;
  memset(&config, 0xa5, sizeof config);
  disruptor_consumer_config_init(&config);
  CHECK_U64(config.struct_size, sizeof config);
  CHECK(config.on_batch == NULL && config.on_start == NULL && config.on_close == NULL);
  CHECK(config.user_data == NULL && config.depends_on == NULL);
  CHECK_U64(config.depends_on_count, 0);
  CHECK_U64(config.linger_ns, FOREVER);
  CHECK_U64(config.max_batch, 0);
  CHECK(config.cpu == -1);
  CHECK_U64(config.group, 0);
  CHECK_AT_MOST(config.min_batch, 1);
}

/* How many elements go in while the only consumer is inside its first one. */
static uint64_t room_of(disruptor_t *ring) {
  sink_t sink;
  uint64_t room = 1;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  for (;;) {
    disruptor_status_t status = produce_values(ring, room, 1, 0, NULL);
    if (status == DISRUPTOR_FULL) {
      break;
    }
    CHECK_OK(status);
    room++;
  }
  sink_release(&sink);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, room);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
  return room;
}

static void no_config_means_the_defaults(void) {
  disruptor_t *ring = NULL;
  CHECK_OK(disruptor_create(NULL, &ring));
  CHECK_U64(test_stats(ring).capacity, 1024);
  CHECK_U64(room_of(ring), 1024);
}

static void a_capacity_is_exact(void) {
  static const size_t capacities[] = {1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 1000};
  size_t i;
  uint32_t mode;
  for (i = 0; i < ARRAY_LEN(capacities); i++) {
    for (mode = DISRUPTOR_PRODUCER_MULTI; mode <= DISRUPTOR_PRODUCER_SINGLE; mode++) {
      disruptor_config_t config = test_config(capacities[i]);
      disruptor_t *ring;
      config.producer_mode = mode;
      ring = test_ring_of(&config);
      CHECK_U64(test_stats(ring).capacity, capacities[i]);
      CHECK_U64(room_of(ring), capacities[i]);
    }
  }
}

static int32_t check_alignment(sink_t *sink, const disruptor_batch_t *batch) {
  uintptr_t alignment = *(const size_t *)sink->data;
  size_t i;
  for (i = 0; i < batch->count; i++) {
    CHECK_U64((uintptr_t)batch->elements[i].data % alignment, 0);
  }
  return 0;
}

static void elements_are_aligned(void) {
  static uint8_t bytes[300];
  size_t alignment;
  for (alignment = 1; alignment <= 4096; alignment *= 2) {
    disruptor_config_t config = test_config(5);
    disruptor_t *ring;
    sink_t sink;
    size_t len;
    config.element_alignment = alignment;
    config.element_size = 20;
    config.max_element_size = sizeof bytes; /* a spilled element is no exception */
    ring = test_ring_of(&config);
    sink_init(&sink);
    sink.hook = check_alignment;
    sink.data = &alignment;
    sink_register(&sink, ring);
    for (len = 1; len <= 11; len++) {
      CHECK_OK(disruptor_produce_one(ring, bytes, len));
      CHECK_OK(disruptor_produce_one(ring, bytes, len * 27));
    }
    CHECK_OK(disruptor_destroy(ring));
    CHECK_U64(sink.consumed, 22);
    sink_free(&sink);
  }
}

static void the_default_alignment_is_eight(void) {
  size_t alignment = 8;
  disruptor_t *ring = test_ring(3);
  sink_t sink;
  size_t i;
  sink_init(&sink);
  sink.hook = check_alignment;
  sink.data = &alignment;
  sink_register(&sink, ring);
  for (i = 0; i < 7; i++) {
    CHECK_OK(disruptor_produce_one(ring, "abc", 3));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void the_name_and_the_config_are_copied(void) {
  char name[] = "original";
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  char report[4096];
  size_t length;
  config.name = name;
  ring = test_ring_of(&config);
  memset(name, 'X', sizeof name - 1);
  memset(&config, 0xff, sizeof config);
  CHECK_OK(disruptor_report(ring, DISRUPTOR_FORMAT_TEXT, report, sizeof report, &length));
  CHECK_HAS(report, "original");
  CHECK_OK(disruptor_destroy(ring));
}

static void disruptors_do_not_share_anything(void) {
  disruptor_t *first = test_ring(4), *second = test_ring(4);
  sink_t one, two;
  sink_init(&one);
  sink_init(&two);
  sink_register(&one, first);
  CHECK_STATUS(produce_value(second, 1), DISRUPTOR_NO_CONSUMERS);
  sink_register(&two, second);
  CHECK_U64(one.id, 0);
  CHECK_U64(two.id, 0);
  produce_all(first, 10, 9);
  CHECK_OK(disruptor_destroy(first));
  produce_all(second, 20, 9);
  CHECK_OK(disruptor_destroy(second));
  sink_expect(&one, 10, 9);
  sink_expect(&two, 20, 9);
  sink_free(&one);
  sink_free(&two);
}

static size_t open_files(void) {
  DIR *files = opendir("/proc/self/fd");
  size_t count = 0;
  CHECK(files != NULL);
  while (readdir(files) != NULL) {
    count++;
  }
  closedir(files);
  return count;
}

/* Mapped memory in bytes. A thread that nobody joins leaves its stack behind, megabytes each. */
static size_t mapped_memory(void) {
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%llu", &pages) == 1);
  fclose(file);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void nothing_is_left_after_destroy(void) {
  enum { MEBIBYTE = 1024 * 1024 };
  size_t round, rounds = test_rounds(400);
  size_t memory = mapped_memory(), files = open_files(), threads = test_settled_thread_count();
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(8);
    sink_t sink;
    sink_init(&sink);
    if (round % 2 == 0) {
      sink_register(&sink, ring);
      CHECK_OK(produce_value(ring, round));
    }
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
  CHECK_U64(open_files(), files);
  CHECK_AT_MOST(mapped_memory(), memory + 200 * (size_t)MEBIBYTE);
  AWAIT(test_thread_count() == threads);
}

static void destroying_nothing_is_fine(void) { CHECK_OK(disruptor_destroy(NULL)); }

static const test_case_t cases[] = {
    CASE(config_init_fills_in_size_and_defaults),
    CASE(consumer_config_init_fills_in_size_and_defaults),
    CASE(no_config_means_the_defaults),
    CASE(a_capacity_is_exact),
    CASE(elements_are_aligned),
    CASE(the_default_alignment_is_eight),
    CASE(the_name_and_the_config_are_copied),
    CASE(disruptors_do_not_share_anything),
    CASE(nothing_is_left_after_destroy),
    CASE(destroying_nothing_is_fine),
};
TEST_MAIN(cases)
