/* Threads that bring consumers and dismiss them while the stream runs: the graph changes all the time. */
#include "torture.h"

enum { HERE = 6 };

typedef struct {
  round_t *round;
  random_t random;
  consumer_t *here[HERE]; /* those with a thread, which it dismisses; pollers leave by themselves */
  size_t count;
  bool is_closed;
} office_t;

/* One that stays, or one of this office's. */
static consumer_t *somebody(office_t *office) {
  const round_t *round = office->round;
  size_t staff = plan_staff(&round->plan);
  size_t choice = staff + office->count == 0 ? 0 : random_below(&office->random, staff + office->count);
  if (staff + office->count == 0) {
    return NULL;
  }
  return choice < staff ? round->consumers[choice] : office->here[choice - staff];
}

static void choose_dependencies(office_t *office, consumer_t *consumer) {
  group_t *group = &office->round->groups[random_below(&office->random, GROUPS)];
  if (office->round->plan.staged) {
    consumer->after[consumer->after_count++] = office->round->consumers[0];
  }
  if (group->first != NULL && random_below(&office->random, 4) == 0) {
    group_join(consumer, group);
  }
  while (consumer->group == NULL && consumer->after_count < DEPENDENCIES && random_below(&office->random, 2) == 0) {
    consumer_t *other = somebody(office);
    size_t i;
    for (i = 0; i < consumer->after_count && consumer->after[i] != other; i++) {
    }
    if (other == NULL || i < consumer->after_count) {
      break;
    }
    consumer->after[consumer->after_count++] = other;
  }
}

static bool there_is_room(round_t *round) {
  bool room;
  pthread_mutex_lock(&round->mutex);
  room = round->consumer_count + 8 < CROWD;
  pthread_mutex_unlock(&round->mutex);
  return room;
}

static void bring(office_t *office) {
  round_t *round = office->round;
  consumer_t *consumer;
  bool registered, polls;
  if (office->count == HERE || !there_is_room(round)) {
    return;
  }
  consumer = consumer_new(round, &office->random);
  choose_dependencies(office, consumer);
  polls = random_below(&office->random, 4) == 0 && (consumer->group == NULL || consumer->group->polls);
  consumer->may_stop = !polls && random_below(&office->random, 2) == 0;
  doing(polls ? "disruptor_poller_create" : "disruptor_register");
  registered = polls ? poller_register(consumer) : consumer_register(consumer);
  if (registered && !polls) {
    office->here[office->count++] = consumer;
  }
  office->is_closed = !registered && test_stats(round->ring).state != DISRUPTOR_STATE_OPEN;
}

static void dismiss(office_t *office) {
  size_t at = office->count == 0 ? 0 : random_below(&office->random, office->count);
  uint64_t timeouts[] = {0, 100000, FOREVER};
  uint64_t timeout_ns = timeouts[random_below(&office->random, 3)];
  disruptor_status_t status;
  consumer_t *consumer;
  if (office->count == 0) {
    return;
  }
  consumer = office->here[at];
  office->here[at] = office->here[--office->count];
  TELL(consumer->leaving, true);
  doing("disruptor_unregister");
  do {
    status = disruptor_unregister(office->round->ring, consumer->id, timeout_ns);
    CHECK(status == DISRUPTOR_OK || (status == DISRUPTOR_TIMED_OUT && timeout_ns != FOREVER));
    timeout_ns = timeout_ns == 0 ? 100000 : timeout_ns;
  } while (status != DISRUPTOR_OK);
  CHECK_U64(consumer->closes, 1); /* its thread has ended, so its numbers are complete */
  account_expect_stats(consumer);
}

void *turnover_main(void *argument) {
  const helper_t *helper = argument;
  office_t office = {.round = helper->round};
  office.random = plan_random(&helper->round->plan, 20 + helper->number);
  role("turnover", helper->number);
  while (!HEAR(helper->round->stop) && !office.is_closed) {
    if (random_below(&office.random, 2) == 0) {
      bring(&office);
    } else {
      dismiss(&office);
    }
    doing("a pause");
    if (random_below(&office.random, 2) == 0) {
      test_pause();
    }
  }
  doing("its end");
  return NULL;
}
