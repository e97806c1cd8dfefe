#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *current_case = "(none)";
static uint64_t seed;
static unsigned timeout_seconds = 60;
static size_t first_threads;

/* ---- Cases ---- */

static void hung(int signal_number) {
  static const char reason[] = ": hung, the watchdog ended it\n";
  (void)signal_number;
  /* Only what a signal handler may call. */
  (void)!write(STDOUT_FILENO, "not ok ", 7);
  (void)!write(STDOUT_FILENO, current_case, strlen(current_case));
  (void)!write(STDOUT_FILENO, reason, sizeof reason - 1);
  _exit(1);
}

static uint64_t environment_number(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

void test_set_name(const char *name) { current_case = name; }

static void run_case(const test_case_t *test_case) {
  current_case = test_case->name;
  alarm(timeout_seconds);
  test_case->run();
  alarm(0);
  printf("ok %s\n", test_case->name);
  fflush(stdout);
}

#if TEST_SANITIZED
static void *nothing(void *unused) { return unused; }
#endif

int test_main(int argc, char **argv, const test_case_t *cases, size_t count) {
  struct timespec now;
  size_t i, run = 0;
  clock_gettime(CLOCK_REALTIME, &now);
  seed = environment_number("DISRUPTOR_TEST_SEED", (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
  timeout_seconds = (unsigned)environment_number("DISRUPTOR_TEST_TIMEOUT", 60);
  if (argc > 1 && strcmp(argv[1], "--list") == 0) {
    for (i = 0; i < count; i++) {
      puts(cases[i].name);
    }
    return 0;
  }
  signal(SIGALRM, hung);
#if TEST_SANITIZED
  test_join(test_spawn(nothing, NULL)); /* ThreadSanitizer starts a thread of its own with the first one */
#endif
  first_threads = test_thread_count();
  printf("# DISRUPTOR_TEST_SEED=%" PRIu64 "\n", seed);
  fflush(stdout); /* the watchdog does not get to it */
  for (i = 0; i < count; i++) {
    if (argc < 2 || strcmp(argv[1], cases[i].name) == 0) {
      run_case(&cases[i]);
      run++;
    }
  }
  if (run == 0) {
    fprintf(stderr, "no case is called %s\n", argc > 1 ? argv[1] : "anything");
    return 2;
  }
  return 0;
}

/* ---- Checks ---- */

void test_fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  flockfile(stdout); /* held to the end: of several failures at once the first is told */
  printf("not ok %s: %s:%d: ", current_case, file, line);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
  _exit(1);
}

void test_compare(const char *file, int line, const char *what, uint64_t actual, int relation, const char *limit_text,
                  uint64_t limit) {
  static const char *const words[] = {"", "at least ", "at most "};
  bool holds = relation == TEST_EQUAL      ? actual == limit
               : relation == TEST_AT_LEAST ? actual >= limit
                                           : actual <= limit;
  if (!holds) {
    test_fail(file, line, "%s is %" PRIu64 ", not %s%s (%" PRIu64 ")", what, actual, words[relation], limit_text,
              limit);
  }
}

void test_status(const char *file, int line, const char *call, disruptor_status_t actual, disruptor_status_t expected) {
  if (actual != expected) {
    test_fail(file, line, "%s gave %s, not %s; last error: \"%s\"", call, disruptor_status_name(actual),
              disruptor_status_name(expected), disruptor_last_error());
  }
}

void test_text(const char *file, int line, const char *what, const char *actual, const char *expected) {
  if (strcmp(actual, expected) != 0) {
    test_fail(file, line, "%s is \"%s\", not \"%s\"", what, actual, expected);
  }
}

void test_has(const char *file, int line, const char *what, const char *text, const char *part) {
  if (strstr(text, part) == NULL) {
    test_fail(file, line, "%s lacks \"%s\": \"%s\"", what, part, text);
  }
}

void test_refused(const char *file, int line, const char *call, disruptor_status_t actual, disruptor_status_t expected,
                  const char *words) {
  char copy[256];
  char *rest = NULL;
  const char *word;
  test_status(file, line, call, actual, expected);
  snprintf(copy, sizeof copy, "%s", words);
  for (word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
    test_has(file, line, "disruptor_last_error()", disruptor_last_error(), word);
  }
}

/* ---- Waiting ---- */

void test_pause(void) {
  struct timespec moment = {0, 50000};
  nanosleep(&moment, NULL);
}

void counter_init(counter_t *counter) {
  pthread_mutex_init(&counter->mutex, NULL);
  pthread_cond_init(&counter->changed, NULL);
  counter->value = 0;
}

void counter_set(counter_t *counter, uint64_t value) {
  pthread_mutex_lock(&counter->mutex);
  counter->value = value;
  pthread_cond_broadcast(&counter->changed);
  pthread_mutex_unlock(&counter->mutex);
}

void counter_add(counter_t *counter, uint64_t amount) {
  pthread_mutex_lock(&counter->mutex);
  counter->value += amount;
  pthread_cond_broadcast(&counter->changed);
  pthread_mutex_unlock(&counter->mutex);
}

uint64_t counter_value(counter_t *counter) {
  uint64_t value;
  pthread_mutex_lock(&counter->mutex);
  value = counter->value;
  pthread_mutex_unlock(&counter->mutex);
  return value;
}

void counter_await(counter_t *counter, uint64_t at_least) {
  pthread_mutex_lock(&counter->mutex);
  while (counter->value < at_least) {
    pthread_cond_wait(&counter->changed, &counter->mutex);
  }
  pthread_mutex_unlock(&counter->mutex);
}

/* ---- Threads, child processes, time ---- */

pthread_t test_spawn(void *(*run)(void *), void *argument) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, run, argument) == 0);
  return thread;
}

