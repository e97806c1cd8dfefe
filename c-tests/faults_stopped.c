/* A caller is stopped anywhere in any call: it alone, by a signal handler of its own, or its whole process, by SIGSTOP.
 * When it goes on, nothing is lost. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "polling.h"
#include "sink.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPACITY = 3 };

/* The one that is stopped, a ring, and a consumer and a poller that get all of it. */
typedef struct {
  uint32_t mode, strategy;
  disruptor_t *ring;
  sink_t sink;
  disruptor_poller_t *poller; /* NULL = none */
  uint64_t produced;
  atomic_bool *stop;
} caller_t;

/* ---- What it does, again and again ---- */

typedef void (*work_t)(caller_t *);

static void produce(caller_t *caller) {
  CHECK_OK(produce_value(caller->ring, caller->produced++));
  produce_all(caller->ring, caller->produced, CAPACITY + 1);
  caller->produced += CAPACITY + 1;
}

static void claim(caller_t *caller) {
  disruptor_claim_t claim = claim_values(caller->ring, 3, caller->produced);
  CHECK_OK(disruptor_claim_publish(caller->ring, &claim, 1));
  CHECK_OK(disruptor_publish_prefix(caller->ring, &claim, 1));
  if (caller->produced % 2 == 0) {
    CHECK_OK(disruptor_publish(caller->ring, &claim));
    caller->produced += 3;
  } else {
    CHECK_OK(disruptor_abandon(caller->ring, &claim));
    caller->produced += 2;
  }
}

static void poll(caller_t *caller) {
  produce_all(caller->ring, caller->produced, 2);
  poller_expect(caller->poller, FOREVER, caller->produced, 2);
  CHECK_OK(disruptor_poller_release(caller->poller, 1));
  poller_expect(caller->poller, 0, caller->produced + 1, 1);
  CHECK_OK(disruptor_poller_release(caller->poller, 1));
  poller_expect_nothing(caller->poller, DISRUPTOR_EMPTY);
  caller->produced += 2;
}

static void come_and_go(caller_t *caller) {
  disruptor_poller_t *poller;
  sink_t guest;
  sink_init(&guest);
  sink_register(&guest, caller->ring);
  poller = poller_behind(caller->ring, guest.id);
  CHECK_OK(produce_value(caller->ring, caller->produced));
  sink_await(&guest, 1);
  sink_unregister(&guest);
  sink_expect(&guest, caller->produced, 1);
  sink_expect_closed(&guest);
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_free(&guest);
  caller->produced++;
}

static void ask(caller_t *caller) {
  char text[1 << 14];
  uint32_t format, id;
  size_t count;
  CHECK_OK(produce_value(caller->ring, caller->produced++));
  CHECK_OK(disruptor_flush(caller->ring, FOREVER));
  CHECK_U64(sink_consumed(&caller->sink), caller->produced);
  CHECK_U64(test_stats(caller->ring).produced, caller->produced);
  CHECK_U64(test_consumer_stats(caller->ring, caller->sink.id).consumed, caller->produced);
  CHECK_OK(disruptor_consumers(caller->ring, &id, 1, &count));
  CHECK_U64(count, 1);
  for (format = DISRUPTOR_FORMAT_TEXT; format <= DISRUPTOR_FORMAT_DOT; format++) {
    CHECK_OK(disruptor_report(caller->ring, format, text, sizeof text, &count));
  }
}

/* A ring of its own, from create to destroy: closed or halted. */
static void live(caller_t *caller) {
  disruptor_t *ring = test_ring_in(caller->mode, caller->strategy, CAPACITY);
  uint64_t undelivered = 0;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, CAPACITY + 1);
  if (caller->produced++ % 2 == 0) {
    CHECK_OK(disruptor_close(ring, FOREVER));
  } else {
    CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, CAPACITY + 1 - undelivered);
  sink_expect_closed(&sink);
  sink_free(&sink);
  CHECK_OK(produce_value(caller->ring, caller->produced - 1));
}

/* ---- From the beginning until it is told to stop ---- */

static work_t work;

static void begin(caller_t *caller, uint32_t mode, uint32_t strategy, atomic_bool *stop) {
  memset(caller, 0, sizeof *caller);
  caller->mode = mode;
  caller->strategy = strategy;
  caller->stop = stop;
  caller->ring = test_ring_in(mode, strategy, CAPACITY);
  sink_init(&caller->sink);
  caller->sink.gaps = true; /* where claims are abandoned */
  sink_register(&caller->sink, caller->ring);
  caller->poller = work == poll ? poller_of(caller->ring) : NULL;
}

