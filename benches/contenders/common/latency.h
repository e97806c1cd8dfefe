/* How long round trips took, counted by nanosecond. For C and C++. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "workload.h"

#define EXACT_NS 65536 /* longer ones are counted by their upper 8 bits, as HdrHistogram does */

typedef struct latency_t {
  uint64_t exact[EXACT_NS];
  uint64_t coarse[64][256];
} latency_t;

static inline latency_t *latency_make(void) { return (latency_t *)calloc(1, sizeof(latency_t)); }

static inline void latency_record(latency_t *l, uint64_t nanoseconds) {
  if (nanoseconds < EXACT_NS) {
    l->exact[nanoseconds]++;
  } else {
    unsigned shift = 56u - (unsigned)__builtin_clzll(nanoseconds);
    l->coarse[shift][(nanoseconds >> shift) & 255]++;
  }
}

static inline void answer_latency(const latency_t *l) {
  for (uint64_t ns = 0; ns < EXACT_NS; ns++) {
    if (l->exact[ns] != 0) printf("latency %llu %llu\n", (unsigned long long)ns, (unsigned long long)l->exact[ns]);
  }
  for (unsigned shift = 0; shift < 56; shift++) {
    for (uint64_t upper = 0; upper < 256; upper++) {
      uint64_t count = l->coarse[shift][upper];
      if (count != 0) {
        printf("latency %llu %llu\n", (unsigned long long)(upper << shift), (unsigned long long)count);
      }
    }
  }
}

#endif
