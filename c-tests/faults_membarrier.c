/* A sandbox that is entered before or while the disruptor runs, and does not know membarrier, which those who go to sleep
 * use so that others need not: they have to look again by themselves. That is slower, and nothing else. */
#define _DEFAULT_SOURCE /* syscall */
#include "sink.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void enter_sandbox(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {(unsigned short)ARRAY_LEN(filter), filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);
  CHECK(syscall(SYS_membarrier, 0, 0, 0) == -1);
}

static bool entered_before;
static uint32_t producer_mode;

/* A ring at work, and from then on without membarrier. */
static disruptor_t *ring_in_a_sandbox(sink_t *sink) {
  disruptor_t *ring;
  if (entered_before) {
    enter_sandbox();
  }
  ring = test_ring_in(producer_mode, DISRUPTOR_WAIT_BLOCK, 2);
  sink_register(sink, ring);
  produce_all(ring, 0, 10);
  if (!entered_before) {
    enter_sandbox();
  }
  return ring;
}

static void in_every_sandbox(void (*run)(void *)) {
  if (TEST_SANITIZED) {
    return; /* which have threads of their own */
  }
  for (producer_mode = 0; producer_mode < 2; producer_mode++) {
    entered_before = false;
    test_in_child(run, NULL);
    entered_before = true;
    test_in_child(run, NULL);
  }
}

/* ---- Whoever sleeps is woken ---- */

static atomic_long consumer_thread;

static int32_t tell_thread(sink_t *sink, const disruptor_batch_t *batch) {
  (void)sink, (void)batch;
  atomic_store(&consumer_thread, syscall(SYS_gettid));
  return 0;
}

/* What the kernel says of the consumer's thread: it waits, and does not run or want to. */
static bool consumer_sleeps(void) {
  char path[64], text[512] = "";
  const char *name_end;
  FILE *file;
  snprintf(path, sizeof path, "/proc/self/task/%ld/stat", atomic_load(&consumer_thread));
  file = fopen(path, "r");
  CHECK(file != NULL && fgets(text, sizeof text, file) != NULL);
  fclose(file);
  name_end = strrchr(text, ')');
  return name_end != NULL && name_end[2] == 'S';
}

static void wake_a_sleeper(void *unused) {
  size_t i, count = 10 + test_rounds(100);
  disruptor_t *ring;
  sink_t sink;
  (void)unused;
  sink_init(&sink);
  sink.hook = tell_thread;
  ring = ring_in_a_sandbox(&sink);
  for (i = 10; i < count; i++) {
    sink_await(&sink, i);
    AWAIT(consumer_sleeps());
    produce_all(ring, i, 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, count);
  sink_free(&sink);
}

static void sleepers_are_woken(void) { in_every_sandbox(wake_a_sleeper); }

/* ---- Whoever is about to sleep misses nothing for good ---- */

static int32_t tell_progress(sink_t *sink, const disruptor_batch_t *batch) {
  atomic_ullong *taken = sink->data;
  atomic_fetch_add(taken, batch->count);
  return 0;
}

/* Each element is produced while the consumer is about to sleep, or does. Without its last look it would miss one. (That
 * look can miss one too, which is why it looks again; but not on x86, where the refused call takes longer than a store.) */
static void meet_on_the_way_to_sleep(void *unused) {
  random_t random = random_stream(producer_mode);
  size_t i, count = 10 + test_rounds(6000);
  atomic_ullong taken;
  disruptor_t *ring;
  sink_t sink;
  (void)unused;
  sink_init(&sink);
  sink.hook = tell_progress;
  sink.data = &taken;
  atomic_init(&taken, 0);
  ring = ring_in_a_sandbox(&sink);
  for (i = 10; i < count; i++) {
    while (atomic_load(&taken) < i) {
      sched_yield();
    }
    test_hesitate(&random);
    CHECK_OK(produce_value(ring, i));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, count);
  sink_free(&sink);
}

static void nobody_sleeps_for_ever(void) { in_every_sandbox(meet_on_the_way_to_sleep); }

static const test_case_t cases[] = {
    CASE(sleepers_are_woken),
    CASE(nobody_sleeps_for_ever),
};
TEST_MAIN(cases)
