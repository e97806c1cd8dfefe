/* Everything at once, from many threads, for as long as you like, and every element accounted for.
 *
 * A run is a row of rounds. The seed and the number of a round give its plan: the ring, who produces, who consumes, who
 * comes and goes, how it ends. What each thread does follows from them too; only the scheduling is the machine's.
 *
 * Producers number their elements, each in a lane of its own, and fill them with a pattern that follows from lane and
 * number. So a consumer needs nobody to tell whether it got each element once, in order and whole. */
#ifndef TORTURE_H
#define TORTURE_H

#include "../test.h"

#include <stdatomic.h>

/* What the threads tell each other is relaxed: anything stronger could hide an ordering that the library lacks. What a
 * thread learns from the library as well (that a halt has begun, that somebody leaves) it has to see for that reason. */
#define TELL(where, what) atomic_store_explicit(&(where), (what), memory_order_relaxed)
#define HEAR(where) atomic_load_explicit(&(where), memory_order_relaxed)
#define COUNT(where, amount) atomic_fetch_add_explicit(&(where), (amount), memory_order_relaxed)
/* With all that came before. Only where the account would be wrong otherwise; why stands at the field. */
#define TELL_ALL(where, what) atomic_store_explicit(&(where), (what), memory_order_release)
#define HEAR_ALL(where) atomic_load_explicit(&(where), memory_order_acquire)

enum {
  PRODUCERS = 4,          /* threads that produce, at most */
  CALLBACK_LANE,          /* what a consumer produces in its callback */
  LANES,                  /* streams of numbered elements */
  LANE_LIMIT = 1 << 17,   /* elements of a lane in one round, at most */
  DEPENDENCIES = 3,       /* of one consumer, at most */
  GROUPS = 2,
  CROWD = 600             /* consumers in one round, at most */
};

/* ---- plan.c: what a round is made of ---- */

typedef enum { CLOSED_AT_ONCE, CLOSED_IMPATIENTLY, HALTED, HALTED_IMPATIENTLY, CLOSED_AND_HALTED, FLUSHED, DESTROYED, ENDINGS } ending_t;

typedef struct {
  uint64_t seed, round;
  uint32_t producer_mode, wait_strategy;
  size_t capacity, element_size, max_element_size, alignment;
  uint32_t max_consumers;
  unsigned producers, consumers, members[GROUPS], pollers, turnovers, observers;
  bool member_polls;   /* one of a group's members is a poller */
  bool in_a_row;       /* the second group comes after the first one */
  bool hands_on;       /* the courier publishes some of the claims */
  bool pins;           /* some consumers are on a processor of their own */
  bool takes_turns;    /* the producers of a single-producer ring lock each other out; otherwise they collide */
  bool staged;         /* the first consumer stamps every element, and all others come after it */
  bool even;           /* every element fills its slot, and nobody holds any back */
  bool early;          /* producers begin before anybody is registered */
  bool nobody_stays;   /* all consumers come and go */
  bool in_callback;    /* a consumer produces in its callback */
  bool pollers_outlive; /* the ring's destruction */
  unsigned error_percent, slow_percent, span_percent;
  unsigned milliseconds;
  ending_t ending;
} plan_t;

enum { COMBINATIONS = 2 * 4 * 19 }; /* of producer mode, wait strategy and capacity */
plan_t plan_of(uint64_t seed, uint64_t round);
unsigned plan_combination(const plan_t *plan);
void plan_print(const plan_t *plan, char *text, size_t size);
/* The consumers that stay to the end; they are the first of the round's. */
size_t plan_staff(const plan_t *plan);
bool plan_halts(const plan_t *plan);
/* It is a halt that says how many elements were not delivered. */
bool plan_counts_undelivered(const plan_t *plan);
/* Nobody may be registered now and then. */
bool plan_may_be_empty(const plan_t *plan);
random_t plan_random(const plan_t *plan, uint64_t stream);

/* ---- element.c: numbered elements, whose length and bytes follow from their number ---- */

typedef struct {
  uint32_t lane;
  uint32_t stamp;
  uint64_t number;
  uint64_t key;
} head_t;

