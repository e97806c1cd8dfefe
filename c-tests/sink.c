#include "sink.h"

#include <stdlib.h>
#include <string.h>

void sink_init(sink_t *sink) {
  memset(sink, 0, sizeof *sink);
  pthread_mutex_init(&sink->mutex, NULL);
  pthread_cond_init(&sink->changed, NULL);
}

void sink_free(sink_t *sink) {
  free(sink->batches);
  free(sink->values);
  pthread_mutex_destroy(&sink->mutex);
  pthread_cond_destroy(&sink->changed);
}

static void *grow(void *items, size_t *room, size_t needed, size_t item_size) {
  if (needed > *room) {
    *room = needed < 64 ? 64 : needed * 2;
    items = realloc(items, *room * item_size);
    CHECK(items != NULL);
  }
  return items;
}

static void on_start(void *user_data) {
  sink_t *sink = user_data;
  pthread_mutex_lock(&sink->mutex);
  sink->thread = pthread_self();
  sink->starts++;
  pthread_mutex_unlock(&sink->mutex);
}

static void on_close(void *user_data) {
  sink_t *sink = user_data;
  pthread_mutex_lock(&sink->mutex);
  CHECK_U64(sink->starts, 1);
  CHECK(pthread_equal(sink->thread, pthread_self()));
  CHECK(!sink->inside);
  sink->closes++;
  pthread_cond_broadcast(&sink->changed);
  pthread_mutex_unlock(&sink->mutex);
}

static void check_dependencies(const sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < SINK_DEPENDENCIES && sink->after[i] != NULL; i++) {
    sink_t *dependency = sink->after[i];
    pthread_mutex_lock(&dependency->mutex);
    if (!dependency->leaving) {
      CHECK_AT_LEAST(dependency->next, batch->first_sequence + batch->count);
    }
    pthread_mutex_unlock(&dependency->mutex);
  }
}

static void check_batch(const sink_t *sink, const disruptor_batch_t *batch) {
  CHECK_U64(sink->starts, 1);
  CHECK_U64(sink->closes, 0);
  CHECK(pthread_equal(sink->thread, pthread_self()));
  CHECK(!sink->inside);
  CHECK_AT_LEAST(batch->count, 1);
  CHECK(batch->elements != NULL);
  if (sink->batch_count > 0) {
    CHECK_AT_LEAST(batch->first_sequence, sink->next);
    CHECK(sink->gaps || batch->first_sequence == sink->next);
  }
}

static void record(sink_t *sink, const disruptor_batch_t *batch) {
  batch_record_t *last;
  size_t i;
  sink->batches = grow(sink->batches, &sink->batch_room, sink->batch_count + 1, sizeof *sink->batches);
  last = &sink->batches[sink->batch_count++];
  last->first_sequence = batch->first_sequence;
  last->count = batch->count;
  last->backlog = batch->backlog;
  sink->values = grow(sink->values, &sink->value_room, sink->value_count + batch->count, sizeof *sink->values);
  for (i = 0; i < batch->count; i++) {
    if (batch->elements[i].len == sizeof *sink->values) {
      sink->values[sink->value_count++] = element_value(&batch->elements[i]);
    }
  }
  sink->next = batch->first_sequence + batch->count;
  sink->consumed += batch->count;
}

static int32_t on_batch(void *user_data, const disruptor_batch_t *batch) {
  sink_t *sink = user_data;
  int32_t result = 0;
  check_dependencies(sink, batch);
  pthread_mutex_lock(&sink->mutex);
  check_batch(sink, batch);
  sink->inside = true;
  sink->first = sink->batch_count == 0 ? batch->first_sequence : sink->first;
  pthread_cond_broadcast(&sink->changed);
  while (sink->held) {
    pthread_cond_wait(&sink->changed, &sink->mutex);
  }
  pthread_mutex_unlock(&sink->mutex);

  sink->awaiting_retry = false;
  if (sink->hook != NULL) {
    result = sink->hook(sink, batch);
  }

  pthread_mutex_lock(&sink->mutex);
  if (sink->awaiting_retry) {
    sink->next = batch->first_sequence;
  } else {
    record(sink, batch);
  }
  sink->inside = false;
  pthread_cond_broadcast(&sink->changed);
  pthread_mutex_unlock(&sink->mutex);
  return result;
}

