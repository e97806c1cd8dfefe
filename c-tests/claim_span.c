/* Open claims that are filled span by span: each span is what `disruptor_claim_data` says of its elements one by one, and
 * what is written there reaches consumers, those that take spans and those that do not. */
#include "test.h"

#include <string.h>

enum { LARGEST_ELEMENT = 70 };

/* How elements lie: slots are as large as elements, or larger. */
typedef struct {
  size_t element_size, element_alignment, stride;
} layout_t;

static const layout_t LAYOUTS[] = {
    {1, 1, 1}, {3, 1, 3}, {8, 0, 8}, {16, 0, 16}, {1, 0, 8}, {3, 4, 4}, {12, 0, 16}, {8, 64, 64}, {LARGEST_ELEMENT, 64, 128},
};
static const size_t CAPACITIES[] = {1, 2, 7, 8, 13};
static const uint32_t MODES[] = {DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_PRODUCER_SINGLE};

typedef void run_fn(disruptor_t *ring, const layout_t *layout, size_t capacity);

static void for_all(run_fn *run) {
  size_t l, c, m;
  for (l = 0; l < ARRAY_LEN(LAYOUTS); l++) {
    for (c = 0; c < ARRAY_LEN(CAPACITIES); c++) {
      for (m = 0; m < ARRAY_LEN(MODES); m++) {
        disruptor_config_t config = test_config(CAPACITIES[c]);
        disruptor_t *ring;
        config.element_size = LAYOUTS[l].element_size;
        config.element_alignment = LAYOUTS[l].element_alignment;
        config.producer_mode = MODES[m];
        ring = test_ring_of(&config);
        run(ring, &LAYOUTS[l], CAPACITIES[c]);
        CHECK_OK(disruptor_destroy(ring));
      }
    }
  }
}

static disruptor_poller_t *poller_of(disruptor_t *ring, uint64_t flags) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  disruptor_consumer_config_init(&config);
  config.flags = flags;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  return poller;
}

/* Every byte tells the element's number. */
static void fill(uint8_t *bytes, uint64_t number, size_t len) { memset(bytes, (int)(number * 7 & 0xff), len); }

static void expect_bytes(const uint8_t *bytes, uint64_t number, size_t len) {
  uint8_t right[LARGEST_ELEMENT];
  fill(right, number, len);
  CHECK(memcmp(bytes, right, len) == 0);
}

/* From each element of the claim on: one piece of memory, which ends with the claim or the ring's last slot. */
static void expect_spans(const disruptor_claim_t *claim, const layout_t *layout) {
  size_t i, k, n;
  CHECK_U64(claim->stride, layout->stride);
  for (i = 0; i < claim->count; i++) {
    uint8_t *span = disruptor_claim_span(claim, i, &n);
    CHECK_AT_LEAST(n, 1);
    CHECK_AT_MOST(n, claim->count - i);
    CHECK(i + n == claim->count || ((claim->first_sequence + i + n) & claim->mask) == 0);
    for (k = 0; k < n; k++) {
      CHECK(span + k * claim->stride == disruptor_claim_data(claim, i + k));
    }
  }
}

/* Fills the first `count` elements, as the header shows it; how many spans that took. */
static size_t fill_spans(const disruptor_claim_t *claim, size_t count, size_t len) {
  size_t i, k, n, spans = 0;
  for (i = 0; i < count; i += n, spans++) {
    uint8_t *span = disruptor_claim_span(claim, i, &n);
    n = n < count - i ? n : count - i;
    for (k = 0; k < n; k++) {
      fill(span + k * claim->stride, claim->first_sequence + i + k, len);
    }
  }
  return spans;
}

