/* A group: four workers share the jobs, each job goes to exactly one of them, whoever is free. One of them is slow, so
 * the others do more. Run it with `cargo xtask work_sharing`.
 *
 *            ┌──► worker 0 (slow) ──┐
 *            ├──► worker 1 ─────────┤
 *   jobs ────┤                      ├──► audit, sees every job, in order, when it is done
 *            ├──► worker 2 ─────────┤
 *            └──► worker 3 ─────────┘
 *
 * A worker has a job to itself until `audit` gets it, so it may write the result into the job. Who depends on one
 * member of a group depends on the group.
 */
#define _POSIX_C_SOURCE 200809L

#include <disruptor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORKERS = 4, GROUP = 1, JOBS = 5000, CAPACITY = 64 };

struct job {
  uint64_t number, square; /* the number comes from the producer, its square from a worker */
};

struct worker {
  int is_slow;
  uint64_t jobs;
};
struct audit {
  uint64_t jobs, sum, wrong;
};

static struct job *job_of(const disruptor_batch_t *batch, size_t i) {
  return (struct job *)(void *)batch->elements[i].data;
}

static int32_t work(void *user_data, const disruptor_batch_t *batch) {
  struct worker *worker = user_data;
  for (size_t i = 0; i < batch->count; i++) {
    struct job *job = job_of(batch, i);
    if (worker->is_slow) {
      struct timespec millisecond = {0, 1000000};
      nanosleep(&millisecond, NULL);
    }
    job->square = job->number * job->number;
    worker->jobs++;
  }
  return 0;
}

static int32_t look(void *user_data, const disruptor_batch_t *batch) {
  struct audit *audit = user_data;
  for (size_t i = 0; i < batch->count; i++) {
    const struct job *job = job_of(batch, i);
    audit->wrong += job->number != batch->first_sequence + i || job->square != job->number * job->number;
    audit->sum += job->square;
    audit->jobs++;
  }
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "work_sharing: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

int main(void) {
  struct worker workers[WORKERS] = {{1, 0}, {0, 0}, {0, 0}, {0, 0}};
  struct audit audit = {0, 0, 0};
  uint64_t done = 0, sum = 0;
  uint32_t member, id;
  disruptor_t *ring = NULL;
  disruptor_config_t config;
  disruptor_consumer_config_t consumer;

  disruptor_config_init(&config);
  config.name = "work_sharing";
  config.capacity = CAPACITY;
  config.element_size = sizeof(struct job);
  check(disruptor_create(&config, &ring));

  disruptor_consumer_config_init(&consumer);
  consumer.on_batch = work;
  consumer.group = GROUP;
  consumer.max_batch = 1; /* small helpings are fair ones: nobody sits on jobs that others could do */
  for (size_t w = 0; w < WORKERS; w++) {
    char name[16];
    snprintf(name, sizeof name, "worker %zu", w);
    consumer.name = name;
    consumer.user_data = &workers[w];
    check(disruptor_register(ring, &consumer, &member));
  }
  disruptor_consumer_config_init(&consumer);
  consumer.name = "audit";
  consumer.on_batch = look;
  consumer.user_data = &audit;
  consumer.depends_on = &member; /* any member stands for the group */
  consumer.depends_on_count = 1;
  check(disruptor_register(ring, &consumer, &id));

  for (uint64_t n = 0; n < JOBS; n++) {
    struct job job = {n, 0};
    check(disruptor_produce_one(ring, &job, sizeof job));
    sum += n * n;
  }
  check(disruptor_destroy(ring)); /* closes it first: every job is done, every thread has ended */
  for (size_t w = 0; w < WORKERS; w++) {
    printf("worker %zu did %" PRIu64 " jobs%s\n", w, workers[w].jobs, workers[w].is_slow ? ", slowly" : "");
    done += workers[w].jobs;
  }
  printf("audit saw %" PRIu64 " jobs, the sum of their squares is %" PRIu64 "\n", audit.jobs, audit.sum);
  if (done != JOBS || audit.jobs != JOBS || audit.sum != sum || audit.wrong > 0) {
    fprintf(stderr, "work_sharing: that is wrong: %d jobs, the sum is %" PRIu64 "\n", JOBS, sum);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
