/* What the process does with a disruptor in it: it ends without closing it, from wherever; it unloads the library while
 * its threads run. */
#define _GNU_SOURCE /* dladdr */
#include "sink.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A ring at work: a consumer, one behind it, a producer that never stops. */
typedef struct {
  disruptor_t *ring;
  sink_t first, behind;
  pthread_t producer;
} works_t;

static void *produce_for_ever(void *ring) {
  uint64_t value = 0;
  while (produce_value(ring, value) == DISRUPTOR_OK) {
    value++;
  }
  return NULL;
}

static void begin(works_t *works, uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config(16);
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  works->ring = test_ring_of(&config);
  sink_init(&works->first);
  sink_init(&works->behind);
  works->behind.after[0] = &works->first;
  sink_register(&works->first, works->ring);
  sink_register(&works->behind, works->ring);
  works->producer = test_spawn(produce_for_ever, works->ring);
  sink_await(&works->behind, 20);
}

/* ---- The process ends ---- */

static uint32_t child_mode, child_strategy;

static void in_every_mode(void (*run)(void *)) {
  for (child_mode = 0; child_mode < 2; child_mode++) {
    for (child_strategy = 0; child_strategy < 4; child_strategy++) {
      test_in_child(run, NULL);
    }
  }
}

static void exit_from_main(void *unused) {
  static works_t works;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  exit(0);
}

static void *exit_now(void *unused) {
  (void)unused;
  exit(0);
}

static void exit_from_another_thread(void *unused) {
  static works_t works;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  test_join(test_spawn(exit_now, NULL));
}

static int32_t exit_in_the_callback(sink_t *sink, const disruptor_batch_t *batch) {
  (void)sink, (void)batch;
  exit(0);
}

static void exit_from_a_callback(void *unused) {
  static works_t works;
  static sink_t leaving;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  sink_init(&leaving);
  leaving.hook = exit_in_the_callback;
  sink_register(&leaving, works.ring);
  test_join(works.producer); /* which never ends */
}

static disruptor_t *to_be_closed;

static void close_at_exit(void) { CHECK_OK(disruptor_destroy(to_be_closed)); }

static void destroy_at_exit(void *unused) {
  static sink_t sink;
  (void)unused;
  sink_init(&sink);
  to_be_closed = test_ring(4);
  sink_register(&sink, to_be_closed);
  produce_all(to_be_closed, 0, 20);
  CHECK(atexit(close_at_exit) == 0);
  exit(0);
}

static void main_returns_without_a_close(void) { in_every_mode(exit_from_main); }
static void another_thread_exits(void) { in_every_mode(exit_from_another_thread); }
static void a_callback_exits(void) { in_every_mode(exit_from_a_callback); }
static void destroy_runs_at_exit_too(void) { test_in_child(destroy_at_exit, NULL); }

/* ---- The host unloads the library ---- */

/* The file that this program's functions come from, if that is the library. */
static bool library_file(char *path, size_t size) {
  Dl_info info;
  disruptor_status_t (*function)(disruptor_t *) = disruptor_destroy;
  void *address;
  memcpy(&address, &function, sizeof address);
  CHECK(dladdr(address, &info) != 0);
  snprintf(path, size, "%s", info.dli_fname);
  return strstr(path, "libdisruptor.so") != NULL;
}

/* A copy, because this program holds on to the original itself. */
static void *load_a_copy(const char *path) {
  char copy[] = "/tmp/libdisruptor-copy-XXXXXX", bytes[4096];
  int file = mkstemp(copy);
  FILE *from = fopen(path, "rb");
  size_t count;
  void *library;
  CHECK(file >= 0 && from != NULL);
  while ((count = fread(bytes, 1, sizeof bytes, from)) > 0) {
    CHECK(write(file, bytes, count) == (ssize_t)count);
  }
  fclose(from);
  close(file);
  library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    test_fail(__FILE__, __LINE__, "%s", dlerror());
  }
  unlink(copy);
  return library;
}

static void *look_up(void *library, const char *name) {
  void *found = dlsym(library, name);
  CHECK(found != NULL);
  return found;
}

/* The copy's function, which is another one than this program's own. */
#define LOOK_UP(library, function, pointer)           \
  do {                                                \
    void *found_ = look_up(library, #function);       \
    memcpy(&(pointer), &found_, sizeof(pointer));     \
    CHECK((pointer) != function);                     \
  } while (0)

static void unload_while_threads_run(void) {
  char path[4096];
  size_t before = test_settled_thread_count(), i;
  disruptor_status_t (*create)(const disruptor_config_t *, disruptor_t **);
  disruptor_status_t (*enter)(disruptor_t *, const disruptor_consumer_config_t *, uint32_t *);
  disruptor_status_t (*produce)(disruptor_t *, const void *, size_t);
  disruptor_status_t (*destroy)(disruptor_t *);
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_t *ring = NULL;
  void *library;
  sink_t sink;
  if (!library_file(path, sizeof path)) {
    return; /* linked into the program, which does not unload itself */
  }
  library = load_a_copy(path);
  CHECK_U64(test_thread_count(), before); /* loading it starts nothing */
  LOOK_UP(library, disruptor_create, create);
  LOOK_UP(library, disruptor_register, enter);
  LOOK_UP(library, disruptor_produce_one, produce);
  LOOK_UP(library, disruptor_destroy, destroy);
  sink_init(&sink);
  config = sink_config(&sink, ids);
  CHECK_OK(create(NULL, &ring));
  CHECK_OK(enter(ring, &config, &sink.id));
  for (i = 0; i < 100; i++) {
    uint64_t value = i;
    if (i == 50) {
      CHECK(dlclose(library) == 0); /* in the middle: the consumer may be anywhere */
    }
    CHECK_OK(produce(ring, &value, sizeof value));
  }
  CHECK_OK(destroy(ring));
  sink_expect(&sink, 0, 100);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(main_returns_without_a_close),
    CASE(another_thread_exits),
    CASE(a_callback_exits),
    CASE(destroy_runs_at_exit_too),
    CASE(unload_while_threads_run),
};
TEST_MAIN(cases)