static void expect_all(disruptor_poller_t *poller, uint64_t first, size_t count, size_t len) {
  disruptor_batch_t batch;
  uint64_t next = first;
  while (next != first + count) {
    size_t i;
    CHECK_OK(disruptor_poll(poller, 0, &batch));
    CHECK_U64(batch.first_sequence, next);
    for (i = 0; i < batch.count; i++) {
      if (batch.elements == NULL) {
        CHECK_U64(batch.length, len);
        expect_bytes(batch.span + i * batch.stride, next + i, len);
      } else {
        CHECK_U64(batch.elements[i].len, len);
        expect_bytes(batch.elements[i].data, next + i, len);
      }
    }
    CHECK_OK(disruptor_poller_release(poller, batch.count));
    next += batch.count;
  }
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
}

/* Claims of every size, up to the whole ring, from every slot on. */
static void every_claim(disruptor_t *ring, const layout_t *layout, size_t capacity) {
  disruptor_poller_t *spans = poller_of(ring, DISRUPTOR_CONSUMER_SPANS), *slices = poller_of(ring, 0);
  const size_t len = layout->element_size;
  size_t count, round, wrapped = 0;
  for (count = 1; count <= capacity; count++) {
    for (round = 0; round < 2 * capacity + 3; round++) {
      disruptor_claim_t claim;
      uint64_t first;
      size_t pieces;
      CHECK_OK(disruptor_claim(ring, count, 0, &claim));
      first = claim.first_sequence;
      expect_spans(&claim, layout);
      pieces = fill_spans(&claim, count, len);
      CHECK_AT_MOST(pieces, 2);
      wrapped += pieces == 2;
      CHECK_OK(disruptor_publish(ring, &claim));
      expect_all(spans, first, count, len);
      expect_all(slices, first, count, len);
    }
  }
  CHECK(wrapped > 0 || capacity == 1);
  CHECK_OK(disruptor_poller_destroy(spans));
  CHECK_OK(disruptor_poller_destroy(slices));
}

static void claims_of_every_size_from_every_slot(void) { for_all(every_claim); }

/* What is left of a claim that was published in part begins a span of its own. */
static void in_pieces(disruptor_t *ring, const layout_t *layout, size_t capacity) {
  disruptor_poller_t *spans = poller_of(ring, DISRUPTOR_CONSUMER_SPANS), *slices = poller_of(ring, 0);
  const size_t len = layout->element_size;
  size_t round;
  for (round = 0; round < 20; round++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, capacity, 0, &claim));
    while (claim.count > 0) {
      const uint64_t first = claim.first_sequence;
      const size_t piece = claim.count < 1 + round % 3 ? claim.count : 1 + round % 3;
      expect_spans(&claim, layout);
      fill_spans(&claim, piece, len);
      CHECK_OK(disruptor_claim_publish(ring, &claim, piece));
      expect_all(spans, first, piece, len);
      expect_all(slices, first, piece, len);
    }
  }
  CHECK_OK(disruptor_poller_destroy(spans));
  CHECK_OK(disruptor_poller_destroy(slices));
}

static void claims_in_pieces(void) { for_all(in_pieces); }

/* Lengths are set beside the spans, and taken as they are. */
static void shorter_ones(disruptor_t *ring, const layout_t *layout, size_t capacity) {
  disruptor_poller_t *slices = poller_of(ring, 0);
  const size_t len = layout->element_size - 1;
  size_t round;
  for (round = 0; round < 5; round++) {
    disruptor_claim_t claim;
    uint64_t first;
    size_t i;
    CHECK_OK(disruptor_claim(ring, capacity, 0, &claim));
    first = claim.first_sequence;
    expect_spans(&claim, layout);
    fill_spans(&claim, capacity, layout->element_size);
    for (i = 0; i < capacity; i++) {
      disruptor_claim_set_len(&claim, i, len);
    }
    CHECK_OK(disruptor_publish(ring, &claim));
    expect_all(slices, first, capacity, len);
  }
  CHECK_OK(disruptor_poller_destroy(slices));
}

static void elements_shorter_than_their_slots(void) { for_all(shorter_ones); }

static const test_case_t cases[] = {
    CASE(claims_of_every_size_from_every_slot),
    CASE(claims_in_pieces),
    CASE(elements_shorter_than_their_slots),
};

TEST_MAIN(cases)
