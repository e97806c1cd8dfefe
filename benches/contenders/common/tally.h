/* What a consumer does with each element, the same for every contender: it adds the element up, and notices when one is
 * not the one that was due. For C and C++.
 *
 * An element of 8 bytes is a value: the producer's number in the upper 16 bits, and below it how many this producer
 * had made before. Longer elements are messages, the rows of a small table in turn, which the producer copies. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "workload.h"

#define PRODUCER_SHIFT 48
/* A prime, so that a slot gets another message in each lap. */
#define MESSAGES 31
#define WORDS_MAX 512

typedef struct tally_t {
  uint64_t count, sum, disorder;
  uint64_t next;             /* the value that is due; of messages: which row of the table */
  uint64_t due[THREADS_MAX]; /* per producer, while another's elements come */
  char padding[128];
} tally_t;

static inline void tally_init(tally_t *t) {
  memset(t, 0, sizeof *t);
  for (uint64_t p = 0; p < THREADS_MAX; p++) t->due[p] = p << PRODUCER_SHIFT;
}

/* A value, when there is one producer. */
static inline void tally_value(tally_t *t, uint64_t value) {
  t->disorder |= value ^ t->next;
  t->sum += value;
  t->next++;
  t->count++;
}

/* A value, when several producers' interleave: each one's are in order. */
static inline void tally_mixed(tally_t *t, uint64_t value) {
  if (value != t->next) {
    t->due[t->next >> PRODUCER_SHIFT] = t->next;
    uint64_t producer = (value >> PRODUCER_SHIFT) % THREADS_MAX;
    t->disorder |= value ^ t->due[producer];
    t->next = value;
  }
  t->sum += value;
  t->next++;
  t->count++;
}

static inline uint64_t message_word(uint64_t row, size_t word) {
  return (row + 1) * 0x9E3779B97F4A7C15u + word;
}

static inline void tally_message(tally_t *t, const uint64_t *words, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += words[i];
  t->disorder |= words[0] ^ message_word(t->next, 0);
  t->sum += sum;
  t->next = t->next + 1 == MESSAGES ? 0 : t->next + 1;
  t->count++;
}

/* The rows, one behind the other, `bytes` each. */
static inline const uint64_t *messages_make(size_t bytes) {
  size_t words = bytes / 8;
  if (words > WORDS_MAX) fail("an element has at most 4096 bytes");
  uint64_t *table = (uint64_t *)aligned_alloc(64, ((MESSAGES * bytes + 63) / 64) * 64);
  for (size_t row = 0; row < MESSAGES; row++) {
    for (size_t word = 0; word < words; word++) table[row * words + word] = message_word(row, word);
  }
  return table;
}

static inline void answer_consumer(const tally_t *t) {
  printf("consumer %llu %llu %llu\n", (unsigned long long)t->count, (unsigned long long)t->sum,
         (unsigned long long)t->disorder);
}

#endif
