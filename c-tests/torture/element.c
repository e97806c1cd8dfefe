/* Elements that tell who made them, and whose every byte follows from that. */
#include "torture.h"

#include <string.h>

static uint64_t mix(uint64_t number) {
  random_t random = {number};
  return random_next(&random);
}

/* Different in every run and round, so that bytes of an earlier ring in the same memory are not taken for new ones. */
static uint64_t key_of(const plan_t *plan, uint32_t lane, uint64_t number) {
  return mix(mix(plan->seed + plan->round) ^ number ^ ((uint64_t)lane << 40));
}

size_t element_length(const plan_t *plan, uint32_t lane, uint64_t number) {
  uint64_t chance = key_of(plan, lane, number) >> 20;
  size_t longest = plan->element_size;
  if (plan->even) {
    return longest;
  }
  if (lane < CLAIMED && plan->max_element_size > longest && chance % 16 == 0) {
    longest = plan->max_element_size; /* some spill */
  }
  return sizeof(head_t) + chance / 16 % (longest - sizeof(head_t) + 1);
}

static uint64_t word_at(uint64_t key, size_t offset) { return (key + offset) * UINT64_C(0x9e3779b97f4a7c15); }

size_t element_write(const plan_t *plan, uint32_t lane, uint64_t number, void *bytes) {
  head_t head = {lane, 0, number, key_of(plan, lane, number)};
  size_t length = element_length(plan, lane, number), at;
  unsigned char *to = bytes;
  memcpy(to, &head, sizeof head);
  for (at = sizeof head; at < length; at += sizeof(uint64_t)) {
    uint64_t word = word_at(head.key, at);
    size_t rest = length - at;
    memcpy(to + at, &word, rest < sizeof word ? rest : sizeof word);
  }
  return length;
}

disruptor_element_t element_of(const disruptor_batch_t *batch, size_t i) {
  disruptor_element_t of_a_span = {batch->span, batch->length};
  if (batch->elements != NULL) {
    return batch->elements[i];
  }
  of_a_span.data += i * batch->stride;
  return of_a_span;
}

head_t element_read(const plan_t *plan, disruptor_element_t element) {
  size_t alignment = plan->alignment == 0 ? 8 : plan->alignment, at;
  head_t head;
  CHECK_AT_LEAST(element.len, sizeof head);
  CHECK_U64((uintptr_t)element.data % alignment, 0);
  memcpy(&head, element.data, sizeof head);
  CHECK_AT_MOST(head.lane % CLAIMED, LANES - 1);
  CHECK_U64(head.key, key_of(plan, head.lane, head.number));
  CHECK_U64(element.len, element_length(plan, head.lane, head.number));
  for (at = sizeof head; at < element.len; at += sizeof(uint64_t)) {
    uint64_t expected = word_at(head.key, at);
    size_t rest = element.len - at;
    if (memcmp(element.data + at, &expected, rest < sizeof expected ? rest : sizeof expected) != 0) {
      test_fail(__FILE__, __LINE__, "element %llu of lane %u is torn at byte %zu of %zu", (unsigned long long)head.number,
                (unsigned)head.lane, at, element.len);
    }
  }
  return head;
}

static uint32_t stamp_of(const head_t *head) { return (uint32_t)(head->key >> 32) | 1; }

void element_stamp(disruptor_element_t element) {
  head_t head;
  memcpy(&head, element.data, sizeof head);
  head.stamp = stamp_of(&head);
  memcpy(element.data + offsetof(head_t, stamp), &head.stamp, sizeof head.stamp);
}

void element_expect_stamp(const head_t *head) { CHECK_U64(head->stamp, stamp_of(head)); }
