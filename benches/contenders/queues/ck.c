/* The contender "ck": the ring of Concurrency Kit, for one producer and one consumer, of pointers. Its header is C only. */
#include <ck_ring.h>

#include "../common/tally.h"

static ck_ring_t ring;
static ck_ring_buffer_t *buffer;
static const workload_t *w;
static tally_t tally;
static int closed;

static int spins;

static void wait_a_moment(void) { spins ? ck_pr_stall() : (void)sched_yield(); }

static void *consume(void *argument) {
  pin_if(w->pinned, 1);
  for (;;) {
    int over = ck_pr_load_int(&closed);
    ck_pr_fence_load();
    void *pointer;
    if (ck_ring_dequeue_spsc(&ring, buffer, &pointer)) {
      tally_value(&tally, (uintptr_t)pointer);
    } else if (over) {
      return argument;
    } else {
      wait_a_moment();
    }
  }
}

int main(int argc, char **argv) {
  workload_t workload = workload_parse(argc, argv);
  w = &workload;
  spins = is(w->wait, "spin");
  buffer = (ck_ring_buffer_t *)calloc(w->capacity, sizeof *buffer);
  ck_ring_init(&ring, (unsigned)w->capacity);
  tally_init(&tally);
  pthread_t consumer;
  pthread_create(&consumer, NULL, consume, NULL);
  pin_if(w->pinned, 0);
  uint64_t began = now_ns(), deadline = began + w->milliseconds * 1000000u, made = 0;
  do {
    for (uint64_t end = made + CHUNK; made < end; made++) {
      while (!ck_ring_enqueue_spsc(&ring, buffer, (void *)(uintptr_t)made)) wait_a_moment();
    }
  } while (now_ns() < deadline);
  ck_pr_fence_store();
  ck_pr_store_int(&closed, 1);
  pthread_join(consumer, NULL);
  answer_time(now_ns() - began);
  answer_producer(made);
  answer_consumer(&tally);
  return 0;
}