disruptor_consumer_config_t sink_config(sink_t *sink, uint32_t dependencies[SINK_DEPENDENCIES]) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.on_batch = on_batch;
  config.on_start = on_start;
  config.on_close = on_close;
  config.user_data = sink;
  while (config.depends_on_count < SINK_DEPENDENCIES && sink->after[config.depends_on_count] != NULL) {
    dependencies[config.depends_on_count] = sink->after[config.depends_on_count]->id;
    config.depends_on_count++;
  }
  config.depends_on = config.depends_on_count > 0 ? dependencies : NULL;
  return config;
}

void sink_register_with(sink_t *sink, disruptor_t *ring, const disruptor_consumer_config_t *config) {
  sink->ring = ring;
  CHECK_OK(disruptor_register(ring, config, &sink->id));
  pthread_mutex_lock(&sink->mutex);
  CHECK_U64(sink->starts, 1); /* register returns after on_start has returned */
  CHECK(!pthread_equal(sink->thread, pthread_self()));
  pthread_mutex_unlock(&sink->mutex);
}

void sink_register(sink_t *sink, disruptor_t *ring) {
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, dependencies);
  sink_register_with(sink, ring, &config);
}

void sink_register_batching(sink_t *sink, disruptor_t *ring, size_t min_batch, size_t max_batch, uint64_t linger_ns) {
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, dependencies);
  config.min_batch = min_batch;
  config.max_batch = max_batch;
  config.linger_ns = linger_ns;
  sink_register_with(sink, ring, &config);
}

void sink_join(sink_t *sink, disruptor_t *ring, uint32_t group, size_t max_batch) {
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, dependencies);
  sink->gaps = true;
  config.group = group;
  config.max_batch = max_batch;
  sink_register_with(sink, ring, &config);
}

void sink_may_leave(sink_t *sink) {
  pthread_mutex_lock(&sink->mutex);
  sink->leaving = true;
  pthread_mutex_unlock(&sink->mutex);
}

void sink_unregister(sink_t *sink) {
  sink_may_leave(sink);
  CHECK_OK(disruptor_unregister(sink->ring, sink->id, FOREVER));
}

static void set_held(sink_t *sink, bool held) {
  pthread_mutex_lock(&sink->mutex);
  sink->held = held;
  pthread_cond_broadcast(&sink->changed);
  pthread_mutex_unlock(&sink->mutex);
}

void sink_hold(sink_t *sink) { set_held(sink, true); }

void sink_release(sink_t *sink) { set_held(sink, false); }

void sink_await_inside(sink_t *sink) {
  pthread_mutex_lock(&sink->mutex);
  while (!sink->inside) {
    pthread_cond_wait(&sink->changed, &sink->mutex);
  }
  pthread_mutex_unlock(&sink->mutex);
}

void sink_hold_with_one(sink_t *sink) {
  sink_hold(sink);
  CHECK_OK(produce_value(sink->ring, 0));
  sink_await_inside(sink);
}

void sink_await(sink_t *sink, uint64_t consumed) {
  pthread_mutex_lock(&sink->mutex);
  while (sink->consumed < consumed) {
    pthread_cond_wait(&sink->changed, &sink->mutex);
  }
  pthread_mutex_unlock(&sink->mutex);
}

uint64_t sink_consumed(sink_t *sink) {
  uint64_t consumed;
  pthread_mutex_lock(&sink->mutex);
  consumed = sink->consumed;
  pthread_mutex_unlock(&sink->mutex);
  return consumed;
}

