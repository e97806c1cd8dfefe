/* A poller in an event loop: one thread waits with epoll for elements and for a timer, and nothing here would change
 * if there were sockets too. For Linux. Run it with `cargo xtask event_loop`.
 *
 *   producer thread ──► ring ──► poller ──┐
 *                                         ├──► epoll ──► one thread: adds up numbers, counts ticks
 *                               timerfd ──┘
 *
 * A poller is a consumer without a thread of its own: the program asks for batches when it likes, and says when it is
 * done with them. Its descriptor is readable as long as there may be something to poll, and at the end.
 */
#define _POSIX_C_SOURCE 200809L

#include <disruptor.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BURSTS = 40, BURST = 250, NUMBERS = BURSTS * BURST, CAPACITY = 100, MILLISECOND = 1000000 };

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "event_loop: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

static void check_system(int is_fine, const char *what) {
  if (!is_fine) {
    fprintf(stderr, "event_loop: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
  }
}

/* The producer's thread: numbers in bursts, then the end. A burst does not fit into the ring, so it waits for us. */
static void *produce(void *argument) {
  disruptor_t *ring = argument;
  for (uint64_t n = 0; n < NUMBERS; n++) {
    check(disruptor_produce_one(ring, &n, sizeof n));
    if ((n + 1) % BURST == 0) {
      struct timespec pause = {0, 2 * MILLISECOND};
      nanosleep(&pause, NULL);
    }
  }
  check(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER)); /* does not wait for pollers: they read what is left */
  return NULL;
}

static void watch(int epoll, int fd) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.events = EPOLLIN;
  event.data.fd = fd;
  check_system(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

/* Takes one batch, and not all there is, so that the timer gets its turn too: as long as there is more, the descriptor
 * stays readable. A poll that finds nothing makes it unreadable. Returns 0 at the end. */
static int take(disruptor_poller_t *poller, uint64_t *count, uint64_t *sum) {
  disruptor_batch_t batch;
  disruptor_status_t status = disruptor_poll(poller, 0, &batch);
  if (status == DISRUPTOR_EMPTY || status == DISRUPTOR_CLOSED) {
    return status == DISRUPTOR_EMPTY;
  }
  check(status);
  for (size_t i = 0; i < batch.count; i++) {
    uint64_t number;
    memcpy(&number, batch.elements[i].data, sizeof number);
    *sum += number;
  }
  *count += batch.count;
  check(disruptor_poller_release(poller, batch.count)); /* from here on the producer may use their slots */
  return 1;
}

int main(void) {
  const struct itimerspec every_five = {{0, 5 * MILLISECOND}, {0, 5 * MILLISECOND}};
  uint64_t count = 0, sum = 0, ticks = 0, expired;
  int epoll = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  int elements, is_open = 1;
  pthread_t producer;
  disruptor_poller_t *poller = NULL;
  disruptor_t *ring = NULL;
  disruptor_config_t config;
  disruptor_consumer_config_t consumer;

  disruptor_config_init(&config);
  config.capacity = CAPACITY;
  check(disruptor_create(&config, &ring));
  disruptor_consumer_config_init(&consumer); /* without on_batch: a poller has no callbacks */
  check(disruptor_poller_create(ring, &consumer, &poller));
  check(disruptor_poller_fd(poller, &elements));
  watch(epoll, elements);
  watch(epoll, timer);
  check_system(timerfd_settime(timer, 0, &every_five, NULL) == 0, "timerfd_settime");
  errno = pthread_create(&producer, NULL, produce, ring);
  check_system(errno == 0, "pthread_create");

  while (is_open) {
    struct epoll_event events[2];
    int ready = epoll_wait(epoll, events, 2, -1);
    check_system(ready >= 0 || errno == EINTR, "epoll_wait");
    for (int e = 0; e < ready; e++) {
      if (events[e].data.fd == elements) {
        is_open = take(poller, &count, &sum);
      } else {
        check_system(read(timer, &expired, sizeof expired) == (ssize_t)sizeof expired, "read");
        ticks += expired;
      }
    }
  }

  errno = pthread_join(producer, NULL);
  check_system(errno == 0, "pthread_join");
  check(disruptor_poller_destroy(poller));
  check(disruptor_destroy(ring));
  close(timer);
  close(epoll);
  printf("%" PRIu64 " numbers, their sum is %" PRIu64 "; %" PRIu64 " ticks meanwhile\n", count, sum, ticks);
  if (count != NUMBERS || sum != (uint64_t)NUMBERS * (NUMBERS - 1) / 2 || ticks == 0) {
    fprintf(stderr, "event_loop: that is wrong: there are %d numbers, and there should be ticks\n", NUMBERS);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
