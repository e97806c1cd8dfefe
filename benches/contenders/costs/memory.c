/* Memory: of a slot, of a consumer, of the rest; and that nothing grows while elements flow. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "costs.h"

/* What `disruptor_config_t.max_consumers` is by default, and so many positions are prepared. */
enum { MAX_CONSUMERS = 64, POSITION = 256, CONSUMER = 4096 };

static size_t of_ring(size_t capacity, size_t element_size) {
  size_t before = heap_in_use();
  disruptor_t *ring = create(capacity, element_size, DISRUPTOR_WAIT_BLOCK);
  size_t used = heap_in_use() - before;
  must(disruptor_destroy(ring));
  return used;
}

/* Resident, in bytes. */
static double resident(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  unsigned long size, pages;
  if (file == NULL || fscanf(file, "%lu %lu", &size, &pages) != 2) exit(1);
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void slots(void) {
  /* Below the size from which on the ring is aligned to large pages, which the heap's numbers do not show. */
  size_t element = 64, large = of_ring(16384, element), small = of_ring(8192, element);
  double slot = (double)(large - small) / 8192;
  cost("a slot of 64 B", slot, 0, "B");
  cost("a ring beside its slots, 64 consumers possible", (double)large - 16384 * slot,
       (MAX_CONSUMERS + 4) * POSITION, "B");
}

static void consumers(void) {
  disruptor_t *ring = create(65536, 64, DISRUPTOR_WAIT_BLOCK);
  add_consumers(ring, 1); /* what the first one of a process needs is not a consumer's */
  size_t heap = heap_in_use();
  double pages = resident();
  add_consumers(ring, 10);
  cost("a consumer, on the heap", (double)(heap_in_use() - heap) / 10, CONSUMER, "B");
  cost("a consumer, resident with its stack", (resident() - pages) / 10, 0, "B");
  must(disruptor_destroy(ring));
}

static void growth(void) {
  disruptor_t *ring = create(1024, 64, DISRUPTOR_WAIT_BLOCK);
  add_consumers(ring, 3);
  uint8_t bytes[64] = {0};
  for (size_t i = 0; i < 100000; i++) must(disruptor_produce_one(ring, bytes, sizeof bytes));
  must(disruptor_flush(ring, DISRUPTOR_WAIT_FOREVER));
  size_t heap = heap_in_use();
  double pages = resident();
  for (size_t i = 0; i < 2000000; i++) must(disruptor_produce_one(ring, bytes, sizeof bytes));
  must(disruptor_flush(ring, DISRUPTOR_WAIT_FOREVER));
  cost("growth of the heap over 2,000,000 elements", (double)heap_in_use() - (double)heap, 0.5, "B");
  cost("growth of resident memory meanwhile", resident() - pages, 65536, "B");
  must(disruptor_destroy(ring));
}

void memory_costs(void) {
  slots();
  consumers();
  growth();
}
