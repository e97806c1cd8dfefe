/* What rounds leave behind on the heap. Each runs on a thread of its own, and then all that the allocator kept for its
 * threads is free. So the heap is as it was, but that the C library keeps some stacks of threads, with a few hundred bytes
 * on the heap for each: it grows a little while they become more, and no further. */
#include "torture.h"

#include <inttypes.h>

#if defined(__GLIBC__) && !TEST_SANITIZED
#include <malloc.h>
static uint64_t heap_in_use(void) {
  struct mallinfo2 info = mallinfo2();
  return (uint64_t)info.uordblks + info.hblkhd;
}
#else
static uint64_t heap_in_use(void) { return 0; } /* the sanitizers look for leaks themselves */
#endif

enum { SETTLED_AFTER = 50, MAY_GROW = 48, MAY_GROW_BYTES = 16384 };

void leak_after_round(uint64_t round) {
  static uint64_t first, most, grown;
  uint64_t now = heap_in_use();
  if (round < SETTLED_AFTER) {
    first = most = now;
    return;
  }
  grown += now > most;
  most = now > most ? now : most;
  if (grown > MAY_GROW || now > first + MAY_GROW_BYTES) {
    test_fail(__FILE__, __LINE__,
              "a leak: %" PRIu64 " bytes of the heap in use after %u rounds, %" PRIu64 " after %" PRIu64
              ", and more than ever before after %" PRIu64 " of those",
              first, (unsigned)SETTLED_AFTER, now, round + 1, grown);
  }
}
