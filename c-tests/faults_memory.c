/* An allocator that refuses the n-th request, for every n: each call says OUT_OF_MEMORY, has done nothing, loses no
 * memory, and the disruptor goes on. Once with one refusal, once with refusals from there on. */
#include "test.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#if defined(__GLIBC__) && !TEST_SANITIZED
#define REFUSING true

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
#else
#define REFUSING false
#endif

static atomic_llong until_refusal = -1; /* requests until one is refused; negative: none is */
static atomic_bool refuse_the_rest;
static atomic_llong refused, in_use;

#if REFUSING
static bool grant(void) {
  long long left = atomic_load(&until_refusal);
  if (left >= 0 && (left = atomic_fetch_sub(&until_refusal, 1)) <= 0) {
    if (left == 0 || atomic_load(&refuse_the_rest)) {
      if (atomic_load(&refuse_the_rest)) {
        atomic_store(&until_refusal, 0);
      }
      atomic_fetch_add(&refused, 1);
      errno = ENOMEM;
      return false;
    }
  }
  return true;
}

static void *count(void *memory) {
  atomic_fetch_add(&in_use, memory != NULL);
  return memory;
}

void *malloc(size_t size) { return grant() ? count(__libc_malloc(size)) : NULL; }
void *calloc(size_t number, size_t size) { return grant() ? count(__libc_calloc(number, size)) : NULL; }
void *memalign(size_t alignment, size_t size) { return grant() ? count(__libc_memalign(alignment, size)) : NULL; }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  *out = memalign(alignment, size);
  return *out == NULL ? ENOMEM : 0;
}

void *realloc(void *old, size_t size) {
  if (old == NULL) {
    return malloc(size);
  }
  return grant() ? __libc_realloc(old, size) : NULL;
}

void free(void *memory) {
  atomic_fetch_sub(&in_use, memory != NULL);
  __libc_free(memory);
}
#endif

enum { CAPACITY = 5, SLOT = 16, LARGEST = 200, SEATS = 16 };

typedef struct {
  uint32_t mode, strategy;
  disruptor_t *ring;
  disruptor_poller_t *poller;
  uint32_t consumer;
  atomic_ullong consumed, bytes;
} world_t;

static int32_t consume(void *user_data, const disruptor_batch_t *batch) {
  world_t *world = user_data;
  size_t i;
  for (i = 0; i < batch->count; i++) {
    atomic_fetch_add(&world->bytes, batch->elements[i].len);
  }
  atomic_fetch_add(&world->consumed, batch->count);
  return 0;
}

/* ---- One call each; what the n-th refusal is tried on ---- */

static disruptor_status_t create(world_t *world) {
  disruptor_config_t config = test_config_in(world->mode, world->strategy, CAPACITY);
  config.name = "a name of some length";
  config.element_size = SLOT;
  config.max_element_size = LARGEST;
  return disruptor_create(&config, &world->ring);
}

static disruptor_consumer_config_t consumer_of(world_t *world, uint32_t group) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.on_batch = consume;
  config.user_data = world;
  config.group = group;
  return config;
}

static disruptor_status_t register_one(world_t *world) {
  disruptor_consumer_config_t config = consumer_of(world, 0);
  return disruptor_register(world->ring, &config, &world->consumer);
}

static disruptor_status_t register_named_dependent(world_t *world) {
  disruptor_consumer_config_t config = consumer_of(world, 0);
  config.name = "behind the first, and named at greater length than its disruptor";
  config.depends_on = &world->consumer;
  config.depends_on_count = 1;
  return disruptor_register(world->ring, &config, &world->consumer);
}

static disruptor_status_t register_member(world_t *world) {
  disruptor_consumer_config_t config = consumer_of(world, 3);
  return disruptor_register(world->ring, &config, &world->consumer);
}

static disruptor_status_t create_poller(world_t *world) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.max_batch = 3;
  return disruptor_poller_create(world->ring, &config, &world->poller);
}

