/* The report as a graph, in DOT; and who is to blame, in the graph and in the other formats. */
#include "reporting.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Brackets match outside of quotes, and quotes end. */
static void expect_dot(const char *text) {
  int depth = 0;
  CHECK(strncmp(text, "digraph", 7) == 0);
  for (; *text != '\0'; text++) {
    if (*text == '"') {
      for (text++; *text != '"'; text++) {
        CHECK(*text != '\0');
        text += text[0] == '\\' && text[1] != '\0';
      }
    }
    depth += *text == '{' || *text == '[';
    depth -= *text == '}' || *text == ']';
    CHECK(depth >= 0);
  }
  CHECK(depth == 0);
}

static void dot_draws_who_waits_for_whom(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_AT_LEAST(count_of(text, "->"), 2); /* what is published to the first, the first to the second */
  free(text);
  CHECK_OK(disruptor_destroy(ring));
  ring = closed_ring(WICKED, WICKED, "second");
  text = report_of(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

/* Exactly: of the time of a consumer that has ended, and was at work for most of it. */
static void dot_tells_how_busy_they_were(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_consumer_stats_t stats;
  char expected[32];
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  do {
    stats = test_consumer_stats(ring, sink.id);
    test_pause();
  } while (stats.in_batch_ns <= stats.blocked_ns);
  sink_release(&sink);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, sink.id);
  snprintf(expected, sizeof expected, "%u %% busy",
           (unsigned)(stats.consume_ns * 100 / (stats.consume_ns + stats.blocked_ns)));
  CHECK_HAS(report_now(ring, DISRUPTOR_FORMAT_DOT), expected);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Who is to blame ---- */

/* A poller named `name`, behind the consumer `behind` if that is not its own id, which is the next one. */
static disruptor_poller_t *named_poller(disruptor_t *ring, const char *name, uint32_t id, uint32_t behind,
                                        uint32_t group) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  uint32_t is;
  disruptor_consumer_config_init(&config);
  config.name = name;
  config.group = group;
  config.depends_on = &behind;
  config.depends_on_count = behind != id;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  CHECK_OK(disruptor_poller_id(poller, &is));
  CHECK_U64(is, id);
  return poller;
}

static void take(disruptor_poller_t *poller, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_OK(disruptor_poller_release(poller, count));
}

/* What JSON says of the slowest one and of the one to blame for it. */
static void expect_blame(const disruptor_t *ring, const char *slowest, const char *bottleneck) {
  char expected[64];
  snprintf(expected, sizeof expected, "\"slowest\":%s,\"bottleneck\":%s,", slowest, bottleneck);
  CHECK_HAS(report_now(ring, DISRUPTOR_FORMAT_JSON), expected);
}

/* A first one, two that share its elements, a last one; and one that left, behind which nobody is. */
static void who_is_to_blame(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *first = named_poller(ring, "first", 0, 0, 0), *left = named_poller(ring, "left", 1, 0, 7),
                     *right = named_poller(ring, "right", 2, 0, 7), *last = named_poller(ring, "last", 3, 1, 0),
                     *gone = named_poller(ring, "gone", 4, 4, 0);
  const char *text;
  produce_all(ring, 0, 16);
  CHECK_OK(disruptor_poller_destroy(gone));
  expect_blame(ring, "3", "0"); /* everybody waits for the first */
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_U64(count_of(text, "holds the producers back"), 1);
  CHECK_HAS(text, "  ring -> c0 [label=\"16 waiting\", penwidth=2.0];");
  CHECK_HAS(text, "  c0 -> producers [style=dashed");
  CHECK_U64(count_of(text, "color=\"#c0392b\", penwidth=2"), 1);
  CHECK_U64(count_of(text, "16 of 16 in use"), 1);
  take(first, 15);
  take(left, 3);
  take(last, 2);
  expect_blame(ring, "3", "2");
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  expect_dot(text);
  CHECK_U64(count_of(text, "is furthest behind"), 2); /* the whole group is */
  CHECK_U64(count_of(text, "color=\"#c0392b\", penwidth=2"), 2);
  CHECK_U64(count_of(text, "subgraph cluster_7 {"), 2);
  CHECK_U64(count_of(text, "->"), 5); /* to and from a group there is one */
  CHECK_HAS(text, "  producers -> ring;");
  CHECK_HAS(text, "  ring -> c0 [label=\"1 waiting\", penwidth=1.0];");
  CHECK_HAS(text, "  c0 -> c1 [label=\"12 waiting\", penwidth=1.9, lhead=cluster_7];");
  CHECK_HAS(text, "  c1 -> c3 [label=\"1 waiting\", penwidth=1.0, ltail=cluster_7];");
  CHECK_HAS(text, "  c1 -> producers [style=dashed, color=\"#c0392b\", constraint=false, ltail=cluster_7];");
  CHECK_U64(count_of(text, "14 of 16 in use"), 1);
  CHECK_U64(count_of(text, "gone"), 0);
  text = report_now(ring, DISRUPTOR_FORMAT_TEXT);
  CHECK_HAS(text, "left < 0 ");
  CHECK_HAS(text, "last < 1,2 ");
  text = report_now(ring, DISRUPTOR_FORMAT_PROMETHEUS);
  CHECK_HAS(text, "consumer=\"3\",name=\"last\"} 14\n");
  CHECK(count_of(text, "name=\"gone\"} 0\n") > 0);
  take(first, 1);
  take(left, 12); /* in the middle of its batch, of which it has the rest */
  take(left, 1);
  take(last, 14);
  expect_blame(ring, "null", "null"); /* who is gone does not count */
  text = report_now(ring, DISRUPTOR_FORMAT_DOT);
  CHECK_U64(count_of(text, "#c0392b"), 0);
  CHECK_HAS(text, "  ring -> c0 [label=\"\"];");
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_poller_destroy(left));
  CHECK_OK(disruptor_poller_destroy(right));
  CHECK_OK(disruptor_poller_destroy(last));
}

static const test_case_t cases[] = {
    CASE(dot_draws_who_waits_for_whom),
    CASE(dot_tells_how_busy_they_were),
    CASE(who_is_to_blame),
};

TEST_MAIN(cases)
