/* After create, neither producing nor delivering allocates; only an element that spills for the first time in its
 * slot does. Counted by standing in for the C library's allocator. */
#include "test.h"

#include <errno.h>
#include <string.h>

#if defined(__GLIBC__) && !TEST_SANITIZED
#define COUNTING true

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static counter_t allocations = COUNTER_INIT;

void *malloc(size_t size) {
  counter_add(&allocations, 1);
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  counter_add(&allocations, 1);
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  counter_add(&allocations, 1);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  counter_add(&allocations, 1);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  counter_add(&allocations, 1);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  counter_add(&allocations, 1);
  *out = __libc_memalign(alignment, size);
  return *out == NULL ? ENOMEM : 0;
}
#else
#define COUNTING false
static counter_t allocations = COUNTER_INIT;
#endif

enum { SLOT = 32, LARGEST = 1000, CAPACITY = 8 };

static int32_t look(void *user_data, const disruptor_batch_t *batch) {
  counter_add(user_data, batch->count);
  return 0;
}

/* The one behind the others, and so the one that may. */
static int32_t touch(void *user_data, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    if (batch->elements[i].len > 0) {
      batch->elements[i].data[0]++;
    }
  }
  counter_add(user_data, batch->count);
  return 0;
}

static int32_t fail(void *user_data, const disruptor_batch_t *batch) {
  (void)look(user_data, batch);
  return 1;
}

/* Three calls, of one, some, and more elements than fit. */
static void produce_each_way(disruptor_t *ring, size_t len) {
  static uint8_t bytes[LARGEST];
  disruptor_slice_t elements[3 * CAPACITY];
  size_t i, produced;
  for (i = 0; i < ARRAY_LEN(elements); i++) {
    elements[i].data = bytes;
    elements[i].len = len;
  }
  CHECK_OK(disruptor_produce_one(ring, bytes, len));
  CHECK_OK(disruptor_produce(ring, elements, 3));
  CHECK_OK(disruptor_produce_timeout(ring, elements, ARRAY_LEN(elements), FOREVER, &produced));
  CHECK_OK(disruptor_flush(ring, FOREVER));
}

static void exchange(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(CAPACITY);
  counter_t consumed = COUNTER_INIT;
  disruptor_t *ring;
  uint32_t ids[3];
  uint64_t before;
  size_t i, j, rounds = test_few_when_spinning(wait_strategy, 20);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  config.element_size = SLOT;
  config.max_element_size = LARGEST;
  ring = test_ring_of(&config);
  for (i = 0; i < ARRAY_LEN(ids); i++) {
    disruptor_consumer_config_t consumer;
    disruptor_consumer_config_init(&consumer);
    consumer.on_batch = i == 0 ? look : i == 1 ? fail : touch; /* an error is counted, not written down */
    consumer.user_data = &consumed;
    consumer.depends_on = ids;
    consumer.depends_on_count = i == 2 ? 2 : 0;
    CHECK_OK(disruptor_register(ring, &consumer, &ids[i]));
  }
  before = counter_value(&allocations);
  for (j = 0; j < rounds; j++) {
    produce_each_way(ring, SLOT);
  }
  CHECK_U64(counter_value(&allocations), before);
  /* Every slot has to spill once, and none a second time. */
  produce_each_way(ring, LARGEST);
  CHECK_AT_LEAST(counter_value(&allocations), before + (COUNTING ? CAPACITY : 0));
  before = counter_value(&allocations);
  for (j = 0; j < rounds; j++) {
    produce_each_way(ring, LARGEST - j);
    produce_each_way(ring, j);
  }
  CHECK_U64(counter_value(&allocations), before);
  CHECK_OK(disruptor_destroy(ring));
}

static void nothing_is_allocated_on_the_way(void) { test_every_mode_and_strategy(exchange); }

static const test_case_t cases[] = {
    CASE(nothing_is_allocated_on_the_way),
};
TEST_MAIN(cases)