static disruptor_status_t ask_for_descriptor(world_t *world) {
  int32_t descriptor;
  return disruptor_poller_fd(world->poller, &descriptor);
}

static disruptor_status_t poll_in_vain(world_t *world) {
  disruptor_batch_t batch;
  disruptor_status_t status = disruptor_poll(world->poller, 0, &batch);
  return status == DISRUPTOR_EMPTY ? DISRUPTOR_OK : status;
}

static disruptor_status_t read_numbers(world_t *world) {
  uint32_t id;
  size_t count;
  (void)test_stats(world->ring);
  (void)test_consumer_stats(world->ring, world->consumer);
  return disruptor_consumers(world->ring, &id, 1, &count);
}

/* For the numbers a report needs memory, for its text none. */
static disruptor_status_t report_in_every_format(world_t *world) {
  disruptor_status_t status = DISRUPTOR_OK;
  char text[1 << 14];
  uint32_t format;
  for (format = DISRUPTOR_FORMAT_TEXT; format <= DISRUPTOR_FORMAT_DOT && status == DISRUPTOR_OK; format++) {
    size_t length = SIZE_MAX;
    memset(text, '#', sizeof text);
    status = disruptor_report(world->ring, format, text, sizeof text, &length);
    if (status == DISRUPTOR_OK) {
      CHECK_U64(strlen(text), length);
      CHECK_HAS(text, "behind the first");
    } else {
      CHECK(length == SIZE_MAX && text[0] == '#'); /* nothing was written */
    }
  }
  return status;
}

/* More than fit, of which every second one spills; what is told to be accepted is delivered, and no more. */
static disruptor_status_t produce_large_ones(world_t *world) {
  static uint8_t bytes[LARGEST];
  disruptor_slice_t elements[2 * CAPACITY];
  unsigned long long before = atomic_load(&world->consumed), bytes_before = atomic_load(&world->bytes), expected = 0;
  size_t i, accepted = SIZE_MAX;
  disruptor_status_t status;
  for (i = 0; i < ARRAY_LEN(elements); i++) {
    elements[i].data = bytes;
    elements[i].len = i % 2 == 0 ? SLOT : LARGEST - i;
  }
  status = disruptor_produce_timeout(world->ring, elements, ARRAY_LEN(elements), FOREVER, &accepted);
  CHECK_OK(disruptor_flush(world->ring, FOREVER));
  CHECK_AT_MOST(accepted, ARRAY_LEN(elements));
  for (i = 0; i < accepted; i++) {
    expected += elements[i].len;
  }
  CHECK_U64(atomic_load(&world->consumed) - before, accepted);
  CHECK_U64(atomic_load(&world->bytes) - bytes_before, expected);
  CHECK_U64(test_stats(world->ring).produced, atomic_load(&world->consumed));
  return status;
}

static disruptor_status_t end(world_t *world) {
  disruptor_status_t status = disruptor_close(world->ring, FOREVER);
  return status == DISRUPTOR_OK ? disruptor_destroy(world->ring) : status;
}

/* ---- For every n ---- */

typedef disruptor_status_t (*call_t)(world_t *);

/* Repeats the call with the first request refused, the second, and so on, until it needs no more; returns how many. */
static size_t insist(call_t call, world_t *world, bool rest) {
  size_t n;
  for (n = 0;; n++) {
    long long before = atomic_load(&refused);
    disruptor_status_t status;
    atomic_store(&refuse_the_rest, rest);
    atomic_store(&until_refusal, (long long)n);
    status = call(world);
    atomic_store(&until_refusal, -1);
    if (status == DISRUPTOR_OK) {
      if (atomic_load(&refused) == before) {
        return n;
      }
      CHECK(call == poll_in_vain); /* which can do without: its descriptor is raised instead of its bell set */
    } else {
      CHECK(atomic_load(&refused) > before);
      CHECK(status == DISRUPTOR_OUT_OF_MEMORY || status == DISRUPTOR_THREAD_FAILED);
      CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
    }
    CHECK_AT_MOST(n, 1000);
  }
}

