#include "forking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t never(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  CHECK(false);
  return 0;
}

static void enter_and_leave(disruptor_t *ring) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  uint32_t id = 77;
  disruptor_consumer_config_init(&config);
  CHECK_STATUS(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_FORKED);
  config.on_batch = never;
  CHECK_STATUS(disruptor_register(ring, &config, &id), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_unregister(ring, 0, FOREVER), DISRUPTOR_FORKED);
  CHECK(poller == NULL);
  CHECK_U64(id, 77);
}

static void produce(disruptor_t *ring) {
  static const disruptor_slice_t elements[2] = {{(const uint8_t *)"one", 3}, {(const uint8_t *)"two", 3}};
  size_t count = 77;
  CHECK_STATUS(disruptor_produce_one(ring, "one", 3), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_produce(ring, elements, 2), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_produce(ring, NULL, 0), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_produce_timeout(ring, elements, 2, FOREVER, &count), DISRUPTOR_FORKED);
  CHECK_U64(count, 0);
}

/* A claim of several, open since before the fork, would be published by the header alone, without a call. */
static void use_claims(disruptor_t *ring, disruptor_claim_t *open) {
  disruptor_claim_t claim, before = *open;
  CHECK_STATUS(disruptor_claim(ring, 1, FOREVER, &claim), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_claim_publish(ring, open, 1), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_publish_prefix(ring, open, 1), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_publish_prefix(ring, open, 0), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_abandon(ring, open), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_publish(ring, open), DISRUPTOR_FORKED);
  CHECK_U64(open->first_sequence, before.first_sequence);
  CHECK_U64(open->count, before.count);
}

static void poll(disruptor_poller_t *poller) {
  disruptor_batch_t batch;
  uint32_t id = 77;
  int32_t descriptor = 77;
  CHECK_STATUS(disruptor_poll(poller, FOREVER, &batch), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_release(poller, 0), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_release(poller, 1), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_fd(poller, &descriptor), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_id(poller, &id), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_destroy(poller), DISRUPTOR_FORKED);
  CHECK_U64(id, 77);
  CHECK_U64(descriptor, 77);
}

static void read_numbers(disruptor_t *ring) {
  disruptor_stats_t stats;
  disruptor_consumer_stats_t consumer;
  uint32_t id = 77, format;
  size_t count = 77;
  char text[64] = "untouched";
  memset(&stats, 0, sizeof stats);
  memset(&consumer, 0, sizeof consumer);
  stats.struct_size = sizeof stats;
  consumer.struct_size = sizeof consumer;
  CHECK_STATUS(disruptor_stats(ring, &stats), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_consumer_stats(ring, 0, &consumer), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_consumers(ring, &id, 1, &count), DISRUPTOR_FORKED);
  for (format = DISRUPTOR_FORMAT_TEXT; format <= DISRUPTOR_FORMAT_DOT; format++) {
    CHECK_STATUS(disruptor_report(ring, format, text, sizeof text, &count), DISRUPTOR_FORKED);
  }
  CHECK_U64(stats.capacity, 0);
  CHECK_U64(id, 77);
  CHECK_U64(count, 77);
  CHECK_TEXT(text, "untouched");
}

static void end(disruptor_t *ring) {
  uint64_t undelivered = 77;
  CHECK_STATUS(disruptor_flush(ring, FOREVER), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_halt(ring, FOREVER, &undelivered), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_close(ring, FOREVER), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_destroy(ring), DISRUPTOR_FORKED);
  CHECK_U64(undelivered, 77);
}

void forking_call_everything(void *argument) {
  parents_t *parents = argument;
  int time;
  for (time = 0; time < 2; time++) {
    enter_and_leave(parents->ring);
    produce(parents->ring);
    use_claims(parents->ring, &parents->claim);
    if (parents->poller != NULL) {
      poll(parents->poller);
    }
    read_numbers(parents->ring);
    end(parents->ring);
  }
  CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
}

static void call_everything_and_exit(void *parents) {
  forking_call_everything(parents);
  fflush(stdout);
  if (!TEST_SANITIZED) { /* which take for lost at an exit what the parent's threads hold */
    exit(0);             /* with everything that a program runs at its end */
  }
}

void forking_children(parents_t *parents) {
  test_in_child(forking_call_everything, parents); /* _exit follows */
  test_in_child(call_everything_and_exit, parents);
}
