/* Round trips: two rings, and a consumer at the end of each that answers into the other one. */
#include <semaphore.h>

#include "ours.h"

typedef struct side_t {
  disruptor_t *to;
  tally_t tally;
  latency_t *latency; /* of the side that measures; NULL on the one that only answers */
  uint64_t sent_at, deadline;
  sem_t done;
} side_t;

static void send(side_t *side, uint64_t value) { must(disruptor_produce_one(side->to, &value, sizeof value)); }

static int32_t on_ping(void *user_data, const disruptor_batch_t *batch) {
  side_t *side = (side_t *)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    uint64_t value = *(const uint64_t *)batch->elements[i].data;
    tally_value(&side->tally, value);
    send(side, value);
  }
  return 0;
}

static int32_t on_pong(void *user_data, const disruptor_batch_t *batch) {
  side_t *side = (side_t *)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    tally_value(&side->tally, *(const uint64_t *)batch->elements[i].data);
    uint64_t now = now_ns();
    latency_record(side->latency, now - side->sent_at);
    if (now >= side->deadline) {
      sem_post(&side->done);
    } else {
      side->sent_at = now;
      send(side, side->tally.next);
    }
  }
  return 0;
}

static void attach(disruptor_t *ring, side_t *side, disruptor_consume_fn on_batch, int cpu) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.on_batch = on_batch;
  config.user_data = side;
  config.cpu = cpu;
  uint32_t id;
  must(disruptor_register(ring, &config, &id));
}

void pingpong(const workload_t *w, uint32_t producer_mode) {
  static side_t there, back;
  disruptor_t *pings = ring_create(w, producer_mode), *pongs = ring_create(w, producer_mode);
  tally_init(&there.tally);
  tally_init(&back.tally);
  sem_init(&back.done, 0, 0);
  there.to = pongs;
  back.to = pings;
  back.latency = latency_make();
  attach(pings, &there, on_ping, w->pinned ? 1 : -1);
  attach(pongs, &back, on_pong, w->pinned ? 0 : -1);
  uint64_t began = now_ns();
  back.sent_at = began;
  back.deadline = began + w->milliseconds * 1000000u;
  send(&back, 0);
  while (sem_wait(&back.done) != 0) {
  }
  answer_time(now_ns() - began);
  must(disruptor_destroy(pings));
  must(disruptor_destroy(pongs));
  answer_producer(back.tally.count);
  answer_consumer(&there.tally);
  answer_consumer(&back.tally);
  answer_latency(back.latency);
}
