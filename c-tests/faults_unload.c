/* The host unloads the library while its threads run, and others wait inside of its calls: the code stays, everybody goes
 * on, and handles stay valid. */
#define _GNU_SOURCE /* dladdr */
#include "sink.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CAPACITY = 4, COUNT = 40 };

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

/* The copy's functions, which are others than this program's own. */
static struct {
  disruptor_status_t (*create)(const disruptor_config_t *, disruptor_t **);
  disruptor_status_t (*enter)(disruptor_t *, const disruptor_consumer_config_t *, uint32_t *);
  disruptor_status_t (*make_poller)(disruptor_t *, const disruptor_consumer_config_t *, disruptor_poller_t **);
  disruptor_status_t (*describe)(disruptor_poller_t *, int32_t *);
  disruptor_status_t (*identify)(const disruptor_poller_t *, uint32_t *);
  disruptor_status_t (*poll)(disruptor_poller_t *, uint64_t, disruptor_batch_t *);
  disruptor_status_t (*release)(disruptor_poller_t *, size_t);
  disruptor_status_t (*leave)(disruptor_poller_t *);
  disruptor_status_t (*produce)(disruptor_t *, const void *, size_t);
  disruptor_status_t (*flush)(disruptor_t *, uint64_t);
  disruptor_status_t (*stats)(const disruptor_t *, disruptor_stats_t *);
  disruptor_status_t (*consumer_stats)(const disruptor_t *, uint32_t, disruptor_consumer_stats_t *);
  disruptor_status_t (*close)(disruptor_t *, uint64_t);
  disruptor_status_t (*destroy)(disruptor_t *);
} copy;

#define LOOK_UP(library, function, pointer)      \
  do {                                           \
    void *found_ = dlsym(library, #function);    \
    CHECK(found_ != NULL);                       \
    memcpy(&(pointer), &found_, sizeof(pointer)); \
    CHECK((pointer) != function);                \
  } while (0)

static void look_up(void *library) {
  LOOK_UP(library, disruptor_create, copy.create);
  LOOK_UP(library, disruptor_register, copy.enter);
  LOOK_UP(library, disruptor_poller_create, copy.make_poller);
  LOOK_UP(library, disruptor_poller_fd, copy.describe);
  LOOK_UP(library, disruptor_poller_id, copy.identify);
  LOOK_UP(library, disruptor_poll, copy.poll);
  LOOK_UP(library, disruptor_poller_release, copy.release);
  LOOK_UP(library, disruptor_poller_destroy, copy.leave);
  LOOK_UP(library, disruptor_produce_one, copy.produce);
  LOOK_UP(library, disruptor_flush, copy.flush);
  LOOK_UP(library, disruptor_stats, copy.stats);
  LOOK_UP(library, disruptor_consumer_stats, copy.consumer_stats);
  LOOK_UP(library, disruptor_close, copy.close);
  LOOK_UP(library, disruptor_destroy, copy.destroy);
}

/* ---- Who waits inside of a call ---- */

static void *produce_all_of_it(void *ring) {
  uint64_t value;
  for (value = 0; value < COUNT; value++) {
    CHECK_OK(copy.produce(ring, &value, sizeof value));
  }
  return NULL;
}

static uint64_t waits_for_room(disruptor_t *ring) {
  disruptor_stats_t stats = {.struct_size = sizeof stats};
  CHECK_OK(copy.stats(ring, &stats));
  return stats.producer_blocked_count;
}

static uint64_t waited_for_elements(disruptor_t *ring, const disruptor_poller_t *poller) {
  disruptor_consumer_stats_t stats = {.struct_size = sizeof stats};
  uint32_t id;
  CHECK_OK(copy.identify(poller, &id));
  CHECK_OK(copy.consumer_stats(ring, id, &stats));
  return stats.blocked_ns;
}

/* Takes what is there, and returns how the last poll ended. */
static disruptor_status_t take(disruptor_poller_t *poller, uint64_t timeout_ns, uint64_t *next) {
  disruptor_batch_t batch;
  disruptor_status_t status;
  size_t i;
  while ((status = copy.poll(poller, timeout_ns, &batch)) == DISRUPTOR_OK) {
    for (i = 0; i < batch.count; i++) {
      CHECK_U64(element_value(&batch.elements[i]), (*next)++);
    }
    CHECK_OK(copy.release(poller, batch.count));
  }
  return status;
}

static void *take_until_closed(void *poller) {
  uint64_t next = 0;
  CHECK_STATUS(take(poller, FOREVER, &next), DISRUPTOR_CLOSED);
  CHECK_U64(next, COUNT);
  return NULL;
}

/* An event loop's part: sleeps in the kernel until the descriptor says that there may be something. */
static void take_all_of_it(disruptor_poller_t *poller, int descriptor, uint64_t *next) {
  struct pollfd readable = {.fd = descriptor, .events = POLLIN};
  while (*next < COUNT) {
    CHECK(poll(&readable, 1, -1) == 1);
    CHECK_STATUS(take(poller, 0, next), DISRUPTOR_EMPTY);
  }
}

/* A consumer is held in its callback, a producer waits for room, and behind the consumer one thread waits in a poll and
 * one for a descriptor; then the library is unloaded. */
static void unload(uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config_in(mode, strategy, CAPACITY);
  disruptor_consumer_config_t consumer, behind;
  disruptor_poller_t *waiting, *looking;
  uint32_t ids[SINK_DEPENDENCIES];
  size_t before = test_settled_thread_count();
  pthread_t producer, taker;
  disruptor_t *ring;
  uint64_t next = 0;
  int32_t descriptor;
  char path[4096];
  void *library;
  sink_t sink;
  if (!library_file(path, sizeof path)) {
    return; /* linked into the program, which does not unload itself */
  }
  library = load_a_copy(path);
  CHECK_U64(test_thread_count(), before); /* loading it starts nothing */
  look_up(library);
  sink_init(&sink);
  sink_hold(&sink);
  consumer = sink_config(&sink, ids);
  CHECK_OK(copy.create(&config, &ring));
  CHECK_OK(copy.enter(ring, &consumer, &sink.id));
  disruptor_consumer_config_init(&behind);
  behind.depends_on = &sink.id;
  behind.depends_on_count = 1;
  CHECK_OK(copy.make_poller(ring, &behind, &waiting));
  CHECK_OK(copy.make_poller(ring, &behind, &looking));
  CHECK_OK(copy.describe(looking, &descriptor));
  CHECK_STATUS(take(looking, 0, &next), DISRUPTOR_EMPTY);
  producer = test_spawn(produce_all_of_it, ring);
  taker = test_spawn(take_until_closed, waiting);
  sink_await_inside(&sink);
  AWAIT(waits_for_room(ring) == 1);
  AWAIT(waited_for_elements(ring, waiting) > 0);
  CHECK(dlclose(library) == 0);
  sink_release(&sink);
  take_all_of_it(looking, descriptor, &next);
  test_join(producer);
  CHECK_OK(copy.flush(ring, FOREVER));
  CHECK_OK(copy.close(ring, FOREVER));
  test_join(taker);
  CHECK_STATUS(take(looking, 0, &next), DISRUPTOR_CLOSED);
  CHECK_OK(copy.leave(looking));
  CHECK_OK(copy.leave(waiting));
  CHECK_OK(copy.destroy(ring));
  sink_expect(&sink, 0, COUNT);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void while_threads_run_and_wait(void) { test_every_mode_and_strategy(unload); }

static const test_case_t cases[] = {
    CASE(while_threads_run_and_wait),
};
TEST_MAIN(cases)
