/* Consumers with a thread and callbacks: quick and slow ones, some that fail, some that leave by themselves. */
#include "torture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Thread_local consumer_t *myself; /* on_error is the whole ring's, and has to know whose thread it is on */

void dawdle(consumer_t *consumer) {
  if (random_below(&consumer->random, 100) < consumer->round->plan.slow_percent) {
    struct timespec pause = {0, (long)random_below(&consumer->random, 1000000)};
    nanosleep(&pause, NULL);
  } else if (random_below(&consumer->random, 4) == 0) {
    random_stagger(&consumer->random);
  }
}

static void on_start(void *user_data) {
  consumer_t *consumer = user_data;
  consumer->starts++;
  cpu_expect(consumer->cpu);
  myself = consumer;
}

static void on_close(void *user_data) {
  consumer_t *consumer = user_data;
  CHECK(myself == consumer);
  CHECK_U64(consumer->starts, 1);
  consumer->closes++;
  CHECK_U64(consumer->closes, 1);
}

/* What a member of a group fails at another one may get, so until it is done with it is nobody's. */
static void be_done_with(consumer_t *consumer, const disruptor_batch_t *batch) {
  if (consumer->group != NULL) {
    account_take(consumer, batch, batch->count);
  }
  account_finish(consumer);
}

/* What follows a delivery: nothing most of the time. */
static int32_t fail_sometimes(consumer_t *consumer, const disruptor_batch_t *batch) {
  uint64_t chance = random_below(&consumer->random, 100);
  if (chance >= consumer->round->plan.error_percent) {
    be_done_with(consumer, batch);
    return 0;
  }
  consumer->errors++;
  consumer->action = random_below(&consumer->random, 2) == 0 ? DISRUPTOR_ERROR_CONTINUE : DISRUPTOR_ERROR_RETRY;
  if (consumer->may_stop && random_below(&consumer->random, 10) == 0) {
    consumer->action = DISRUPTOR_ERROR_STOP;
    TELL(consumer->leaving, true);
  }
  consumer->failed_sequence = batch->first_sequence;
  consumer->failed_count = batch->count;
  consumer->failed_code = (int32_t)chance - 50;
  if (consumer->failed_code == 0) {
    consumer->failed_code = INT32_MIN;
  }
  return consumer->failed_code;
}

static void take_new_batch(consumer_t *consumer, const disruptor_batch_t *batch) {
  size_t i;
  account_read(consumer, batch);
  if (consumer->stamps) {
    for (i = 0; i < batch->count; i++) {
      element_stamp(element_of(batch, i));
    }
  }
  if (consumer->group == NULL) {
    account_take(consumer, batch, batch->count);
  }
  if (consumer->max_batch > 0) {
    CHECK_AT_MOST(batch->count, consumer->max_batch);
  }
  consumer->largest = batch->count > consumer->largest ? batch->count : consumer->largest;
}

static void take_it_again(consumer_t *consumer, const disruptor_batch_t *batch) {
  size_t i;
  CHECK_U64(batch->first_sequence, consumer->failed_sequence);
  CHECK_U64(batch->count, consumer->failed_count);
  for (i = 0; i < batch->count; i++) {
    (void)element_read(&consumer->round->plan, element_of(batch, i));
  }
  consumer->retries++;
  consumer->failed_count = 0;
}

static int32_t on_batch(void *user_data, const disruptor_batch_t *batch) {
  consumer_t *consumer = user_data;
  int32_t failed;
  bool to_be_left; /* to another member */
  CHECK(myself == consumer);
  CHECK_U64(consumer->closes, 0);
  if (consumer->failed_count > 0) {
    take_it_again(consumer, batch);
  } else {
    take_new_batch(consumer, batch);
  }
  dawdle(consumer);
  if (consumer->produces && random_below(&consumer->random, 16) == 0) {
    produce_in_callback(consumer->round, &consumer->random);
  }
  failed = fail_sometimes(consumer, batch);
  to_be_left = failed != 0 && consumer->action == DISRUPTOR_ERROR_RETRY && consumer->group != NULL;
  if (consumer->may_stop && random_below(&consumer->random, to_be_left ? 2 : 500) == 0) {
    TELL(consumer->leaving, true);
    CHECK_OK(disruptor_unregister(consumer->round->ring, consumer->id, FOREVER));
  }
  return failed;
}

