/* A small harness for the C tests: named cases, checks that end the process with a reason, a watchdog that turns
 * a hang into a failure, things to wait for, and a random generator whose seed is printed.
 *
 *   program            runs every case, one after the other
 *   program --list     prints their names
 *   program CASE       runs that one
 *
 * A case that fails leaves consumer threads behind that use its variables, so the first failure ends the program.
 *
 * Environment: DISRUPTOR_TEST_TIMEOUT  seconds until a case counts as hung (60)
 *              DISRUPTOR_TEST_ROUNDS   multiplies the rounds of the cases that repeat themselves (1)
 *              DISRUPTOR_TEST_SEED     the seed of the random generator (from the clock)
 */
#ifndef TEST_H
#define TEST_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disruptor.h"

/* A sanitizer watches over this program: it has an allocator of its own, and more address space than any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif

#define FOREVER DISRUPTOR_WAIT_FOREVER
#define MILLISECOND ((uint64_t)1000000)
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Cases ---- */

typedef struct {
  const char *name;
  void (*run)(void);
} test_case_t;

#define CASE(function) {#function, function}
#define TEST_MAIN(cases) \
  int main(int argc, char **argv) { return test_main(argc, argv, cases, ARRAY_LEN(cases)); }

int test_main(int argc, char **argv, const test_case_t *cases, size_t count);
/* For programs that have no cases: what a failing check calls them. */
void test_set_name(const char *name);

/* ---- Checks: any thread may make them ---- */

#define CHECK(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "%s does not hold", #condition))
#define CHECK_U64(actual, expected) \
  test_compare(__FILE__, __LINE__, #actual, (uint64_t)(actual), TEST_EQUAL, #expected, (uint64_t)(expected))
#define CHECK_AT_LEAST(actual, limit) \
  test_compare(__FILE__, __LINE__, #actual, (uint64_t)(actual), TEST_AT_LEAST, #limit, (uint64_t)(limit))
#define CHECK_AT_MOST(actual, limit) \
  test_compare(__FILE__, __LINE__, #actual, (uint64_t)(actual), TEST_AT_MOST, #limit, (uint64_t)(limit))
#define CHECK_STATUS(call, expected) test_status(__FILE__, __LINE__, #call, (call), (expected))
#define CHECK_OK(call) CHECK_STATUS(call, DISRUPTOR_OK)
#define CHECK_TEXT(actual, expected) test_text(__FILE__, __LINE__, #actual, (actual), (expected))
/* `text` holds `part` somewhere. */
#define CHECK_HAS(text, part) test_has(__FILE__, __LINE__, #text, (text), (part))
/* `call` returns `expected`, and the thread's last error names each of the words, which a space separates. */
#define CHECK_REFUSED(call, expected, words) test_refused(__FILE__, __LINE__, #call, (call), (expected), (words))

enum { TEST_EQUAL, TEST_AT_LEAST, TEST_AT_MOST };

#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 3, 4)))
#endif
void test_fail(const char *file, int line, const char *format, ...);
void test_compare(const char *file, int line, const char *what, uint64_t actual, int relation, const char *limit_text,
                  uint64_t limit);
void test_status(const char *file, int line, const char *call, disruptor_status_t actual, disruptor_status_t expected);
void test_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void test_has(const char *file, int line, const char *what, const char *text, const char *part);
void test_refused(const char *file, int line, const char *call, disruptor_status_t actual, disruptor_status_t expected,
                  const char *words);

/* ---- Waiting for something: only the watchdog limits it ---- */

/* Waits until a condition holds that nobody signals, such as a number in the statistics. */
#define AWAIT(condition)      \
  do {                        \
    while (!(condition)) {    \
      test_pause();           \
    }                         \
  } while (0)
void test_pause(void);

/* A number that threads count up and wait for. A gate is a counter that somebody waits for to reach 1. */
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  uint64_t value;
} counter_t;

#define COUNTER_INIT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}
void counter_init(counter_t *counter);
void counter_add(counter_t *counter, uint64_t amount);
void counter_set(counter_t *counter, uint64_t value);
uint64_t counter_value(counter_t *counter);
void counter_await(counter_t *counter, uint64_t at_least);

/* ---- Threads, child processes, time ---- */

pthread_t test_spawn(void *(*run)(void *), void *argument);
void test_join(pthread_t thread);
/* Runs `run` in a child process and expects it to end well; a check that fails in the child fails here too. */
void test_in_child(void (*run)(void *), void *argument);
uint64_t test_now_ns(void);
/* The threads of this process right now. */
size_t test_thread_count(void);
/* The same before the first case; waits until those of the cases so far are gone. */
size_t test_settled_thread_count(void);

/* ---- Chance ---- */

typedef struct {
  uint64_t state;
} random_t;

/* Generators with equal `stream` numbers give the same numbers within one run and in a run with the same seed. */
random_t random_stream(uint64_t stream);
uint64_t random_next(random_t *random);
/* 0 <= result < limit */
uint64_t random_below(random_t *random, uint64_t limit);
/* Up to when a thread that waits goes to sleep, as BLOCK does: at once, or after the tenth of a millisecond for which it
 * stays awake at times. Spins. */
void test_hesitate(random_t *random);
/* A busy wait or yield of random length, mostly tiny, so that threads meet in every order. */
void random_stagger(random_t *random);
/* How often a case should repeat itself. */
size_t test_rounds(size_t rounds);

/* ---- Combinations that the same case runs through ---- */

/* Calls `run` with every producer mode and wait strategy. */
void test_every_mode_and_strategy(void (*run)(uint32_t producer_mode, uint32_t wait_strategy));
/* `count`, or a small part of it for DISRUPTOR_WAIT_SPIN: with more threads than cores, each burns its time slice to
 * the end before the one that it waits for gets a turn. */
size_t test_few_when_spinning(uint32_t wait_strategy, size_t count);
/* A disruptor with the defaults but for the capacity. */
disruptor_t *test_ring(size_t capacity);
/* The same with this producer mode and wait strategy. */
disruptor_t *test_ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity);
/* A disruptor of that config, which must be in order. */
disruptor_t *test_ring_of(const disruptor_config_t *config);
disruptor_config_t test_config(size_t capacity);
disruptor_config_t test_config_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity);
/* A poller with the defaults but for these; 0 = the default of each. */
disruptor_poller_t *test_poller(disruptor_t *ring, size_t min_batch, size_t max_batch, uint32_t group);
disruptor_stats_t test_stats(const disruptor_t *ring);
disruptor_consumer_stats_t test_consumer_stats(const disruptor_t *ring, uint32_t consumer);

#endif
