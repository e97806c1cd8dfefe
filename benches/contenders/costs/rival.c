/* A round trip of two threads that share their core with a program that never leaves it of its own accord. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "costs.h"

enum { ROUND_TRIPS = 20000 };

/* This thread and those that it creates from now on stay on one core. */
static cpu_set_t to_one_core(void) {
  cpu_set_t before, one;
  int cpu = sched_getcpu();
  if (sched_getaffinity(0, sizeof before, &before) != 0 || cpu < 0) exit(1);
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) exit(1);
  return before;
}

static pid_t rival(void) {
  pid_t child = fork();
  if (child < 0) exit(1);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (volatile unsigned turns = 0;; turns++) {
    }
  }
  return child;
}

static int32_t answer(void *back, const disruptor_batch_t *batch) {
  for (size_t i = 0; i < batch->count; i++) {
    must(disruptor_produce_one(back, batch->elements[i].data, batch->elements[i].len));
  }
  return 0;
}

static void round_trips(disruptor_t *there, disruptor_poller_t *back, size_t count) {
  for (uint64_t i = 0; i < count; i++) {
    disruptor_batch_t batch;
    must(disruptor_produce_one(there, &i, sizeof i));
    must(disruptor_poll(back, DISRUPTOR_WAIT_FOREVER, &batch));
    must(disruptor_poller_release(back, batch.count));
  }
}

void rival_costs(void) {
  cpu_set_t before = to_one_core();
  pid_t child = rival();
  disruptor_t *there = create(64, 8, DISRUPTOR_WAIT_BLOCK), *back = create(64, 8, DISRUPTOR_WAIT_BLOCK);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  struct timespec begun, ended;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  must(disruptor_poller_create(back, &config, &poller));
  config.on_batch = answer;
  config.user_data = back;
  must(disruptor_register(there, &config, &id));
  clock_gettime(CLOCK_MONOTONIC, &begun);
  round_trips(there, poller, ROUND_TRIPS);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  double us = (double)(ended.tv_sec - begun.tv_sec) * 1e6 + (double)(ended.tv_nsec - begun.tv_nsec) * 1e-3;
  cost("a round trip, BLOCK, two threads beside a rival for their core", us / ROUND_TRIPS, 100, "us");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  must(disruptor_destroy(there));
  must(disruptor_poller_destroy(poller));
  must(disruptor_destroy(back));
  if (sched_setaffinity(0, sizeof before, &before) != 0) exit(1);
}
