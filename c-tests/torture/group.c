/* Groups: what their members got, together. */
#include "torture.h"

#include <stdlib.h>

static _Atomic uint8_t *mark_of(const group_t *group, uint32_t lane, uint64_t number) {
  return &group->marks[(size_t)lane * LANE_LIMIT + number];
}

void group_make(group_t *group, uint32_t number, unsigned members, bool polls) {
  if (members > 0) {
    group->number = number;
    group->polls = polls && members > 1;
    group->marks = calloc(LANES, LANE_LIMIT);
    CHECK(group->marks != NULL);
  }
}

void group_join(consumer_t *consumer, group_t *group) {
  const round_t *round = consumer->round;
  consumer->group = group;
  if (group == &round->groups[1] && round->plan.in_a_row) {
    consumer->after[consumer->after_count++] = round->groups[0].first;
  }
}

void group_take(const group_t *group, uint32_t lane, uint64_t number) {
  _Atomic uint8_t *mark = mark_of(group, lane, number);
  CHECK_U64(HEAR(*mark), 0);
  TELL(*mark, 1);
}

/* Of a group it is only known that every element was some member's. */
void group_expect_taken(const group_t *group, uint32_t lane, uint64_t number) {
  if (number >= group->first->upper[lane]) {
    CHECK_U64(HEAR(*mark_of(group, lane, number)), 1);
  }
}

/* Two members that took the same element at the same time left one mark. */
static void expect_none_twice(const round_t *round, const group_t *group) {
  uint64_t taken = 0, marks = 0;
  size_t i;
  for (i = 0; i < round->consumer_count; i++) {
    taken += round->consumers[i]->group == group ? round->consumers[i]->elements : 0;
  }
  for (i = 0; i < (size_t)LANES * LANE_LIMIT; i++) {
    marks += HEAR(group->marks[i]);
  }
  CHECK_U64(taken, marks);
}

/* Each element of the group's time went to somebody; those before it to nobody. */
static void expect_all_taken(const round_t *round, const group_t *group) {
  const consumer_t *first = group->first;
  unsigned lane;
  for (lane = 0; lane < LANES; lane++) {
    uint64_t number, accepted = round->lanes[lane].next;
    bool begun = false;
    for (number = 0; number < LANE_LIMIT; number++) {
      bool marked = HEAR(*mark_of(group, lane, number)) != 0;
      begun = begun || marked || number >= first->upper[lane];
      CHECK(!marked || (number >= first->lower[lane] && number < accepted));
      if (begun && number < accepted && !marked) {
        test_fail(__FILE__, __LINE__, "no member of group %u got element %llu of lane %u, of %llu", (unsigned)group->number,
                  (unsigned long long)number, lane, (unsigned long long)accepted);
      }
    }
  }
}

void group_settle(const round_t *round, const group_t *group) {
  if (group->first != NULL) {
    expect_none_twice(round, group);
    if (!HEAR(round->halting)) {
      expect_all_taken(round, group);
    }
  }
}
