#include "reporting.h"

#include "sink.h"

#include <stdlib.h>
#include <string.h>

size_t count_of(const char *text, const char *what) {
  size_t count = 0;
  while ((text = strstr(text, what)) != NULL) {
    count++;
    text++;
  }
  return count;
}

disruptor_t *closed_ring(const char *name, const char *first_name, const char *second_name) {
  disruptor_config_t config = test_config(16);
  disruptor_consumer_config_t consumer;
  uint32_t ids[SINK_DEPENDENCIES];
  sink_t first, second;
  disruptor_t *ring;
  config.name = name;
  ring = test_ring_of(&config);
  sink_init(&first);
  sink_init(&second);
  consumer = sink_config(&first, ids);
  consumer.name = first_name;
  sink_register_with(&first, ring, &consumer);
  second.after[0] = &first;
  consumer = sink_config(&second, ids);
  consumer.name = second_name;
  sink_register_with(&second, ring, &consumer);
  produce_all(ring, 0, 12345);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_free(&first);
  sink_free(&second);
  return ring;
}

char *report_of(const disruptor_t *ring, uint32_t format) {
  size_t needed = 0, length = 0;
  char one[1] = {'x'}, *text;
  CHECK_REFUSED(disruptor_report(ring, format, one, 1, &needed), DISRUPTOR_INVALID_ARGUMENT, "size 1");
  CHECK(one[0] == '\0');
  text = malloc(needed + 1);
  CHECK(text != NULL);
  CHECK_OK(disruptor_report(ring, format, text, needed + 1, &length));
  CHECK_U64(length, needed);
  CHECK_U64(strlen(text), length);
  return text;
}

const char *report_now(const disruptor_t *ring, uint32_t format) {
  static char text[1 << 14];
  size_t length;
  CHECK_OK(disruptor_report(ring, format, text, sizeof text, &length));
  return text;
}