static void *work_until_told(void *of) {
  caller_t *caller = of;
  do {
    work(caller);
  } while (!atomic_load(caller->stop));
  return NULL;
}

static void finish(caller_t *caller) {
  CHECK_OK(disruptor_close(caller->ring, FOREVER));
  CHECK_U64(test_stats(caller->ring).produced, caller->produced);
  CHECK_OK(disruptor_poller_destroy(caller->poller));
  CHECK_OK(disruptor_destroy(caller->ring));
  sink_expect(&caller->sink, 0, caller->produced);
  sink_expect_closed(&caller->sink);
  sink_free(&caller->sink);
}

/* ---- Stopped by its own handler ---- */

static atomic_bool is_thawed;
static atomic_size_t frozen, gone_on; /* how often the caller was stopped, and how often it went on */

static void freeze(int number) {
  int error = errno;
  (void)number;
  atomic_fetch_add(&frozen, 1);
  while (!atomic_load(&is_thawed)) {
    test_pause();
  }
  atomic_fetch_add(&gone_on, 1);
  errno = error;
}

static void catch_signal(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler; /* without SA_RESTART: system calls end with EINTR */
  CHECK(sigaction(number, &action, NULL) == 0);
}

/* Hardly any signal meets a caller that still is in its handler: it would take the next one at once when it leaves, and
 * never get any further. */
static void stop_the_caller(uint32_t mode, uint32_t strategy) {
  random_t random = random_stream(mode * 4 + strategy);
  size_t round, rounds = test_few_when_spinning(strategy, test_rounds(200));
  atomic_bool stop = false;
  pthread_t thread;
  caller_t caller;
  atomic_store(&frozen, 0);
  atomic_store(&gone_on, 0);
  begin(&caller, mode, strategy, &stop);
  thread = test_spawn(work_until_told, &caller);
  for (round = 1; round <= rounds; round++) {
    atomic_store(&is_thawed, false);
    CHECK(pthread_kill(thread, SIGUSR2) == 0);
    AWAIT(atomic_load(&frozen) == round);
    random_stagger(&random);
    atomic_store(&is_thawed, true);
    AWAIT(atomic_load(&gone_on) == round);
    random_stagger(&random);
  }
  atomic_store(&stop, true);
  test_join(thread);
  finish(&caller);
}

/* ---- Stopped with its process ---- */

static void stop_the_process(uint32_t mode, uint32_t strategy) {
  random_t random = random_stream(mode * 4 + strategy);
  size_t round, rounds = test_few_when_spinning(strategy, test_rounds(60));
  atomic_bool *stop = mmap(NULL, sizeof *stop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  unsigned seconds_left = alarm(0); /* there is no other way to ask */
  int state = 0;
  pid_t child;
  alarm(seconds_left);
  CHECK(stop != MAP_FAILED);
  atomic_init(stop, false);
  fflush(stdout);
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    static caller_t caller;
    alarm(seconds_left); /* a child does not inherit it */
    begin(&caller, mode, strategy, stop);
    (void)work_until_told(&caller);
    finish(&caller);
    _exit(0);
  }
  for (round = 0; round < rounds; round++) {
    CHECK(kill(child, SIGSTOP) == 0);
    CHECK(waitpid(child, &state, WUNTRACED) == child && WIFSTOPPED(state));
    random_stagger(&random);
    CHECK(kill(child, SIGCONT) == 0);
    random_stagger(&random);
    test_pause();
  }
  atomic_store(stop, true);
  CHECK(waitpid(child, &state, 0) == child);
  CHECK(munmap(stop, sizeof *stop) == 0);
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    test_fail(__FILE__, __LINE__, "the stopped process ended with wait status 0x%x", (unsigned)state);
  }
}

static void stop_while(work_t working) {
  work = working;
  catch_signal(SIGUSR2, freeze);
  test_every_mode_and_strategy(stop_the_caller);
  test_every_mode_and_strategy(stop_the_process);
}

static void while_it_produces(void) { stop_while(produce); }
static void while_it_claims(void) { stop_while(claim); }
static void while_it_polls(void) { stop_while(poll); }
static void while_it_registers_and_unregisters(void) { stop_while(come_and_go); }
static void while_it_flushes_and_asks(void) { stop_while(ask); }
static void while_it_creates_and_closes(void) { stop_while(live); }

static const test_case_t cases[] = {
    CASE(while_it_produces),
    CASE(while_it_claims),
    CASE(while_it_polls),
    CASE(while_it_registers_and_unregisters),
    CASE(while_it_flushes_and_asks),
    CASE(while_it_creates_and_closes),
};
TEST_MAIN(cases)
