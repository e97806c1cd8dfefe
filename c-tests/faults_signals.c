/* Signals rain on the process. The library's threads have them all blocked; a caller that waits inside of the library is
 * interrupted again and again, and waits on, not shorter than it was told. faults_stopped.c stops callers. */
#include "sink.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define RING_NAME "rained-on" /* which the names of the library's threads begin with */

static atomic_int elsewhere, caught;

static void on_rain(int number) {
  char name[16] = "";
  (void)number;
  (void)prctl(PR_GET_NAME, name, 0, 0, 0);
  atomic_fetch_add(&caught, 1);
  atomic_fetch_add(&elsewhere, memcmp(name, RING_NAME, sizeof RING_NAME - 1) == 0);
}

static void catch_signal(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler; /* without SA_RESTART: system calls end with EINTR */
  CHECK(sigaction(number, &action, NULL) == 0);
}

/* ---- Rain ---- */

typedef struct {
  pthread_t target;
  atomic_bool stop;
} cloud_t;

/* Half of it on the process, for whichever thread takes it; half on the one that waits. */
static void *rain(void *argument) {
  cloud_t *cloud = argument;
  while (!atomic_load(&cloud->stop)) {
    CHECK(pthread_kill(cloud->target, SIGUSR1) == 0);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    test_pause();
  }
  return NULL;
}

static void *release_when_it_poured(void *sink) {
  int before = atomic_load(&caught);
  AWAIT(atomic_load(&caught) > before + 20);
  sink_release(sink);
  return NULL;
}

/* Calls with a timeout take it all; those without one end when there is a reason. */
static void wait_in_the_rain(uint32_t mode, uint32_t strategy) {
  static const uint64_t timeout = 5 * MILLISECOND;
  disruptor_config_t config = test_config(2);
  disruptor_consumer_config_t polled;
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_claim_t claim;
  disruptor_t *ring;
  pthread_t clouds, releaser;
  cloud_t cloud;
  uint64_t begun;
  sink_t sink;
  config.name = RING_NAME;
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  CHECK_OK(produce_value(ring, 1));
  disruptor_consumer_config_init(&polled);
  CHECK_OK(disruptor_poller_create(ring, &polled, &poller));
  cloud.target = pthread_self();
  atomic_init(&cloud.stop, false);
  clouds = test_spawn(rain, &cloud);

#define TAKES_ITS_TIME(call)                        \
  do {                                              \
    begun = test_now_ns();                          \
    CHECK_STATUS(call, DISRUPTOR_TIMED_OUT);        \
    CHECK_AT_LEAST(test_now_ns() - begun, timeout); \
  } while (0)
  TAKES_ITS_TIME(produce_values(ring, 2, 1, timeout, NULL));
  TAKES_ITS_TIME(disruptor_claim(ring, 1, timeout, &claim));
  TAKES_ITS_TIME(disruptor_flush(ring, timeout));
  TAKES_ITS_TIME(disruptor_poll(poller, timeout, &batch));

  releaser = test_spawn(release_when_it_poured, &sink);
  CHECK_OK(produce_value(ring, 2));
  test_join(releaser);
  CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
  CHECK_OK(disruptor_poller_release(poller, batch.count));
  sink_await(&sink, 3);
  sink_hold(&sink);
  CHECK_OK(produce_value(ring, 3));
  sink_await_inside(&sink);
  TAKES_ITS_TIME(disruptor_close(ring, timeout));
  TAKES_ITS_TIME(disruptor_unregister(ring, sink.id, timeout));
#undef TAKES_ITS_TIME
  releaser = test_spawn(release_when_it_poured, &sink);
  CHECK_OK(disruptor_close(ring, FOREVER));
  test_join(releaser);
  atomic_store(&cloud.stop, true);
  test_join(clouds);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
  CHECK_U64(atomic_load(&elsewhere), 0); /* no signal on a thread of the library's */
}

static void rain_on_those_who_wait(void) {
  catch_signal(SIGUSR1, on_rain);
  test_every_mode_and_strategy(wait_in_the_rain);
}

static const test_case_t cases[] = {
    CASE(rain_on_those_who_wait),
};
TEST_MAIN(cases)