uint32_t consumer_failed(void *round, uint32_t id, const disruptor_batch_t *batch, int32_t code) {
  consumer_t *consumer = myself;
  CHECK(consumer != NULL && consumer->round == round);
  CHECK_U64(id, consumer->id);
  CHECK_U64(batch->first_sequence, consumer->failed_sequence);
  CHECK_U64(batch->count, consumer->failed_count);
  CHECK(code == consumer->failed_code);
  if (consumer->action != DISRUPTOR_ERROR_RETRY) {
    consumer->failed_count = 0;
    be_done_with(consumer, batch);
  }
  return consumer->action;
}

/* Some have names of their own, some are on a processor. */
static void place(consumer_t *consumer, disruptor_consumer_config_t *config) {
  const plan_t *plan = &consumer->round->plan;
  random_t *random = &consumer->random;
  if (random_below(random, 2) == 0) {
    snprintf(consumer->name, sizeof consumer->name, "c%016" PRIx64, random_next(random));
    config->name = consumer->name;
  }
  consumer->cpu = plan->pins && !consumer->is_poller && random_below(random, 3) == 0 ? cpu_choose(random) : -1;
  config->cpu = consumer->cpu;
}

void consumer_expect_name(const consumer_t *consumer, const disruptor_consumer_stats_t *stats) {
  char name[32];
  snprintf(name, sizeof name, "consumer-%u", (unsigned)consumer->id);
  CHECK_TEXT(stats->name, consumer->name[0] == '\0' ? name : consumer->name);
}

disruptor_consumer_config_t consumer_config(consumer_t *consumer, uint32_t ids[DEPENDENCIES]) {
  const plan_t *plan = &consumer->round->plan;
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  while (config.depends_on_count < consumer->after_count) {
    ids[config.depends_on_count] = consumer->after[config.depends_on_count]->id;
    config.depends_on_count++;
  }
  config.depends_on = config.depends_on_count > 0 ? ids : NULL;
  config.group = consumer->group != NULL ? consumer->group->number : 0;
  consumer->spans = random_below(&consumer->random, 100) < plan->span_percent;
  config.flags = consumer->spans ? DISRUPTOR_CONSUMER_SPANS : 0;
  place(consumer, &config);
  if (random_below(&consumer->random, 3) == 0) {
    consumer->max_batch = 1 + random_below(&consumer->random, plan->capacity < 300 ? plan->capacity : 300);
    config.max_batch = consumer->max_batch;
  }
  if (!plan->even && random_below(&consumer->random, 4) == 0) {
    size_t most = config.max_batch > 0 ? config.max_batch : plan->capacity < 300 ? plan->capacity : 300;
    consumer->min_batch = config.min_batch = 1 + random_below(&consumer->random, most);
    config.linger_ns = random_below(&consumer->random, 2) == 0 ? FOREVER : random_below(&consumer->random, MILLISECOND);
  }
  return config;
}

bool consumer_register(consumer_t *consumer) {
  uint32_t ids[DEPENDENCIES];
  disruptor_consumer_config_t config = consumer_config(consumer, ids);
  disruptor_status_t status;
  config.on_batch = on_batch;
  config.on_start = on_start;
  config.on_close = on_close;
  config.user_data = consumer;
  account_before(consumer);
  status = disruptor_register(consumer->round->ring, &config, &consumer->id);
  account_after(consumer);
  if (status != DISRUPTOR_OK) {
    CHECK(status == DISRUPTOR_CLOSED || status == DISRUPTOR_TOO_MANY_CONSUMERS);
    TELL(consumer->leaving, true);
    consumer->is_absent = true;
    return false;
  }
  return true;
}