/* The same, where there are at least so many requests: a call without one would not have been tried. */
static void insist_on(size_t least, call_t call, world_t *world, bool rest) {
  CHECK_AT_LEAST(insist(call, world, rest), REFUSING ? least : 0);
}

static void live_alone(uint32_t mode, uint32_t strategy, bool rest) {
  world_t world = {.mode = mode, .strategy = strategy};
  insist_on(5, create, &world, rest);
  insist_on(5, register_one, &world, rest);
  CHECK_U64(test_stats(world.ring).consumers, 1);
  insist_on(1, produce_large_ones, &world, rest);
  CHECK_U64(insist(end, &world, rest), 0); /* an end needs no memory */
}

static void live_in_a_group(uint32_t mode, uint32_t strategy, bool rest) {
  world_t world = {.mode = mode, .strategy = strategy};
  CHECK_OK(create(&world));
  insist_on(5, register_member, &world, rest); /* with the group */
  insist_on(5, register_member, &world, rest);
  CHECK_U64(test_stats(world.ring).consumers, 2);
  insist_on(1, produce_large_ones, &world, rest);
  CHECK_U64(insist(end, &world, rest), 0);
}

static void live_with_a_poller(uint32_t mode, uint32_t strategy, bool rest) {
  world_t world = {.mode = mode, .strategy = strategy};
  CHECK_OK(create(&world));
  CHECK_OK(register_one(&world));
  insist_on(5, create_poller, &world, rest);
  insist_on(1, ask_for_descriptor, &world, rest);
  insist_on(1, poll_in_vain, &world, rest);
  CHECK_U64(test_stats(world.ring).consumers, 2);
  CHECK_OK(disruptor_poller_destroy(world.poller));
  insist_on(1, produce_large_ones, &world, rest);
  CHECK_U64(insist(end, &world, rest), 0);
}

/* Each with a ring of its own: a slot keeps its spill buffer, so only a new ring is sure to ask for some. */
static void live(uint32_t mode, uint32_t strategy, bool rest) {
  live_alone(mode, strategy, rest);
  live_in_a_group(mode, strategy, rest);
  live_with_a_poller(mode, strategy, rest);
}

static void refused_one_by_one(uint32_t mode, uint32_t strategy) {
  int pass;
  for (pass = 0; pass < 2; pass++) {
    long long before;
    live(mode, strategy, pass == 1); /* the first time the C library keeps some for itself */
    (void)test_settled_thread_count();
    before = atomic_load(&in_use);
    live(mode, strategy, pass == 1);
    (void)test_settled_thread_count();
    CHECK_U64(atomic_load(&in_use), before);
  }
}

static void every_request_may_be_refused(void) { test_every_mode_and_strategy(refused_one_by_one); }

static void refuse_dependents(uint32_t mode, uint32_t strategy) {
  world_t world = {.mode = mode, .strategy = strategy};
  CHECK_OK(create(&world));
  CHECK_OK(register_one(&world));
  insist_on(5, register_named_dependent, &world, false);
  insist_on(5, register_named_dependent, &world, true);
  CHECK_U64(test_stats(world.ring).consumers, 3);
  CHECK_OK(end(&world));
}

static void dependents_too(void) { test_every_mode_and_strategy(refuse_dependents); }

/* ---- In the ring of a single producer there are seats for sixteen threads; who comes after them needs memory ---- */

static counter_t seated = COUNTER_INIT, may_leave = COUNTER_INIT;
static disruptor_claim_t last_claim; /* of the one who sat down last */

static void *sit_down(void *ring) {
  CHECK_OK(disruptor_claim(ring, 1, FOREVER, &last_claim));
  if (counter_value(&seated) + 1 < SEATS) {
    CHECK_OK(disruptor_publish(ring, &last_claim));
  }
  counter_add(&seated, 1);
  counter_await(&may_leave, 1); /* or another thread might get its place in memory, and so its seat */
  return NULL;
}

