/* Structs carry their size: an older caller's is smaller, a newer one's larger. Each struct here ends where the
 * readable memory ends, so that a library that looks further dies. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "sink.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define END(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static const size_t config_ends[] = {
    END(disruptor_config_t, struct_size),       END(disruptor_config_t, name),
    END(disruptor_config_t, capacity),          END(disruptor_config_t, element_size),
    END(disruptor_config_t, max_element_size),  END(disruptor_config_t, element_alignment),
    END(disruptor_config_t, producer_mode),     END(disruptor_config_t, wait_strategy),
    END(disruptor_config_t, max_consumers),     END(disruptor_config_t, flags),
    END(disruptor_config_t, on_error),          END(disruptor_config_t, on_error_data),
};

static const size_t consumer_config_ends[] = {
    END(disruptor_consumer_config_t, struct_size), END(disruptor_consumer_config_t, name),
    END(disruptor_consumer_config_t, on_batch),    END(disruptor_consumer_config_t, on_start),
    END(disruptor_consumer_config_t, on_close),    END(disruptor_consumer_config_t, user_data),
    END(disruptor_consumer_config_t, depends_on),  END(disruptor_consumer_config_t, depends_on_count),
    END(disruptor_consumer_config_t, min_batch),   END(disruptor_consumer_config_t, linger_ns),
    END(disruptor_consumer_config_t, max_batch),   END(disruptor_consumer_config_t, cpu),
    END(disruptor_consumer_config_t, group),
};

static const size_t stats_ends[] = {
    END(disruptor_stats_t, struct_size),         END(disruptor_stats_t, state),
    END(disruptor_stats_t, consumers),           END(disruptor_stats_t, capacity),
    END(disruptor_stats_t, produced),            END(disruptor_stats_t, producer_blocked_ns),
    END(disruptor_stats_t, producer_blocked_count), END(disruptor_stats_t, elapsed_ns),
    END(disruptor_stats_t, produced_per_sec),    END(disruptor_stats_t, current_lag),
    END(disruptor_stats_t, max_lag),             END(disruptor_stats_t, average_lag),
};

/* `size` bytes, zeroed, behind which nothing can be read or written. */
typedef struct {
  uint8_t *pages;
  size_t length;
  void *at;
} edge_t;

static edge_t edge_of(size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t readable = (size + page - 1) / page * page;
  edge_t edge;
  edge.length = readable + page;
  edge.pages = mmap(NULL, edge.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(edge.pages != MAP_FAILED);
  CHECK(mprotect(edge.pages + readable, page, PROT_NONE) == 0);
  edge.at = edge.pages + readable - size;
  return edge;
}

/* The first `size` bytes of a struct, as a caller of another age would pass it. */
static edge_t edge_with(const void *whole, size_t whole_size, size_t size) {
  edge_t edge = edge_of(size);
  memcpy(edge.at, whole, size < whole_size ? size : whole_size);
  memcpy(edge.at, &size, sizeof size);
  return edge;
}

static void edge_free(edge_t *edge) { munmap(edge->pages, edge->length); }

static bool is_one_of(size_t size, const size_t *ends, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    if (ends[i] == size) {
      return true;
    }
  }
  return false;
}

