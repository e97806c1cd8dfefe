/* The contenders produce-..., claim-... and stream-..., each in the producer modes ...-single and ...-multi. */
#include "ours.h"

typedef struct producer_t {
  pthread_t thread;
  disruptor_t *ring;
  const workload_t *w;
  produce_fn *produce;
  pthread_barrier_t *start;
  uint64_t number, made;
} producer_t;

static void *producer_thread(void *argument) {
  producer_t *producer = (producer_t *)argument;
  pthread_barrier_wait(producer->start);
  uint64_t deadline = now_ns() + producer->w->milliseconds * 1000000u;
  producer->made = producer->produce(producer->ring, producer->w, producer->number, deadline);
  return NULL;
}

static void stream(const workload_t *w, uint32_t mode, produce_fn *produce) {
  static tally_t tallies[THREADS_MAX];
  static producer_t producers[THREADS_MAX];
  disruptor_t *ring = ring_create(w, mode);
  ring_register(ring, w, tallies);
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, (unsigned)w->producers);
  pin_if(w->pinned, 0);
  /* The first producer is this thread, so with one producer there is one thread on each side. */
  for (size_t i = 0; i < w->producers; i++) {
    producers[i] = (producer_t){0, ring, w, produce, &start, i, 0};
    if (i > 0) pthread_create(&producers[i].thread, NULL, producer_thread, &producers[i]);
  }
  uint64_t began = now_ns();
  producer_thread(&producers[0]);
  for (size_t i = 1; i < w->producers; i++) pthread_join(producers[i].thread, NULL);
  must(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER)); /* all is delivered, and the consumers have ended */
  answer_time(now_ns() - began);
  for (size_t i = 0; i < w->producers; i++) answer_producer(producers[i].made);
  for (size_t i = 0; i < w->consumers; i++) answer_consumer(&tallies[i]);
  must(disruptor_destroy(ring));
}

int main(int argc, char **argv) {
  workload_t w = workload_parse(argc, argv);
  uint32_t mode = strstr(w.contender, "-single") != NULL ? DISRUPTOR_PRODUCER_SINGLE : DISRUPTOR_PRODUCER_MULTI;
  if (is(w.shape, "pingpong")) {
    pingpong(&w, mode);
  } else {
    produce_fn *produce = !is_in_place(&w)                           ? produce_copied
                          : strncmp(w.contender, "claim", 5) == 0 ? produce_in_place
                                                                     : produce_streaming;
    stream(&w, mode, produce);
  }
  return 0;
}
