/* Elements larger than their slot: they go to a buffer of their own, up to a limit. */
#include "sink.h"

#include <stdio.h>
#include <string.h>

enum { SLOT = 16, LARGEST = 5000 };

static uint8_t bytes[LARGEST + 1];

static disruptor_t *spilling_ring(size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  size_t i;
  config.element_size = SLOT;
  config.max_element_size = LARGEST;
  for (i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(i * 31 + i / 256);
  }
  return test_ring_of(&config);
}

/* An element holds the `len` bytes of `bytes` that end where `bytes` does: no two lengths hold the same. */
static const uint8_t *content(size_t len) { return bytes + LARGEST - len; }

static int32_t check_content(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    const disruptor_element_t *element = &batch->elements[i];
    CHECK(memcmp(element->data, content(element->len), element->len) == 0);
    *(uint64_t *)sink->data += element->len;
  }
  return 0;
}

static void elements_of_every_size_arrive_whole(void) {
  static const size_t sizes[] = {0, 1, SLOT - 1, SLOT, SLOT + 1, 17, 1000, LARGEST - 1, LARGEST};
  size_t capacity;
  for (capacity = 1; capacity <= 8; capacity++) {
    disruptor_t *ring = spilling_ring(capacity);
    random_t random = random_stream(capacity);
    uint64_t got = 0, sent = 0;
    size_t i;
    sink_t sink;
    sink_init(&sink);
    sink.hook = check_content;
    sink.data = &got;
    sink_register(&sink, ring);
    for (i = 0; i < 500; i++) { /* large after small and small after large, in every slot */
      size_t len = i < 100 ? sizes[i % ARRAY_LEN(sizes)] : random_below(&random, LARGEST + 1);
      CHECK_OK(disruptor_produce_one(ring, content(len), len));
      sent += len;
    }
    CHECK_OK(disruptor_flush(ring, FOREVER));
    CHECK_U64(test_consumer_stats(ring, sink.id).consumed_bytes, sent);
    CHECK_OK(disruptor_destroy(ring));
    CHECK_U64(got, sent);
    sink_free(&sink);
  }
}

static void a_call_may_mix_all_sizes(void) {
  disruptor_t *ring = spilling_ring(4);
  disruptor_slice_t elements[100];
  uint64_t got = 0, sent = 0;
  size_t i;
  sink_t sink;
  sink_init(&sink);
  sink.hook = check_content;
  sink.data = &got;
  sink_register(&sink, ring);
  for (i = 0; i < ARRAY_LEN(elements); i++) {
    elements[i].len = i * i % (LARGEST + 1);
    elements[i].data = content(elements[i].len);
    sent += elements[i].len;
  }
  CHECK_OK(disruptor_produce(ring, elements, ARRAY_LEN(elements)));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(got, sent);
  sink_free(&sink);
}

static void one_that_is_too_large_keeps_out_the_whole_call(void) {
  static const size_t places[] = {0, 5, 19};
  disruptor_t *ring = spilling_ring(8);
  uint64_t got = 0;
  size_t i, j, produced;
  sink_t sink;
  sink_init(&sink);
  sink.hook = check_content;
  sink.data = &got;
  sink_register(&sink, ring);
  for (i = 0; i < ARRAY_LEN(places); i++) {
    disruptor_slice_t elements[20];
    char words[40];
    for (j = 0; j < ARRAY_LEN(elements); j++) {
      elements[j].len = j == places[i] ? LARGEST + 1 : LARGEST;
      elements[j].data = bytes;
    }
    produced = 77;
    snprintf(words, sizeof words, "elements[%u] 5001 5000", (unsigned)places[i]);
    CHECK_REFUSED(disruptor_produce_timeout(ring, elements, ARRAY_LEN(elements), FOREVER, &produced),
                  DISRUPTOR_ELEMENT_TOO_LARGE, words);
    CHECK_U64(produced, 0);
  }
  CHECK_STATUS(disruptor_produce_one(ring, bytes, LARGEST + 1), DISRUPTOR_ELEMENT_TOO_LARGE);
  CHECK_U64(test_stats(ring).produced, 0);
  CHECK_OK(disruptor_produce_one(ring, content(4), 4)); /* and nothing is stuck */
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(got, 4);
  CHECK_U64(sink.consumed, 1);
  sink_free(&sink);
}

static void without_a_limit_of_its_own_the_slot_is_the_limit(void) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  uint64_t got = 0;
  sink_t sink;
  disruptor_destroy(spilling_ring(1)); /* fills `bytes` */
  config.element_size = SLOT;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink.hook = check_content;
  sink.data = &got;
  sink_register(&sink, ring);
  CHECK_OK(disruptor_produce_one(ring, content(SLOT), SLOT));
  CHECK_REFUSED(disruptor_produce_one(ring, content(SLOT + 1), SLOT + 1), DISRUPTOR_ELEMENT_TOO_LARGE, "17 16");
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(got, SLOT);
  sink_free(&sink);
}

/* A stage may change the bytes of a spilled element for the next one too. */
static int32_t add_one(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i, j;
  (void)sink;
  for (i = 0; i < batch->count; i++) {
    for (j = 0; j < batch->elements[i].len; j++) {
      batch->elements[i].data[j]++;
    }
  }
  return 0;
}

static int32_t expect_one_more(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i, j;
  for (i = 0; i < batch->count; i++) {
    const disruptor_element_t *element = &batch->elements[i];
    for (j = 0; j < element->len; j++) {
      CHECK_U64(element->data[j], (uint8_t)(content(element->len)[j] + 1));
    }
    *(uint64_t *)sink->data += element->len;
  }
  return 0;
}

static void spilled_elements_are_changed_in_place(void) {
  disruptor_t *ring = spilling_ring(3);
  uint64_t got = 0;
  size_t i;
  sink_t first, second;
  sink_init(&first);
  sink_init(&second);
  first.hook = add_one;
  second.hook = expect_one_more;
  second.data = &got;
  second.after[0] = &first;
  sink_register(&first, ring);
  sink_register(&second, ring);
  for (i = 0; i < 60; i++) {
    CHECK_OK(disruptor_produce_one(ring, content(i * 7), i * 7));
  }
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(got, 7 * 59 * 60 / 2);
  sink_free(&first);
  sink_free(&second);
}

static const test_case_t cases[] = {
    CASE(elements_of_every_size_arrive_whole),
    CASE(a_call_may_mix_all_sizes),
    CASE(one_that_is_too_large_keeps_out_the_whole_call),
    CASE(without_a_limit_of_its_own_the_slot_is_the_limit),
    CASE(spilled_elements_are_changed_in_place),
};
TEST_MAIN(cases)
