/* The file descriptor of a poller, which tells an event loop when to poll. */
#include "polling.h"
#include "sink.h"

#include <fcntl.h>
#include <poll.h>

static bool is_readable(int fd) {
  struct pollfd look;
  look.fd = fd;
  look.events = POLLIN;
  look.revents = 0;
  CHECK(poll(&look, 1, 0) >= 0);
  return (look.revents & POLLIN) != 0;
}

static void await_readable(int fd) {
  struct pollfd look;
  look.fd = fd;
  look.events = POLLIN;
  while (poll(&look, 1, -1) < 1) {
  }
}

static void tell_by_descriptor(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_t *ring;
  int fd = -1, again = -1;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  poller = poller_of(ring);
  CHECK_OK(disruptor_poller_fd(poller, &fd));
  CHECK_OK(disruptor_poller_fd(poller, &again));
  CHECK(fd >= 0 && fd == again);
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(is_readable(fd)); /* poll once to find out */
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK(!is_readable(fd));
  produce_all(ring, 0, 2);
  CHECK(is_readable(fd));
  poller_expect(poller, 0, 0, 2);
  CHECK(is_readable(fd)); /* there may be more */
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 1, 1);
  CHECK(is_readable(fd));
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_STATUS(disruptor_poll(poller, MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  CHECK(!is_readable(fd)); /* in vain as well */
  produce_all(ring, 2, 1);
  CHECK(is_readable(fd));
  poller_expect(poller, FOREVER, 2, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK(!is_readable(fd));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK(is_readable(fd));
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK(is_readable(fd)); /* and so it stays */
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK(fcntl(fd, F_GETFD) == -1);
}

static void the_descriptor_tells_when_to_poll(void) { test_every_mode_and_strategy(tell_by_descriptor); }

typedef struct {
  disruptor_poller_t *poller;
  uint64_t count;
} reading_t;

static void *read_by_descriptor(void *of) {
  reading_t *reading = of;
  disruptor_batch_t batch;
  disruptor_status_t status;
  int fd;
  CHECK_OK(disruptor_poller_fd(reading->poller, &fd));
  do {
    await_readable(fd);
    while ((status = disruptor_poll(reading->poller, 0, &batch)) == DISRUPTOR_OK) {
      CHECK_U64(batch.first_sequence, reading->count);
      CHECK_U64(element_value(&batch.elements[0]), reading->count);
      reading->count += batch.count;
      CHECK_OK(disruptor_poller_release(reading->poller, batch.count));
    }
  } while (status == DISRUPTOR_EMPTY);
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  return NULL;
}

/* An event loop that only ever waits for the descriptor misses nothing, whomever its poller is behind. */
static void loop(uint32_t producer_mode, uint32_t wait_strategy) {
  uint64_t count = test_few_when_spinning(wait_strategy, test_rounds(3000)), i;
  disruptor_config_t config = test_config(4);
  random_t random = random_stream(0);
  reading_t readings[3];
  pthread_t threads[3];
  disruptor_t *ring;
  sink_t sink;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  readings[0].poller = poller_of(ring);
  readings[1].poller = poller_behind(ring, poller_id(readings[0].poller));
  readings[2].poller = poller_behind(ring, sink.id);
  for (i = 0; i < 3; i++) {
    readings[i].count = 0;
    threads[i] = test_spawn(read_by_descriptor, &readings[i]);
  }
  for (i = 0; i < count; i++) {
    produce_all(ring, i, 1);
    if (i % 16 == 0) {
      random_stagger(&random);
    }
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < 3; i++) {
    test_join(threads[i]);
    CHECK_U64(readings[i].count, count);
    CHECK_OK(disruptor_poller_destroy(readings[i].poller));
  }
  sink_expect(&sink, 0, count);
  sink_free(&sink);
}

static void an_event_loop_misses_nothing(void) { test_every_mode_and_strategy(loop); }

static void a_descriptor_of_a_poller_that_is_gone(void) {
  size_t round, rounds = test_rounds(300);
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (round = 0; round < rounds; round++) { /* armed, and then nobody is there to be told */
    disruptor_poller_t *poller = poller_of(ring);
    int fd;
    CHECK_OK(disruptor_poller_fd(poller, &fd));
    poller_expect_nothing(poller, DISRUPTOR_EMPTY);
    CHECK_OK(disruptor_poller_destroy(poller));
    produce_all(ring, round, 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds);
  sink_free(&sink);
}

static void a_member_takes_its_descriptor_along(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_config_t config;
  disruptor_poller_t *stays, *leaves;
  int fd;
  disruptor_consumer_config_init(&config);
  config.group = 1;
  stays = poller_with(ring, &config);
  leaves = poller_with(ring, &config);
  CHECK_OK(disruptor_poller_fd(leaves, &fd));
  poller_expect_nothing(leaves, DISRUPTOR_EMPTY); /* from now on it is to be told */
  CHECK_OK(disruptor_poller_destroy(leaves));
  CHECK(fcntl(fd, F_GETFD) == -1);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(stays));
}

static const test_case_t cases[] = {
    CASE(the_descriptor_tells_when_to_poll),
    CASE(an_event_loop_misses_nothing),
    CASE(a_descriptor_of_a_poller_that_is_gone),
    CASE(a_member_takes_its_descriptor_along),
};

TEST_MAIN(cases)
