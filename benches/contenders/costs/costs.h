/* What a disruptor costs beside the time of its elements. */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include <disruptor.h>
#include <stddef.h>
#include <stdint.h>

/* heap.c */
size_t heap_in_use(void);

/* ring.c */
disruptor_t *create(size_t capacity, size_t element_size, uint32_t wait_strategy);
void add_consumers(disruptor_t *ring, size_t count);
void must(disruptor_status_t status);

/* One line of the answer: measured, and at most so much. A limit of 0 is none. */
void cost(const char *what, double measured, double limit, const char *unit);

void memory_costs(void); /* memory.c */
void time_costs(void);   /* time.c */
void rival_costs(void);  /* rival.c */

#endif
