/* Threads that look on: numbers that count never go back, reports are whole, and a flush keeps its word. */
#include "torture.h"

#include <string.h>

#define NEVER_BACK(before, now, field) CHECK_AT_LEAST((now).field, (before).field)

typedef struct {
  round_t *round;
  random_t random;
  disruptor_stats_t stats;
  disruptor_consumer_stats_t consumers[CROWD];
} observer_t;

static void look_at_the_ring(observer_t *observer) {
  disruptor_stats_t now;
  doing("disruptor_stats");
  now = test_stats(observer->round->ring);
  NEVER_BACK(observer->stats, now, state);
  NEVER_BACK(observer->stats, now, produced);
  NEVER_BACK(observer->stats, now, producer_blocked_ns);
  NEVER_BACK(observer->stats, now, producer_blocked_count);
  NEVER_BACK(observer->stats, now, elapsed_ns);
  NEVER_BACK(observer->stats, now, max_lag);
  CHECK_U64(now.capacity, observer->round->plan.capacity);
  CHECK_AT_MOST(now.current_lag, now.capacity);
  CHECK_AT_MOST(now.max_lag, now.capacity);
  CHECK(now.average_lag >= 0 && now.average_lag <= (double)now.capacity);
  observer->stats = now;
}

static void look_at_a_consumer(observer_t *observer) {
  disruptor_consumer_stats_t now, *before;
  uint32_t id = (uint32_t)random_below(&observer->random, CROWD);
  disruptor_status_t status;
  uint32_t ids[8];
  size_t count = 0, i;
  doing("disruptor_consumers");
  CHECK_OK(disruptor_consumers(observer->round->ring, ids, ARRAY_LEN(ids), &count));
  for (i = 1; i < count && i < ARRAY_LEN(ids); i++) {
    CHECK_AT_LEAST(ids[i], ids[i - 1] + 1);
  }
  if (count > 0) {
    id = ids[random_below(&observer->random, count < ARRAY_LEN(ids) ? count : ARRAY_LEN(ids))];
  }
  if (id >= CROWD) {
    return;
  }
  memset(&now, 0, sizeof now);
  now.struct_size = sizeof now;
  doing("disruptor_consumer_stats");
  status = disruptor_consumer_stats(observer->round->ring, id, &now);
  if (status == DISRUPTOR_NO_SUCH_CONSUMER && count == 0) {
    return;
  }
  CHECK_OK(status);
  before = &observer->consumers[id];
  NEVER_BACK(*before, now, consumed);
  NEVER_BACK(*before, now, consumed_bytes);
  NEVER_BACK(*before, now, batches);
  NEVER_BACK(*before, now, largest_batch);
  NEVER_BACK(*before, now, errors);
  NEVER_BACK(*before, now, retries);
  NEVER_BACK(*before, now, blocked_ns);
  NEVER_BACK(*before, now, consume_ns);
  NEVER_BACK(*before, now, max_lag);
  CHECK_U64(now.consumer, id);
  CHECK(before->struct_size == 0 || strcmp(before->name, now.name) == 0);
  CHECK_AT_MOST(now.current_lag, observer->round->plan.capacity);
  CHECK_AT_MOST(now.largest_batch, observer->round->plan.capacity);
  CHECK_AT_MOST(now.retries, now.errors);
  *before = now;
}

static void read_a_report(observer_t *observer) {
  char buffer[6000];
  size_t size = random_below(&observer->random, 3) == 0 ? random_below(&observer->random, 200) : sizeof buffer;
  size_t length = SIZE_MAX;
  uint32_t format = (uint32_t)random_below(&observer->random, 4);
  disruptor_status_t status;
  memset(buffer, 'x', sizeof buffer);
  doing("disruptor_report");
  status = disruptor_report(observer->round->ring, format, buffer, size, &length);
  CHECK(length != SIZE_MAX);
  CHECK_STATUS(status, length < size ? DISRUPTOR_OK : DISRUPTOR_INVALID_ARGUMENT);
  if (size > 0) {
    CHECK_U64(strlen(buffer), length < size ? length : size - 1);
  }
  CHECK(size == sizeof buffer || buffer[size] == 'x');
}

/* Whatever was done before is finished by everybody who was there. */
static void flush(observer_t *observer) {
  round_t *round = observer->round;
  uint64_t timeouts[] = {0, 200000, FOREVER}, done[LANES];
  uint64_t timeout_ns = timeouts[random_below(&observer->random, 3)];
  size_t staff = plan_staff(&round->plan), i;
  disruptor_status_t status;
  unsigned lane;
  for (lane = 0; lane < LANES; lane++) {
    done[lane] = HEAR_ALL(round->lanes[lane].done);
  }
  doing("disruptor_flush");
  status = disruptor_flush(round->ring, timeout_ns);
  if (status != DISRUPTOR_OK) {
    CHECK((status == DISRUPTOR_TIMED_OUT && timeout_ns != FOREVER) ||
          (status == DISRUPTOR_CLOSED && HEAR(round->halting)));
    return;
  }
  for (i = 0; i < staff && !HEAR(round->halting); i++) {
    const consumer_t *consumer = round->consumers[i];
    for (lane = 0; lane < LANES && consumer->group == NULL; lane++) {
      if (done[lane] > consumer->upper[lane]) {
        CHECK_AT_LEAST(HEAR(consumer->passed[lane]), done[lane]);
      }
    }
  }
}

void *observer_main(void *argument) {
  static _Thread_local observer_t observer; /* too large for some stacks */
  const helper_t *helper = argument;
  memset(&observer, 0, sizeof observer);
  observer.round = helper->round;
  observer.random = plan_random(&helper->round->plan, 30 + helper->number);
  role("observer", helper->number);
  while (!HEAR(helper->round->stop)) {
    switch (random_below(&observer.random, 8)) {
      case 0:
        read_a_report(&observer);
        break;
      case 1:
        flush(&observer);
        break;
      case 2:
      case 3:
        look_at_the_ring(&observer);
        break;
      case 4:
        doing("a pause");
        test_pause();
        break;
      default:
        look_at_a_consumer(&observer);
    }
  }
  doing("its end");
  return NULL;
}