enum { CLAIMED = 1 << 16 }; /* in `lane`: the element was written in place, so it is no longer than a slot */
size_t element_length(const plan_t *plan, uint32_t lane, uint64_t number);
size_t element_write(const plan_t *plan, uint32_t lane, uint64_t number, void *bytes);
/* Of a span, too. */
disruptor_element_t element_of(const disruptor_batch_t *batch, size_t i);
/* Checks every byte. */
head_t element_read(const plan_t *plan, disruptor_element_t element);
void element_stamp(disruptor_element_t element);
void element_expect_stamp(const head_t *head);

/* ---- round.c ---- */

typedef struct consumer_t consumer_t;

typedef struct {
  /* Elements that a call was begun for. Read after a registration, it is where the consumer begins at the latest.
   * Relaxed: a call that does not count with the newcomer comes before its registration, which is the library's to see
   * to, and so does what was told before that call. */
  _Atomic uint64_t begun;
  /* Elements of calls that are over. Read before a registration, it is where the consumer begins at the earliest; before
   * a flush or a halt, what that has to reckon with. TELL_ALL, HEAR_ALL: only if those calls are over for the reader
   * too does the library owe it that. */
  _Atomic uint64_t done;
  uint64_t next;     /* what comes next; afterwards, how many were accepted */
  uint64_t doubtful; /* of the last call, which was closed and does not tell */
} lane_t;

typedef struct {
  uint32_t number;
  bool polls; /* some of its members */
  consumer_t *first;
  _Atomic uint8_t *marks; /* a byte for each element: a member got it */
} group_t;

typedef struct {
  disruptor_claim_t claim;
  struct producer *producer; /* whose count of claims on their way goes down when it has arrived */
  bool abandon;
} parcel_t;

typedef struct {
  plan_t plan;
  disruptor_t *ring;
  lane_t lanes[LANES];
  atomic_bool stop, halting;
  uint64_t done_before_halt[LANES];
  pthread_mutex_t turn; /* of producers that take turns */

  pthread_mutex_t mutex; /* guards what follows */
  bool is_ending;
  consumer_t *consumers[CROWD];
  size_t consumer_count;
  pthread_t pollers[CROWD];
  size_t poller_count;
  parcel_t parcels[4]; /* for the courier */
  size_t parcel_count;
  bool courier_may_go;

  group_t groups[GROUPS];
  uint64_t handed_on;               /* claims that the courier has brought to an end */
  _Atomic uint64_t given_up[LANES]; /* elements of claims that were published after a halt */
  /* By pollers, when the halt may have counted already: then they see `halting`, because the halt has a full fence
   * executed on every thread between that and its count. */
  _Atomic uint64_t released_late;
} round_t;

/* Kinds of things that a run must have seen if it is long enough: elements, consumers, rounds, claims, calls. */
enum { IN_SPANS, PINNED, IN_TWO_GROUPS, HANDED_ON_IN_SINGLE, HALTED_IN_STEPS, LEFT_WHILE_RETRIED, KINDS };

typedef struct {
  uint64_t accepted, delivered, consumers, errors, undelivered;
  uint64_t kinds[KINDS];
} totals_t;

void round_run(const plan_t *plan, totals_t *totals);

/* ---- producer.c ---- */

typedef struct producer {
  round_t *round;
  unsigned lane;
  random_t random;
  size_t element_room;
  uint8_t *bytes; /* of PORTION elements */
  bool is_closed;
  size_t open; /* claims in its hands */
  /* Claims that the courier has. It counts down with a release, and the producer hears all: `done` says that the
   * courier's calls are over, too. */
  _Atomic unsigned on_their_way;
} producer_t;

enum { PORTION = 48 }; /* elements in one call, at most */

void *producer_main(void *producer);
/* The calls of one lane: `begin` before, `end` after, which also knows what to make of the status. */
void lane_begin(producer_t *producer, size_t count);
void lane_end(producer_t *producer, disruptor_status_t status, size_t accepted);
bool lane_has_room(const producer_t *producer, size_t count);
/* A few elements from a callback, which never wait. */
void produce_in_callback(round_t *round, random_t *random);

