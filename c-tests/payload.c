/* What arrives is what was sent: elements of random sizes with checksums, through rings of many sizes, both ways of
 * producing, every wait strategy, several producers and consumers. */
#include "test.h"

#include <string.h>

enum { SMALLEST = 16, SLOT = 64, LARGEST = 200, PRODUCERS = 3, CONSUMERS = 3 };

typedef struct {
  uint32_t checksum; /* of all that follows */
  uint32_t producer;
  uint64_t number;
  uint8_t rest[LARGEST - SMALLEST];
} message_t;

static uint32_t fnv1a(const uint8_t *bytes, size_t len) {
  uint32_t hash = UINT32_C(2166136261);
  size_t i;
  for (i = 0; i < len; i++) {
    hash = (hash ^ bytes[i]) * UINT32_C(16777619);
  }
  return hash;
}

/* Fills a message in and gives its length. */
static size_t write_message(message_t *message, uint32_t producer, uint64_t number, random_t *random) {
  size_t rest = random_below(random, sizeof message->rest + 1), i;
  message->producer = producer;
  message->number = number;
  for (i = 0; i < rest; i++) {
    message->rest[i] = (uint8_t)random_next(random);
  }
  message->checksum = fnv1a((const uint8_t *)message + 4, SMALLEST - 4 + rest);
  return SMALLEST + rest;
}

/* ---- Consumers ---- */

typedef struct {
  uint64_t next[PRODUCERS];
  uint64_t bytes;
} reader_t;

static int32_t read_messages(void *user_data, const disruptor_batch_t *batch) {
  reader_t *reader = user_data;
  size_t i;
  for (i = 0; i < batch->count; i++) {
    const disruptor_element_t *element = &batch->elements[i];
    message_t message;
    CHECK(element->len >= SMALLEST && element->len <= LARGEST);
    memcpy(&message, element->data, element->len);
    CHECK_U64(message.checksum, fnv1a((const uint8_t *)&message + 4, element->len - 4));
    CHECK(message.producer < PRODUCERS);
    CHECK_U64(message.number, reader->next[message.producer]);
    reader->next[message.producer]++;
    reader->bytes += element->len;
  }
  return 0;
}

/* ---- Producers ---- */

typedef struct {
  disruptor_t *ring;
  uint32_t number;
  uint64_t count;
  uint64_t bytes;
  random_t random;
} writer_t;

static void *write_messages(void *argument) {
  writer_t *writer = argument;
  uint64_t next = 0;
  while (next < writer->count) {
    message_t messages[10];
    disruptor_slice_t slices[ARRAY_LEN(messages)];
    size_t count = 1 + random_below(&writer->random, ARRAY_LEN(messages)), i;
    for (i = 0; i < count; i++) {
      slices[i].data = (const uint8_t *)&messages[i];
      slices[i].len = write_message(&messages[i], writer->number, next++, &writer->random);
      writer->bytes += slices[i].len;
    }
    CHECK_OK(count == 1 ? disruptor_produce_one(writer->ring, slices[0].data, slices[0].len)
                        : disruptor_produce(writer->ring, slices, count));
    memset(messages, 0xee, sizeof messages); /* they were copied */
  }
  writer->count = next;
  return NULL;
}

static void exchange(size_t capacity, uint32_t producer_mode, uint32_t wait_strategy, uint64_t count, uint64_t stream) {
  disruptor_config_t config = test_config(capacity);
  size_t producers = producer_mode == DISRUPTOR_PRODUCER_SINGLE ? 1 : PRODUCERS, i, j;
  writer_t writers[PRODUCERS];
  reader_t readers[CONSUMERS];
  pthread_t threads[PRODUCERS];
  uint32_t ids[CONSUMERS];
  disruptor_t *ring;
  uint64_t bytes = 0;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  config.element_size = SLOT;
  config.max_element_size = LARGEST;
  ring = test_ring_of(&config);
  memset(readers, 0, sizeof readers);
  for (i = 0; i < CONSUMERS; i++) { /* two side by side, and one behind both */
    disruptor_consumer_config_t consumer;
    disruptor_consumer_config_init(&consumer);
    consumer.on_batch = read_messages;
    consumer.user_data = &readers[i];
    consumer.depends_on = ids;
    consumer.depends_on_count = i == 2 ? 2 : 0;
    CHECK_OK(disruptor_register(ring, &consumer, &ids[i]));
  }
  for (i = 0; i < producers; i++) {
    writers[i].ring = ring;
    writers[i].number = (uint32_t)i;
    writers[i].count = count;
    writers[i].bytes = 0;
    writers[i].random = random_stream(stream * PRODUCERS + i);
    threads[i] = test_spawn(write_messages, &writers[i]);
  }
  for (i = 0; i < producers; i++) {
    test_join(threads[i]);
    bytes += writers[i].bytes;
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < CONSUMERS; i++) {
    CHECK_U64(readers[i].bytes, bytes);
    for (j = 0; j < producers; j++) {
      CHECK_U64(readers[i].next[j], writers[j].count);
    }
  }
}

static void exchange_with(uint32_t wait_strategy, uint64_t count) {
  static const size_t capacities[] = {1, 2, 3, 5, 7, 64, 1000};
  uint32_t mode;
  size_t i;
  for (mode = DISRUPTOR_PRODUCER_MULTI; mode <= DISRUPTOR_PRODUCER_SINGLE; mode++) {
    for (i = 0; i < ARRAY_LEN(capacities); i++) {
      exchange(capacities[i], mode, wait_strategy, count * (capacities[i] >= 64 ? 5 : 1),
               wait_strategy * 100 + mode * 10 + i);
    }
  }
}

static void messages_arrive_whole_when_threads_block(void) { exchange_with(DISRUPTOR_WAIT_BLOCK, test_rounds(600)); }

static void messages_arrive_whole_when_threads_yield(void) { exchange_with(DISRUPTOR_WAIT_YIELD, test_rounds(600)); }

/* More threads than cores, each of which burns its time slice before the next one's turn: few elements must do. */
static void messages_arrive_whole_when_threads_spin(void) { exchange_with(DISRUPTOR_WAIT_SPIN, test_rounds(2)); }

static void messages_arrive_whole_when_threads_sleep(void) { exchange_with(DISRUPTOR_WAIT_SLEEP, test_rounds(300)); }

static const test_case_t cases[] = {
    CASE(messages_arrive_whole_when_threads_block),
    CASE(messages_arrive_whole_when_threads_yield),
    CASE(messages_arrive_whole_when_threads_spin),
    CASE(messages_arrive_whole_when_threads_sleep),
};
TEST_MAIN(cases)