static void a_config_may_end_after_any_field(void) {
  size_t size;
  for (size = sizeof(size_t); size <= sizeof(disruptor_config_t); size++) {
    disruptor_config_t config = test_config(5);
    edge_t edge = edge_with(&config, sizeof config, size);
    disruptor_t *ring = NULL;
    if (is_one_of(size, config_ends, ARRAY_LEN(config_ends))) {
      CHECK_OK(disruptor_create(edge.at, &ring));
      CHECK_U64(test_stats(ring).capacity, size < END(disruptor_config_t, capacity) ? 1024 : 5);
      CHECK_OK(disruptor_destroy(ring));
    } else if (size < END(disruptor_config_t, on_error_data)) { /* in the middle of a field */
      CHECK_REFUSED(disruptor_create(edge.at, &ring), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
      CHECK(ring == NULL);
    }
    edge_free(&edge);
  }
}

static void a_config_cannot_be_smaller_than_its_size_field(void) {
  size_t size;
  for (size = 0; size < sizeof(size_t); size++) {
    disruptor_config_t config = test_config(5);
    disruptor_consumer_config_t consumer;
    disruptor_t *ring = NULL;
    uint32_t id = 77;
    disruptor_stats_t stats;
    config.struct_size = size;
    CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
    CHECK(ring == NULL);
    ring = test_ring(2);
    disruptor_consumer_config_init(&consumer);
    consumer.struct_size = size;
    CHECK_REFUSED(disruptor_register(ring, &consumer, &id), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
    CHECK_U64(id, 77);
    stats.struct_size = size;
    CHECK_REFUSED(disruptor_stats(ring, &stats), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
    CHECK_OK(disruptor_destroy(ring));
  }
}

static void a_consumer_config_may_end_after_any_field(void) {
  size_t size;
  for (size = sizeof(size_t); size <= END(disruptor_consumer_config_t, group); size++) {
    disruptor_t *ring = test_ring(8);
    uint32_t unused[SINK_DEPENDENCIES], id = 77;
    disruptor_consumer_config_t config;
    edge_t edge;
    sink_t sink;
    sink_init(&sink);
    config = sink_config(&sink, unused);
    edge = edge_with(&config, sizeof config, size);
    if (!is_one_of(size, consumer_config_ends, ARRAY_LEN(consumer_config_ends))) {
      CHECK_REFUSED(disruptor_register(ring, edge.at, &id), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
      CHECK_U64(id, 77);
    } else if (size < END(disruptor_consumer_config_t, on_batch)) {
      CHECK_REFUSED(disruptor_register(ring, edge.at, &id), DISRUPTOR_INVALID_ARGUMENT, "on_batch");
    } else if (size >= END(disruptor_consumer_config_t, user_data)) {
      CHECK_OK(disruptor_register(ring, edge.at, &id));
      produce_all(ring, 5, 20);
      CHECK_OK(disruptor_close(ring, FOREVER));
      sink_expect(&sink, 5, 20);
      sink_expect_closed(&sink);
    }
    CHECK_OK(disruptor_destroy(ring));
    edge_free(&edge);
    sink_free(&sink);
  }
}

static void missing_consumer_fields_take_their_defaults(void) {
  disruptor_t *ring = test_ring(8);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  edge_t edge;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.min_batch = 3;
  /* Up to min_batch: the linger that is missing means for ever, not 0. */
  edge = edge_with(&config, sizeof config, END(disruptor_consumer_config_t, min_batch));
  sink_register_with(&sink, ring, edge.at);
  CHECK_OK(produce_value(ring, 0));
  CHECK_OK(produce_value(ring, 1));
  CHECK_OK(produce_value(ring, 2));
  sink_await(&sink, 3);
  CHECK_U64(sink.batches[0].count, 3);
  CHECK_OK(disruptor_destroy(ring));
  edge_free(&edge);
  sink_free(&sink);
}

static void a_larger_config_is_fine_if_the_rest_is_zero(void) {
  size_t extra;
  for (extra = 1; extra <= 64; extra *= 2) {
    disruptor_config_t config = test_config(5);
    edge_t edge = edge_with(&config, sizeof config, sizeof config + extra);
    disruptor_t *ring = NULL;
    CHECK_OK(disruptor_create(edge.at, &ring));
    CHECK_OK(disruptor_destroy(ring));
    ring = NULL;
    ((uint8_t *)edge.at)[sizeof config + extra - 1] = 1; /* a field that this library does not know */
    CHECK_REFUSED(disruptor_create(edge.at, &ring), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
    CHECK(ring == NULL);
    edge_free(&edge);
  }
}

static void a_larger_consumer_config_is_fine_if_the_rest_is_zero(void) {
  disruptor_t *ring = test_ring(8);
  uint32_t unused[SINK_DEPENDENCIES], id = 77;
  disruptor_consumer_config_t config;
  edge_t edge;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  edge = edge_with(&config, sizeof config, sizeof config + 24);
  ((uint8_t *)edge.at)[sizeof config + 23] = 1;
  CHECK_REFUSED(disruptor_register(ring, edge.at, &id), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
  CHECK_U64(id, 77);
  ((uint8_t *)edge.at)[sizeof config + 23] = 0;
  CHECK_OK(disruptor_register(ring, edge.at, &id));
  CHECK_OK(disruptor_destroy(ring));
  edge_free(&edge);
  sink_free(&sink);
}

static void an_uninitialised_config_is_refused(void) {
  uint8_t bytes[sizeof(disruptor_config_t) + 64];
  disruptor_t *ring = NULL;
  memset(bytes, 0xa5, sizeof bytes);
  CHECK_REFUSED(disruptor_create((const disruptor_config_t *)(void *)bytes, &ring), DISRUPTOR_INVALID_ARGUMENT,
                "struct_size");
  CHECK(ring == NULL);
}

static void smaller_stats_are_written_as_far_as_they_go(void) {
  size_t size;
  disruptor_t *ring = test_ring(9);
  for (size = sizeof(size_t); size <= END(disruptor_stats_t, average_lag); size++) {
    disruptor_stats_t empty, *stats;
    edge_t edge;
    memset(&empty, 0x5a, sizeof empty);
    edge = edge_with(&empty, sizeof empty, size);
    stats = edge.at;
    if (is_one_of(size, stats_ends, ARRAY_LEN(stats_ends))) {
      CHECK_OK(disruptor_stats(ring, edge.at));
      CHECK_U64(stats->struct_size, size);
      CHECK(size < END(disruptor_stats_t, capacity) || stats->capacity == 9);
    } else {
      CHECK_REFUSED(disruptor_stats(ring, edge.at), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
      CHECK(memcmp((uint8_t *)edge.at + sizeof size, (uint8_t *)&empty + sizeof size, size - sizeof size) == 0);
    }
    edge_free(&edge);
  }
  CHECK_OK(disruptor_destroy(ring));
}

static void larger_stats_must_be_zero_behind(void) {
  disruptor_stats_t empty;
  disruptor_t *ring = test_ring(9);
  edge_t edge;
  uint8_t *tail;
  memset(&empty, 0, sizeof empty);
  edge = edge_with(&empty, sizeof empty, sizeof empty + 8);
  tail = (uint8_t *)edge.at + sizeof empty;
  CHECK_OK(disruptor_stats(ring, edge.at));
  CHECK_U64(((disruptor_stats_t *)edge.at)->capacity, 9);
  tail[0] = 1;
  CHECK_REFUSED(disruptor_stats(ring, edge.at), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
  CHECK_U64(tail[0], 1);
  edge_free(&edge);
  CHECK_OK(disruptor_destroy(ring));
}

static void smaller_consumer_stats_are_written_as_far_as_they_go(void) {
  size_t size = END(disruptor_consumer_stats_t, consumed);
  disruptor_t *ring = test_ring(9);
  disruptor_consumer_stats_t empty;
  edge_t edge;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 4);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  memset(&empty, 0, sizeof empty);
  edge = edge_with(&empty, sizeof empty, size);
  CHECK_OK(disruptor_consumer_stats(ring, sink.id, edge.at));
  CHECK_U64(((const disruptor_consumer_stats_t *)edge.at)->struct_size, size);
  CHECK_U64(((const disruptor_consumer_stats_t *)edge.at)->consumed, 4);
  edge_free(&edge);
  edge = edge_with(&empty, sizeof empty, size + 3);
  CHECK_REFUSED(disruptor_consumer_stats(ring, sink.id, edge.at), DISRUPTOR_INVALID_ARGUMENT, "struct_size");
  edge_free(&edge);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(a_config_may_end_after_any_field),
    CASE(a_config_cannot_be_smaller_than_its_size_field),
    CASE(a_consumer_config_may_end_after_any_field),
    CASE(missing_consumer_fields_take_their_defaults),
    CASE(a_larger_config_is_fine_if_the_rest_is_zero),
    CASE(a_larger_consumer_config_is_fine_if_the_rest_is_zero),
    CASE(an_uninitialised_config_is_refused),
    CASE(smaller_stats_are_written_as_far_as_they_go),
    CASE(larger_stats_must_be_zero_behind),
    CASE(smaller_consumer_stats_are_written_as_far_as_they_go),
};
TEST_MAIN(cases)
