// Elements as the raw rings hold them, how a producer writes one, and how a consumer counts one.
#pragma once
#include "tally.h"

template <size_t Words>
struct Element {
  uint64_t words[Words];
};

// What one producer publishes next.
template <size_t Words>
class Source {
  uint64_t next;
  size_t row = 0;
  const Element<Words> *table = nullptr;

 public:
  explicit Source(uint64_t producer) : next(producer << PRODUCER_SHIFT) {
    if (Words > 1) table = reinterpret_cast<const Element<Words> *>(messages_make(Words * 8));
  }
  void write(Element<Words> &to) {
    if (Words == 1) {
      to.words[0] = next++;
    } else {
      to = table[row];
      row = row + 1 == MESSAGES ? 0 : row + 1;
    }
  }
};

template <size_t Words, bool Mixed>
inline void count(tally_t &tally, const Element<Words> &element) {
  if (Words > 1) {
    tally_message(&tally, element.words, Words);
  } else if (Mixed) {
    tally_mixed(&tally, element.words[0]);
  } else {
    tally_value(&tally, element.words[0]);
  }
}