static disruptor_status_t no_seat(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    CHECK_REFUSED(status, DISRUPTOR_OUT_OF_MEMORY, "producer's seat");
  }
  return status;
}

static disruptor_status_t sit_to_produce(world_t *world) {
  return no_seat(disruptor_produce_one(world->ring, "here", 4));
}

static disruptor_status_t sit_to_claim(world_t *world) {
  disruptor_claim_t claim;
  disruptor_status_t status = no_seat(disruptor_claim(world->ring, 1, FOREVER, &claim));
  return status == DISRUPTOR_OK ? disruptor_publish(world->ring, &claim) : status;
}

static disruptor_status_t sit_to_publish(world_t *world) {
  return no_seat(disruptor_publish(world->ring, &last_claim));
}

static disruptor_status_t sit_to_abandon(world_t *world) {
  return no_seat(disruptor_abandon(world->ring, &last_claim));
}

static void refuse_a_seat(call_t call, bool rest, uint64_t produced) {
  world_t world = {.mode = DISRUPTOR_PRODUCER_SINGLE, .strategy = DISRUPTOR_WAIT_BLOCK};
  pthread_t threads[SEATS];
  size_t i;
  CHECK_OK(create(&world));
  CHECK_OK(register_one(&world));
  counter_set(&seated, 0);
  counter_set(&may_leave, 0);
  for (i = 0; i < SEATS; i++) {
    threads[i] = test_spawn(sit_down, world.ring);
    counter_await(&seated, i + 1);
  }
  insist_on(2, call, &world, rest);
  if (call != sit_to_publish && call != sit_to_abandon) {
    CHECK_OK(disruptor_abandon(world.ring, &last_claim));
  }
  counter_set(&may_leave, 1);
  for (i = 0; i < SEATS; i++) {
    test_join(threads[i]);
  }
  CHECK_U64(test_stats(world.ring).produced, produced);
  CHECK_OK(end(&world));
  CHECK_U64(atomic_load(&world.consumed), produced);
}

static void a_producers_seat_too(void) {
  int rest;
  for (rest = 0; rest < 2; rest++) {
    refuse_a_seat(sit_to_produce, rest == 1, SEATS);
    refuse_a_seat(sit_to_claim, rest == 1, SEATS);
    refuse_a_seat(sit_to_publish, rest == 1, SEATS);
    refuse_a_seat(sit_to_abandon, rest == 1, SEATS - 1);
  }
}

static void reports_too(void) {
  world_t world = {.mode = DISRUPTOR_PRODUCER_MULTI, .strategy = DISRUPTOR_WAIT_BLOCK};
  CHECK_OK(create(&world));
  CHECK_OK(register_one(&world));
  CHECK_OK(register_named_dependent(&world));
  CHECK_AT_LEAST(insist(report_in_every_format, &world, false), REFUSING ? 2 : 0);
  CHECK_AT_LEAST(insist(report_in_every_format, &world, true), REFUSING ? 2 : 0);
  CHECK_OK(end(&world));
}

static void numbers_need_no_memory(void) {
  world_t world = {.mode = DISRUPTOR_PRODUCER_MULTI, .strategy = DISRUPTOR_WAIT_BLOCK};
  CHECK_OK(create(&world));
  CHECK_OK(register_one(&world));
  CHECK_U64(insist(read_numbers, &world, false), 0);
  CHECK_U64(insist(read_numbers, &world, true), 0);
  CHECK_OK(end(&world));
}

static const test_case_t cases[] = {
    CASE(every_request_may_be_refused),
    CASE(dependents_too),
    CASE(a_producers_seat_too),
    CASE(reports_too),
    CASE(numbers_need_no_memory),
};
TEST_MAIN(cases)
