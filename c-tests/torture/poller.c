/* Consumers without a thread of the library's, each in the hands of a thread of ours: they let go of a part of what they
 * polled, wait in every way, and some are destroyed with a batch in their hands. */
#include "torture.h"

#include <poll.h>

static disruptor_status_t look(consumer_t *consumer, int descriptor, disruptor_batch_t *batch) {
  random_t *random = &consumer->random;
  switch (random_below(random, 4)) {
    case 0:
      doing("disruptor_poll, not waiting");
      return disruptor_poll(consumer->poller, 0, batch);
    case 1:
      doing("disruptor_poll, waiting for a while");
      return disruptor_poll(consumer->poller, random_below(random, MILLISECOND), batch);
    case 2: {
      struct pollfd ready = {descriptor, POLLIN, 0};
      doing("poll of a poller's descriptor");
      (void)poll(&ready, 1, 10); /* what `min_batch` holds back does not raise it */
      doing("disruptor_poll, when readable");
      return disruptor_poll(consumer->poller, 0, batch);
    }
    default:
      doing("disruptor_poll, waiting without limit");
      return disruptor_poll(consumer->poller, FOREVER, batch);
  }
}

static void release(consumer_t *consumer, disruptor_batch_t batch) {
  unsigned steps = 1 + (unsigned)random_below(&consumer->random, 2);
  for (; steps > 0 && batch.count > 0; steps--) {
    bool all = random_below(&consumer->random, 4) != 0;
    size_t count = all ? batch.count : random_below(&consumer->random, batch.count + 1);
    account_take(consumer, &batch, count);
    account_finish(consumer);
    doing("disruptor_poller_release");
    CHECK_OK(disruptor_poller_release(consumer->poller, count));
    if (HEAR(consumer->round->halting)) {
      COUNT(consumer->round->released_late, count);
    }
    if (consumer->spans) {
      batch.span += count * batch.stride;
    } else {
      batch.elements += count;
    }
    batch.first_sequence += count;
    batch.count -= count;
  }
}

/* What a member had in its hands goes to the others, as long as there are any: so none leaves once the end has begun. */
static bool leave(consumer_t *consumer) {
  round_t *round = consumer->round;
  bool leaves;
  pthread_mutex_lock(&round->mutex);
  leaves = !round->is_ending;
  if (leaves) {
    doing("disruptor_poller_destroy");
    TELL(consumer->leaving, true);
    CHECK_OK(disruptor_poller_destroy(consumer->poller));
  }
  pthread_mutex_unlock(&round->mutex);
  return leaves;
}

static void *poller_main(void *argument) {
  consumer_t *consumer = argument;
  int32_t descriptor;
  role("poller", consumer->id);
  CHECK_OK(disruptor_poller_fd(consumer->poller, &descriptor));
  for (;;) {
    disruptor_batch_t batch;
    disruptor_status_t status = look(consumer, descriptor, &batch);
    if (status == DISRUPTOR_OK) {
      account_read(consumer, &batch);
      dawdle(consumer);
      release(consumer, batch);
    } else if (status == DISRUPTOR_CLOSED) {
      break;
    } else {
      CHECK(status == DISRUPTOR_EMPTY || status == DISRUPTOR_TIMED_OUT);
    }
    if (!consumer->stays && random_below(&consumer->random, 200) == 0 && leave(consumer)) {
      return NULL;
    }
  }
  doing("disruptor_poller_destroy, after the end");
  CHECK_OK(disruptor_poller_destroy(consumer->poller));
  return NULL;
}

bool poller_register(consumer_t *consumer) {
  round_t *round = consumer->round;
  uint32_t ids[DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_status_t status;
  pthread_t thread;
  consumer->is_poller = true;
  config = consumer_config(consumer, ids);
  account_before(consumer);
  status = disruptor_poller_create(round->ring, &config, &consumer->poller);
  account_after(consumer);
  if (status != DISRUPTOR_OK) {
    CHECK(status == DISRUPTOR_CLOSED || status == DISRUPTOR_TOO_MANY_CONSUMERS);
    TELL(consumer->leaving, true);
    consumer->is_absent = true;
    return false;
  }
  CHECK_OK(disruptor_poller_id(consumer->poller, &consumer->id));
  thread = test_spawn(poller_main, consumer);
  pthread_mutex_lock(&round->mutex);
  round->pollers[round->poller_count++] = thread;
  pthread_mutex_unlock(&round->mutex);
  return true;
}