void test_join(pthread_t thread) { CHECK(pthread_join(thread, NULL) == 0); }

void test_in_child(void (*run)(void *), void *argument) {
  int state = 0;
  pid_t child;
  fflush(stdout);
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(timeout_seconds); /* a child does not inherit it */
    run(argument);
    _exit(0);
  }
  while (waitpid(child, &state, 0) < 0) {
    CHECK(errno == EINTR);
  }
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    test_fail(__FILE__, __LINE__, "the child process ended with wait status 0x%x", (unsigned)state);
  }
}

uint64_t test_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

size_t test_thread_count(void) {
  DIR *tasks = opendir("/proc/self/task");
  const struct dirent *entry;
  size_t count = 0;
  CHECK(tasks != NULL);
  while ((entry = readdir(tasks)) != NULL) {
    count += entry->d_name[0] != '.';
  }
  closedir(tasks);
  return count;
}

size_t test_settled_thread_count(void) {
  AWAIT(test_thread_count() == first_threads);
  return first_threads;
}

/* ---- Chance: SplitMix64, of which every stream starts somewhere else ---- */

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

random_t random_stream(uint64_t stream) {
  random_t random;
  random.state = mix(seed + mix(stream + 1));
  return random;
}

uint64_t random_next(random_t *random) {
  random->state += UINT64_C(0x9e3779b97f4a7c15);
  return mix(random->state);
}

uint64_t random_below(random_t *random, uint64_t limit) { return random_next(random) % limit; }

void random_stagger(random_t *random) {
  volatile uint64_t spin = 0;
  switch (random_below(random, 4)) {
    case 0:
      break;
    case 1:
      sched_yield();
      break;
    default:
      spin = random_below(random, (uint64_t)1 << random_below(random, 14)); /* up to some ten microseconds */
      while (spin > 0) {
        spin--;
      }
  }
}

void test_hesitate(random_t *random) {
  static const uint64_t awake = MILLISECOND / 10;
  uint64_t about = random_below(random, 2) * awake * 9 / 10;
  uint64_t until = test_now_ns() + about + random_below(random, awake / 5);
  while (test_now_ns() < until) {
  }
}

size_t test_rounds(size_t rounds) {
  const char *text = getenv("DISRUPTOR_TEST_ROUNDS");
  double scaled = text == NULL ? (double)rounds : (double)rounds * strtod(text, NULL);
  return scaled < 1 ? 1 : (size_t)scaled;
}

/* ---- Combinations ---- */

void test_every_mode_and_strategy(void (*run)(uint32_t producer_mode, uint32_t wait_strategy)) {
  static const uint32_t modes[] = {DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_PRODUCER_SINGLE};
  static const uint32_t strategies[] = {DISRUPTOR_WAIT_BLOCK, DISRUPTOR_WAIT_YIELD, DISRUPTOR_WAIT_SPIN,
                                        DISRUPTOR_WAIT_SLEEP};
  size_t mode, strategy;
  for (mode = 0; mode < ARRAY_LEN(modes); mode++) {
    for (strategy = 0; strategy < ARRAY_LEN(strategies); strategy++) {
      run(modes[mode], strategies[strategy]);
    }
  }
}

size_t test_few_when_spinning(uint32_t wait_strategy, size_t count) {
  return wait_strategy == DISRUPTOR_WAIT_SPIN ? count / 20 + 1 : count;
}

disruptor_config_t test_config(size_t capacity) {
  disruptor_config_t config;
  disruptor_config_init(&config);
  config.capacity = capacity;
  return config;
}

disruptor_config_t test_config_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  return config;
}

disruptor_t *test_ring_of(const disruptor_config_t *config) {
  disruptor_t *ring = NULL;
  CHECK_OK(disruptor_create(config, &ring));
  CHECK(ring != NULL);
  return ring;
}

disruptor_t *test_ring(size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  return test_ring_of(&config);
}

disruptor_t *test_ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, capacity);
  return test_ring_of(&config);
}

disruptor_poller_t *test_poller(disruptor_t *ring, size_t min_batch, size_t max_batch, uint32_t group) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  disruptor_consumer_config_init(&config);
  config.min_batch = min_batch;
  config.max_batch = max_batch;
  config.group = group;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  return poller;
}

disruptor_stats_t test_stats(const disruptor_t *ring) {
  disruptor_stats_t stats;
  memset(&stats, 0, sizeof stats);
  stats.struct_size = sizeof stats;
  CHECK_OK(disruptor_stats(ring, &stats));
  return stats;
}

disruptor_consumer_stats_t test_consumer_stats(const disruptor_t *ring, uint32_t consumer) {
  disruptor_consumer_stats_t stats;
  memset(&stats, 0, sizeof stats);
  stats.struct_size = sizeof stats;
  CHECK_OK(disruptor_consumer_stats(ring, consumer, &stats));
  return stats;
}
