/* No memory: a status, never an abort, and the disruptor goes on. The limits are set in child processes. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "sink.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define LIMITS_WORK (!TEST_SANITIZED)

enum { MEBIBYTE = 1024 * 1024 };

static void refuse_size(size_t capacity, size_t element_size, size_t max_element_size) {
  disruptor_t *const untouched = (disruptor_t *)(void *)&untouched;
  disruptor_t *ring = untouched;
  disruptor_config_t config = test_config(capacity);
  disruptor_status_t status;
  config.element_size = element_size;
  config.max_element_size = max_element_size;
  status = disruptor_create(&config, &ring);
  if (status != DISRUPTOR_INVALID_ARGUMENT) { /* either will do for what no memory could ever hold */
    CHECK_STATUS(status, DISRUPTOR_OUT_OF_MEMORY);
  }
  CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
  CHECK(ring == untouched);
}

static void a_size_that_overflows_is_refused(void) {
  static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 8, SIZE_MAX / 64};
  size_t i;
  for (i = 0; i < ARRAY_LEN(sizes); i++) {
    refuse_size(sizes[i], 64, 0);
    refuse_size(sizes[i], 1, 0);
    refuse_size(16, sizes[i], 0);
    refuse_size(sizes[i], sizes[i], 0);
    refuse_size(SIZE_MAX / sizes[i] + 1, sizes[i], 0); /* the product is just too large */
  }
}

static void a_ring_that_no_memory_holds_is_out_of_memory(void) {
  disruptor_config_t config = test_config((size_t)1 << 40);
  disruptor_t *ring = NULL;
  if (sizeof(void *) < 8) {
    return;
  }
  config.element_size = 65536; /* 64 PiB: the product fits its type, and no address space */
  CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_OUT_OF_MEMORY, "memory");
  CHECK(ring == NULL);
}

/* From now on this process gets `more` bytes of address space and no more. */
static void limit_memory(size_t more) {
  struct rlimit limit;
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%llu", &pages) == 1);
  fclose(file);
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = (rlim_t)pages * 4096 + more;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static void unlimit_memory(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static void create_without_memory(void *unused) {
  disruptor_config_t config = test_config(1024);
  disruptor_t *ring = NULL;
  (void)unused;
  config.element_size = MEBIBYTE;
  limit_memory(64 * MEBIBYTE);
  CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_OUT_OF_MEMORY, "memory");
  CHECK(ring == NULL);
  config.element_size = 64; /* while a smaller one has room */
  ring = test_ring_of(&config);
  CHECK_OK(disruptor_destroy(ring));
}

static void create_reports_that_memory_is_short(void) {
  if (LIMITS_WORK) {
    test_in_child(create_without_memory, NULL);
  }
}

static void register_without_memory(void *unused) {
  disruptor_t *ring = test_ring(16);
  uint32_t ids[SINK_DEPENDENCIES], id = 77;
  disruptor_consumer_config_t config;
  disruptor_status_t status;
  sink_t first, second;
  (void)unused;
  sink_init(&first);
  sink_init(&second);
  sink_register(&first, ring);
  config = sink_config(&second, ids);
  limit_memory(0); /* not even a thread's stack */
  status = disruptor_register(ring, &config, &id);
  unlimit_memory();
  if (status == DISRUPTOR_OK) { /* the C library had a stack left over from another thread */
    CHECK_OK(disruptor_unregister(ring, id, FOREVER));
    sink_init(&second);
  } else if (status != DISRUPTOR_OUT_OF_MEMORY) {
    CHECK_STATUS(status, DISRUPTOR_THREAD_FAILED);
    CHECK_U64(id, 77);
  }
  CHECK_U64(test_stats(ring).consumers, 1);
  produce_all(ring, 0, 100); /* whoever was not registered does not hold the ring back */
  sink_register(&second, ring);
  produce_all(ring, 100, 100);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&first, 0, 200);
  sink_expect(&second, 100, 100);
  CHECK_OK(disruptor_destroy(ring));
}

static void register_reports_that_memory_is_short(void) {
  if (LIMITS_WORK) {
    test_in_child(register_without_memory, NULL);
  }
}

static int32_t count_bytes(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    *(uint64_t *)sink->data += batch->elements[i].len;
  }
  return 0;
}

static void spill_without_memory(void *unused) {
  size_t large = 1024 * (size_t)MEBIBYTE, produced = 77;
  disruptor_config_t config = test_config(4);
  disruptor_slice_t elements[3];
  disruptor_t *ring;
  uint64_t bytes = 0;
  sink_t sink;
  /* Never written to, so it is one page of zeros however large it is. */
  uint8_t *zeros = mmap(NULL, large, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  (void)unused;
  CHECK(zeros != MAP_FAILED);
  config.max_element_size = large;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink.hook = count_bytes;
  sink.gaps = true; /* slots that could not be filled are skipped */
  sink.data = &bytes;
  sink_register(&sink, ring);
  limit_memory(512 * MEBIBYTE); /* enough for everything else, also for what the C library reserves */
  CHECK_STATUS(disruptor_produce_one(ring, zeros, large), DISRUPTOR_OUT_OF_MEMORY);
  CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
  elements[0].data = elements[1].data = elements[2].data = zeros;
  elements[0].len = elements[2].len = 10;
  elements[1].len = large;
  CHECK_STATUS(disruptor_produce_timeout(ring, elements, 3, FOREVER, &produced), DISRUPTOR_OUT_OF_MEMORY);
  CHECK_AT_MOST(produced, 1); /* exactly what is told is delivered, and no slot is lost */
  CHECK_U64(test_stats(ring).produced, produced);
  produce_all(ring, 0, 50);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(sink_consumed(&sink), produced + 50);
  CHECK_U64(bytes, produced * 10 + 50 * 8);
  CHECK_OK(disruptor_destroy(ring));
}

static void produce_reports_that_memory_is_short(void) {
  if (LIMITS_WORK) {
    test_in_child(spill_without_memory, NULL);
  }
}

static const test_case_t cases[] = {
    CASE(a_size_that_overflows_is_refused),
    CASE(a_ring_that_no_memory_holds_is_out_of_memory),
    CASE(create_reports_that_memory_is_short),
    CASE(register_reports_that_memory_is_short),
    CASE(produce_reports_that_memory_is_short),
};
TEST_MAIN(cases)