/* ---- claims.c: several at once, published in any order, by anybody ---- */

void produce_in_place(producer_t *producer);
void *courier_main(void *round); /* publishes what producers have claimed */

/* ---- account.c: what a consumer got, and whether that is what it should have got ---- */

struct consumer_t {
  round_t *round;
  random_t random;
  uint32_t id;
  bool is_absent, is_poller, stays, stamps, produces, may_stop, spans;
  group_t *group; /* or NULL */
  char name[24];  /* "" = the library's choice */
  int32_t cpu;    /* -1 = any */
  size_t min_batch, max_batch;
  consumer_t *after[DEPENDENCIES];
  size_t after_count;
  atomic_bool leaving; /* may be gone for the ring any moment */

  /* Written by its own thread. */
  uint64_t lower[LANES], upper[LANES]; /* the first number is neither below nor above */
  uint64_t first[LANES], next[LANES];
  bool any[LANES];
  uint64_t next_sequence;
  _Atomic uint64_t finished;        /* a sequence */
  _Atomic uint64_t passed[LANES];   /* numbers, at the same moments */
  uint64_t elements, bytes, largest, errors, retries;
  unsigned starts, closes;

  /* Of a delivery that failed. */
  uint32_t action;
  uint64_t failed_sequence;
  size_t failed_count;
  int32_t failed_code;

  disruptor_poller_t *poller;
};

consumer_t *consumer_new(round_t *round, random_t *random);
/* Around the registration: what it must not get any more, and what it must get. */
void account_before(consumer_t *consumer);
void account_after(consumer_t *consumer);
/* Reads a batch before it counts; takes the first `count` elements; then says that they are finished. */
void account_read(consumer_t *consumer, const disruptor_batch_t *batch);
void account_take(consumer_t *consumer, const disruptor_batch_t *batch, size_t count);
void account_finish(consumer_t *consumer);
/* When all is over. */
void account_settle(round_t *round, totals_t *totals);
void account_expect_stats(consumer_t *consumer);

/* ---- group.c: what its members got, together ---- */

void group_make(group_t *group, uint32_t number, unsigned members, bool polls);
/* Before the registration; behind what the group comes after. */
void group_join(consumer_t *consumer, group_t *group);
void group_take(const group_t *group, uint32_t lane, uint64_t number);
/* By who comes after the group. */
void group_expect_taken(const group_t *group, uint32_t lane, uint64_t number);
void group_settle(const round_t *round, const group_t *group);

/* ---- cpu.c: processors ---- */

int32_t cpu_choose(random_t *random);
/* The calling thread may run there and nowhere else; -1 = wherever the program may. */
void cpu_expect(int32_t cpu);

/* ---- consumer.c, poller.c ---- */

/* Registers a new consumer, whose `after` is set; false if there is no seat left, or the ring is closed. */
bool consumer_register(consumer_t *consumer);
bool poller_register(consumer_t *consumer);
uint32_t consumer_failed(void *round, uint32_t id, const disruptor_batch_t *batch, int32_t code);
disruptor_consumer_config_t consumer_config(consumer_t *consumer, uint32_t ids[DEPENDENCIES]);
void consumer_expect_name(const consumer_t *consumer, const disruptor_consumer_stats_t *stats);
/* Now and then a consumer takes its time. */
void dawdle(consumer_t *consumer);

/* ---- staff.c: the consumers that stay to the end ---- */

void staff_register(round_t *round);

/* ---- turnover.c, observer.c: threads that bring and dismiss consumers, and that look on ---- */

typedef struct {
  round_t *round;
  unsigned number;
} helper_t;

void *turnover_main(void *helper);
void *observer_main(void *helper);

/* ---- leak.c: what rounds leave behind ---- */

void leak_after_round(uint64_t round);

/* ---- watchdog.c: a hang tells where every thread is ---- */

void watchdog_start(unsigned seconds);
void watchdog_round(const plan_t *plan, disruptor_t *ring);
void watchdog_ring_is_gone(void);
void watchdog_stop(void);
/* What the calling thread is, and what it is about to do: constant texts. */
void role(const char *role, unsigned number);
void doing(const char *what);

#endif
