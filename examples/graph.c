/* A disruptor at work, as a picture: who waits for whom, what has piled up where, and who holds the producers back.
 * Prints it for Graphviz:
 *
 *   cargo xtask graph | dot -Tsvg > graph.svg
 *
 *                     ┌──► journal ────────────┐
 *   events ──► decode ┼──► replica (slow) ─────┼──► apply
 *                     └──► price 0 | price 1 ──┘
 *
 * price 0 and price 1 are a group: they share the events.
 * The consumers here do nothing but take their time. Any program can do what this one does at the end, at any time and
 * from any thread: disruptor_report costs the others nothing.
 */
#define _POSIX_C_SOURCE 200809L

#include <disruptor.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CAPACITY = 64, STUCK = 900, GROUP = 1, MICROSECOND = 1000 };

/* While the picture is taken, nothing moves: at element STUCK the replica needs this, and main has it. */
static pthread_mutex_t network = PTHREAD_MUTEX_INITIALIZER;

/* `on_batch` of all but the replica: takes a while for each element. */
static int32_t work(void *user_data, const disruptor_batch_t *batch) {
  const struct timespec each = {0, 50 * MICROSECOND};
  (void)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    nanosleep(&each, NULL);
  }
  return 0;
}

static int32_t replicate(void *user_data, const disruptor_batch_t *batch) {
  const struct timespec each = {0, 400 * MICROSECOND};
  (void)user_data;
  nanosleep(&each, NULL);
  if (batch->first_sequence == STUCK) {
    pthread_mutex_lock(&network);
    pthread_mutex_unlock(&network);
  }
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "graph: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

static uint32_t add(disruptor_t *ring, const char *name, uint32_t group, disruptor_consume_fn on_batch,
                    const uint32_t *depends_on, size_t depends_on_count) {
  uint32_t id;
  disruptor_consumer_config_t consumer;
  disruptor_consumer_config_init(&consumer);
  consumer.name = name;
  consumer.on_batch = on_batch;
  consumer.group = group;
  consumer.max_batch = 1;
  consumer.depends_on = depends_on;
  consumer.depends_on_count = depends_on_count;
  check(disruptor_register(ring, &consumer, &id));
  return id;
}

/* Returns when a consumer has had everything. */
static void await(const disruptor_t *ring, uint32_t consumer) {
  disruptor_consumer_stats_t stats;
  stats.struct_size = sizeof stats;
  do {
    check(disruptor_consumer_stats(ring, consumer, &stats));
  } while (stats.current_lag > 0);
}

/* Room is asked for first: how long the report is changes from moment to moment, but not by much. */
static void print_picture(const disruptor_t *ring) {
  size_t length;
  char *dot;
  disruptor_report(ring, DISRUPTOR_FORMAT_DOT, NULL, 0, &length);
  dot = malloc(length + 1000);
  if (dot == NULL) {
    fprintf(stderr, "graph: no memory\n");
    exit(EXIT_FAILURE);
  }
  check(disruptor_report(ring, DISRUPTOR_FORMAT_DOT, dot, length + 1000, &length));
  fputs(dot, stdout);
  free(dot);
}

int main(void) {
  uint32_t decode, behind[3];
  disruptor_t *ring = NULL;
  disruptor_config_t config;

  disruptor_config_init(&config);
  config.name = "events";
  config.capacity = CAPACITY;
  check(disruptor_create(&config, &ring));
  decode = add(ring, "decode", 0, work, NULL, 0);
  behind[0] = add(ring, "journal", 0, work, &decode, 1);
  behind[1] = add(ring, "replica", 0, replicate, &decode, 1);
  behind[2] = add(ring, "price 0", GROUP, work, &decode, 1);
  add(ring, "price 1", GROUP, work, &decode, 1);
  add(ring, "apply", 0, work, behind, 3);
  pthread_mutex_lock(&network);
  for (size_t n = 0; n < STUCK + CAPACITY; n++) {
    check(disruptor_produce_one(ring, &n, sizeof n)); /* waits for room, and so for the replica */
  }
  await(ring, decode); /* all but the replica, and who waits for it, have had everything */
  await(ring, behind[0]);
  await(ring, behind[2]);
  print_picture(ring); /* the ring is full: for the next event there is no room before the replica goes on */
  pthread_mutex_unlock(&network);
  check(disruptor_destroy(ring));
  if (fflush(stdout) != 0) {
    perror("graph");
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