void sink_expect(sink_t *sink, uint64_t first_value, uint64_t count) {
  uint64_t i;
  pthread_mutex_lock(&sink->mutex);
  CHECK_U64(sink->consumed, count);
  CHECK_U64(sink->value_count, count);
  for (i = 0; i < count; i++) {
    CHECK_U64(sink->values[i], first_value + i);
  }
  pthread_mutex_unlock(&sink->mutex);
}

void sink_expect_closed(sink_t *sink) {
  pthread_mutex_lock(&sink->mutex);
  CHECK_U64(sink->starts, 1);
  CHECK_U64(sink->closes, 1);
  CHECK(!sink->inside);
  pthread_mutex_unlock(&sink->mutex);
}

void sink_expect_batches_of(const sink_t *sink, uint64_t n) {
  size_t i;
  for (i = 0; i < sink->batch_count; i++) {
    uint64_t left = sink->consumed - i * n;
    CHECK_U64(sink->batches[i].count, left < n ? left : n);
  }
}

void sinks_expect_once(sink_t **sinks, size_t sink_count, uint64_t count) {
  unsigned char *seen = calloc((size_t)count + 1, 1);
  uint64_t total = 0, i;
  size_t s;
  CHECK(seen != NULL);
  for (s = 0; s < sink_count; s++) {
    for (i = 0; i < sinks[s]->value_count; i++) {
      uint64_t value = sinks[s]->values[i];
      CHECK(value < count);
      CHECK_U64(seen[value], 0);
      seen[value] = 1;
    }
    total += sinks[s]->value_count;
  }
  CHECK_U64(total, count);
  free(seen);
}

disruptor_status_t produce_value(disruptor_t *ring, uint64_t value) {
  return disruptor_produce_one(ring, &value, sizeof value);
}

disruptor_status_t produce_values(disruptor_t *ring, uint64_t first, size_t count, uint64_t timeout_ns,
                                  size_t *out_produced) {
  uint64_t *values = calloc(count + 1, sizeof *values);
  disruptor_slice_t *slices = calloc(count + 1, sizeof *slices);
  disruptor_status_t status;
  size_t i;
  CHECK(values != NULL && slices != NULL);
  for (i = 0; i < count; i++) {
    values[i] = first + i;
    slices[i].data = (const uint8_t *)&values[i];
    slices[i].len = sizeof *values;
  }
  status = disruptor_produce_timeout(ring, slices, count, timeout_ns, out_produced);
  free(slices);
  free(values);
  return status;
}

void produce_all(disruptor_t *ring, uint64_t first, size_t count) {
  size_t produced = 0;
  CHECK_OK(produce_values(ring, first, count, FOREVER, &produced));
  CHECK_U64(produced, count);
}

void claim_fill(const disruptor_claim_t *claim, size_t i, uint64_t value) {
  memcpy(disruptor_claim_data(claim, i), &value, sizeof value);
  disruptor_claim_set_len(claim, i, sizeof value);
}

disruptor_claim_t claim_values(disruptor_t *ring, size_t count, uint64_t first) {
  disruptor_claim_t claim;
  size_t i;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, FOREVER, &claim));
  CHECK_U64(claim.count, count);
  for (i = 0; i < count; i++) {
    claim_fill(&claim, i, first + i);
  }
  return claim;
}

void *produce_stream(void *of) {
  stream_t *stream = of;
  size_t produced;
  disruptor_status_t status;
  do {
    status = produce_values(stream->ring, stream->accepted, 1 + (size_t)(stream->accepted % 5), FOREVER, &produced);
    stream->accepted += produced;
  } while (status == DISRUPTOR_OK);
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  return NULL;
}

uint64_t element_value(const disruptor_element_t *element) {
  uint64_t value = 0;
  CHECK_U64(element->len, sizeof value);
  memcpy(&value, element->data, sizeof value);
  return value;
}
