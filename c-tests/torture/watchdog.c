/* A hang tells where every thread is. */
#include "torture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POSTS = 256 };

typedef struct {
  _Atomic(const char *) role;
  atomic_uint number;
  _Atomic(const char *) doing;
} post_t;

static post_t posts[POSTS];
static atomic_uint post_count;
static _Thread_local post_t *post;

static pthread_t dog;
static atomic_bool stopped;
static atomic_uint seconds_left;
static unsigned limit;
static char plan_text[1024];
static _Atomic(disruptor_t *) watched;

void role(const char *name, unsigned number) {
  unsigned at = COUNT(post_count, 1);
  post = NULL;
  if (at < POSTS) {
    post = &posts[at];
    TELL(post->role, name);
    TELL(post->number, number);
    doing("its beginning");
  }
}

void doing(const char *what) {
  if (post != NULL) {
    TELL(post->doing, what);
  }
}

static void print_file(const char *task, const char *name) {
  char path[128], line[256] = "";
  FILE *file;
  snprintf(path, sizeof path, "/proc/self/task/%.20s/%s", task, name);
  file = fopen(path, "r");
  if (file != NULL && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
  }
  if (file != NULL) {
    fclose(file);
  }
  printf(" %s", line[0] == '\0' ? "?" : line);
}

/* Those that the library made as well: name, where the kernel holds it, its state and times. */
static void print_threads(void) {
  DIR *tasks = opendir("/proc/self/task");
  const struct dirent *task;
  while (tasks != NULL && (task = readdir(tasks)) != NULL) {
    if (task->d_name[0] != '.') {
      printf("  thread %s:", task->d_name);
      print_file(task->d_name, "comm");
      print_file(task->d_name, "wchan");
      print_file(task->d_name, "stat");
      puts("");
    }
  }
  if (tasks != NULL) {
    closedir(tasks);
  }
}

static void print_stacks(void) {
  char command[160];
  snprintf(command, sizeof command,
           "command -v gdb >/dev/null && gdb -p %d --batch -ex 'thread apply all bt 16' 2>/dev/null | "
           "grep -E '^(Thread|#)'",
           (int)getpid());
  fflush(stdout);
  (void)!system(command);
}

static void print_reports(disruptor_t *ring) {
  static char report[1 << 16];
  const uint32_t formats[] = {DISRUPTOR_FORMAT_TEXT, DISRUPTOR_FORMAT_DOT, DISRUPTOR_FORMAT_JSON};
  size_t i, length;
  for (i = 0; ring != NULL && i < ARRAY_LEN(formats); i++) {
    (void)disruptor_report(ring, formats[i], report, sizeof report, &length);
    puts(report);
    fflush(stdout);
  }
}

static void bark(void) {
  unsigned i, count = HEAR(post_count);
  printf("not ok %s: hung for %u s\n", plan_text, limit);
  for (i = 0; i < count && i < POSTS; i++) {
    const char *what = HEAR(posts[i].doing);
    printf("  %s %u: in %s\n", HEAR(posts[i].role), HEAR(posts[i].number), what);
  }
  print_threads();
  print_stacks();
  signal(SIGABRT, SIG_DFL);
  alarm(20); /* a report takes a lock, which may be what they all wait for */
  print_reports(HEAR_ALL(watched));
  abort();
}

/* Counts seconds of its own instead of looking at the clock: a process that was stopped has not hung. */
static void *watchdog_main(void *unused) {
  (void)unused;
  for (;;) {
    sleep(1);
    if (HEAR(stopped)) {
      return NULL;
    }
    if (atomic_fetch_sub_explicit(&seconds_left, 1, memory_order_acquire) == 1) {
      bark();
    }
  }
  return NULL;
}

/* However the program ends, it says what it was at. Sanitizers have a way of their own to be told. */
static void say_where(void) {
  (void)!write(STDOUT_FILENO, "not ok ", 7);
  (void)!write(STDOUT_FILENO, plan_text, strlen(plan_text));
  (void)!write(STDOUT_FILENO, "\n", 1);
}

#if defined(__GNUC__)
__attribute__((weak)) void __sanitizer_set_death_callback(void (*)(void));
#endif

static void crashed(int number) {
  say_where();
  signal(number, SIG_DFL);
  raise(number);
}

static void speak_when_dying(void) {
  const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  size_t i;
#if defined(__GNUC__)
  if (__sanitizer_set_death_callback != NULL) {
    __sanitizer_set_death_callback(say_where);
    return;
  }
#endif
  for (i = 0; i < ARRAY_LEN(numbers); i++) {
    signal(numbers[i], crashed);
  }
}

void watchdog_start(unsigned seconds) {
  limit = seconds;
  speak_when_dying();
  TELL_ALL(seconds_left, limit);
  dog = test_spawn(watchdog_main, NULL);
}

/* A thread that still runs at the end would look like a leak. */
void watchdog_stop(void) {
  TELL(stopped, true);
  test_join(dog);
}

void watchdog_round(const plan_t *plan, disruptor_t *ring) {
  TELL(post_count, 0);
  role("main", 0);
  plan_print(plan, plan_text, sizeof plan_text);
  test_set_name(plan_text);
  TELL_ALL(watched, ring);
  TELL_ALL(seconds_left, limit);
}

void watchdog_ring_is_gone(void) { TELL_ALL(watched, NULL); }
