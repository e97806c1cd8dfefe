/* One producer, one consumer: prints the lines that it is handed, on a thread of its own. */
#include <disruptor.h>
#include <stdio.h>
#include <string.h>

static int32_t print(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    printf("%.*s\n", (int)batch->elements[i].len, (const char *)batch->elements[i].data);
  }
  return 0; /* fine */
}

int main(void) {
  const char *lines[] = {"Hello,", "from the other side", "of the ring."};
  disruptor_t *ring = NULL;
  uint32_t consumer;
  disruptor_consumer_config_t printer;
  disruptor_consumer_config_init(&printer);
  printer.name = "printer";
  printer.on_batch = print;
  disruptor_status_t status = disruptor_create(NULL, &ring); /* the defaults: 1024 slots of 64 bytes */
  if (status == DISRUPTOR_OK) {
    status = disruptor_register(ring, &printer, &consumer);
  }
  for (size_t i = 0; i < 3 && status == DISRUPTOR_OK; i++) {
    status = disruptor_produce_one(ring, lines[i], strlen(lines[i]));
  }
  if (status == DISRUPTOR_OK) {
    status = disruptor_close(ring, DISRUPTOR_WAIT_FOREVER); /* returns when all is printed */
  }
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "%s: %s\n", disruptor_status_name(status), disruptor_last_error());
  }
  disruptor_destroy(ring);
  return status == DISRUPTOR_OK ? 0 : 1;
}
