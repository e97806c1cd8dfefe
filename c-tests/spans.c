/* Consumers and pollers that take their batches as spans: the same elements as everybody else, as single pieces of the
 * ring's memory, whatever their lengths, across the wrap, with slots that were abandoned and elements that spill. */
#include "test.h"

#include <string.h>

enum { SLOT = 16, LONGEST = 40, CAPACITY = 7 };

/* Every byte of an element tells its number, and so does its length. */
static size_t length_of(uint64_t number, bool even) { return even ? SLOT : 1 + (size_t)(number / 3 * 7) % LONGEST; }

static void fill(uint8_t *bytes, uint64_t number, size_t len) { memset(bytes, (int)(number & 0xff), len); }

typedef struct {
  bool even, gaps;
  uint64_t next, bytes, batches, largest;
} reader_t;

static void read_span(reader_t *reader, const disruptor_batch_t *batch, size_t count) {
  size_t i, b;
  CHECK(batch->elements == NULL);
  CHECK(batch->span != NULL);
  CHECK_AT_LEAST(batch->count, 1);
  CHECK(reader->gaps ? batch->first_sequence >= reader->next : batch->first_sequence == reader->next);
  for (i = 0; i < count; i++) {
    uint64_t number = batch->first_sequence + i;
    const uint8_t *bytes = batch->span + i * batch->stride;
    CHECK_U64(batch->length, length_of(number, reader->even));
    for (b = 0; b < batch->length; b++) {
      CHECK_U64(bytes[b], number & 0xff);
    }
  }
  reader->next = batch->first_sequence + count;
  reader->bytes += count * batch->length;
  reader->batches++;
  reader->largest = batch->count > reader->largest ? batch->count : reader->largest;
}

static int32_t on_batch(void *user_data, const disruptor_batch_t *batch) {
  read_span(user_data, batch, batch->count);
  return 0;
}

static disruptor_t *ring_of(size_t capacity, uint32_t producer_mode) {
  disruptor_config_t config;
  disruptor_t *ring;
  disruptor_config_init(&config);
  config.capacity = capacity;
  config.element_size = SLOT;
  config.max_element_size = LONGEST;
  config.producer_mode = producer_mode;
  CHECK_OK(disruptor_create(&config, &ring));
  return ring;
}

static disruptor_consumer_config_t span_config(reader_t *reader, bool even) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  memset(reader, 0, sizeof *reader);
  reader->even = even;
  config.user_data = reader;
  config.flags = DISRUPTOR_CONSUMER_SPANS;
  return config;
}

static void produce(disruptor_t *ring, uint64_t number, bool even) {
  uint8_t bytes[LONGEST];
  size_t len = length_of(number, even);
  fill(bytes, number, len);
  CHECK_OK(disruptor_produce_one(ring, bytes, len));
}

static disruptor_consumer_stats_t stats_of(disruptor_t *ring, uint32_t id) {
  disruptor_consumer_stats_t stats;
  stats.struct_size = sizeof stats;
  CHECK_OK(disruptor_consumer_stats(ring, id, &stats));
  return stats;
}

static void stream(bool even, uint32_t producer_mode) {
  uint64_t count = test_rounds(2000), i;
  disruptor_t *ring = ring_of(CAPACITY, producer_mode);
  reader_t reader;
  disruptor_consumer_config_t config = span_config(&reader, even);
  disruptor_consumer_stats_t stats;
  uint32_t id;
  config.on_batch = on_batch;
  CHECK_OK(disruptor_register(ring, &config, &id));
  for (i = 0; i < count; i++) {
    produce(ring, i, even);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(reader.next, count);
  stats = stats_of(ring, id);
  CHECK_U64(stats.consumed, count);
  CHECK_U64(stats.consumed_bytes, reader.bytes);
  CHECK_U64(stats.batches, reader.batches);
  CHECK_U64(stats.largest_batch, reader.largest);
  CHECK_OK(disruptor_destroy(ring));
}

static void equal_lengths(void) {
  stream(true, DISRUPTOR_PRODUCER_MULTI);
  stream(true, DISRUPTOR_PRODUCER_SINGLE);
}

static void lengths_that_change(void) {
  stream(false, DISRUPTOR_PRODUCER_MULTI);
  stream(false, DISRUPTOR_PRODUCER_SINGLE);
}

static disruptor_poller_t *poller_of(disruptor_t *ring, reader_t *reader, uint32_t group, uint32_t *id) {
  disruptor_consumer_config_t config = span_config(reader, true);
  disruptor_poller_t *poller;
  config.group = group;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  CHECK_OK(disruptor_poller_id(poller, id));
  return poller;
}

/* The next batch has so many elements, of which `done` are read and released; behind it are `backlog` more. */
static void take(disruptor_poller_t *poller, reader_t *reader, size_t count, size_t done, size_t backlog) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.count, count);
  CHECK_U64(batch.backlog, backlog);
  CHECK_U64(batch.length, SLOT);
  read_span(reader, &batch, done);
  CHECK_OK(disruptor_poller_release(poller, done));
}

static void produce_some(disruptor_t *ring, uint64_t first, uint64_t end) {
  for (; first < end; first++) {
    produce(ring, first, true);
  }
}

/* A poller's batch ends where the ring's memory or the length does, and can be released in parts. */
static void pieces_of_a_poller(void) {
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  uint32_t id;
  disruptor_poller_t *poller = poller_of(ring, &reader, 0, &id);
  disruptor_batch_t batch;
  produce_some(ring, 0, 5);
  take(poller, &reader, 5, 3, 0);
  produce_some(ring, 5, 11);
  take(poller, &reader, 5, 5, 3); /* to the last slot of the ring ... */
  take(poller, &reader, 3, 3, 0); /* ... and on from the first */
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
  CHECK_U64(stats_of(ring, id).consumed_bytes, 11 * SLOT);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

/* In a group what is not released stays this member's, to the byte. */
static void pieces_of_a_member(void) {
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  uint32_t id;
  disruptor_poller_t *poller = poller_of(ring, &reader, 1, &id);
  disruptor_batch_t batch;
  produce_some(ring, 0, 5);
  take(poller, &reader, 5, 2, 0);
  CHECK_U64(stats_of(ring, id).consumed_bytes, 2 * SLOT);
  produce_some(ring, 5, 6);
  take(poller, &reader, 3, 1, 1);
  take(poller, &reader, 2, 2, 1);
  take(poller, &reader, 1, 1, 0);
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
  CHECK_U64(stats_of(ring, id).consumed_bytes, 6 * SLOT);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void around_abandoned_slots(void) {
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  disruptor_consumer_config_t config = span_config(&reader, true);
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_claim_t claim;
  uint64_t round;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  for (round = 0; round < 10; round++) {
    reader.gaps = true;
    produce(ring, 4 * round, true);
    CHECK_OK(disruptor_claim(ring, 2, 0, &claim));
    CHECK_OK(disruptor_abandon(ring, &claim));
    produce(ring, 4 * round + 3, true);
    CHECK_OK(disruptor_poll(poller, 0, &batch));
    CHECK_U64(batch.count, 1);
    read_span(&reader, &batch, 1);
    CHECK_OK(disruptor_poller_release(poller, 1));
    CHECK_OK(disruptor_poll(poller, 0, &batch));
    CHECK_U64(batch.count, 1);
    CHECK_U64(batch.first_sequence, 4 * round + 3);
    read_span(&reader, &batch, 1);
    CHECK_OK(disruptor_poller_release(poller, 1));
  }
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

/* As many as follow one another with the same length, that of a slot or a shorter one. */
static void equal_ones_among_others(void) {
  static const size_t lengths[] = {5, SLOT, SLOT, SLOT, 7, 7}, counts[] = {1, 3, 2};
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  disruptor_consumer_config_t config = span_config(&reader, true);
  disruptor_poller_t *poller;
  uint8_t bytes[SLOT] = {0};
  size_t i, at = 0;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  for (i = 0; i < ARRAY_LEN(lengths); i++) {
    CHECK_OK(disruptor_produce_one(ring, bytes, lengths[i]));
  }
  for (i = 0; i < ARRAY_LEN(counts); i++) {
    disruptor_batch_t batch;
    CHECK_OK(disruptor_poll(poller, 0, &batch));
    CHECK_U64(batch.count, counts[i]);
    CHECK_U64(batch.length, lengths[at]);
    CHECK_OK(disruptor_poller_release(poller, batch.count));
    at += counts[i];
  }
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

/* A thread passes them itself, and there is nothing behind. */
static void nothing_but_abandoned_slots(void) {
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  disruptor_consumer_config_t config = span_config(&reader, true);
  disruptor_claim_t claim;
  uint32_t id;
  config.on_batch = on_batch;
  CHECK_OK(disruptor_register(ring, &config, &id));
  CHECK_OK(disruptor_claim(ring, 2, 0, &claim));
  CHECK_OK(disruptor_abandon(ring, &claim));
  AWAIT(test_consumer_stats(ring, id).current_lag == 0);
  CHECK_U64(test_stats(ring).consumers, 1);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(reader.batches, 0);
  CHECK_OK(disruptor_destroy(ring));
}

/* Without the flag there are slices and no span; a flag that nobody knows is refused. */
static void only_who_asks(void) {
  disruptor_t *ring = ring_of(8, DISRUPTOR_PRODUCER_MULTI);
  reader_t reader;
  disruptor_consumer_config_t config = span_config(&reader, true);
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  config.flags = 2;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT,
                "flags 2 DISRUPTOR_CONSUMER_SPANS");
  config.flags = 0;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  produce(ring, 0, true);
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK(batch.span == NULL);
  CHECK_U64(batch.elements[0].len, SLOT);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(equal_lengths),
    CASE(lengths_that_change),
    CASE(pieces_of_a_poller),
    CASE(pieces_of_a_member),
    CASE(around_abandoned_slots),
    CASE(equal_ones_among_others),
    CASE(nothing_but_abandoned_slots),
    CASE(only_who_asks),
};

TEST_MAIN(cases)
