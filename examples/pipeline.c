/* Three stages in a chain, each on a thread of its own. A stage changes an element in place, in its slot of the ring,
 * and the next one finds what it wrote: no queue between them, no copy, no lock. Run it with `cargo xtask pipeline`.
 *
 *   "3 apples" ──► parse ──► price ──► total
 *                    │         │         └─ adds up what the other two wrote
 *                    │         └─ looks up what one of them costs
 *                    └─ splits the text into a number and a name
 */
#include <disruptor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDERS = 100000, CAPACITY = 64 };

/* An element. The producer fills in the text, the stages the rest. */
struct order {
  char text[32];
  char item[16];
  unsigned quantity;
  unsigned cents; /* for one */
};

struct totals {
  unsigned long long orders, items, cents;
};

static const struct {
  const char *item;
  unsigned cents;
} prices[] = {{"apples", 40}, {"bananas", 25}, {"cherries", 3}};
enum { PRICES = sizeof prices / sizeof prices[0] };

static struct order *order_of(const disruptor_batch_t *batch, size_t i) {
  return (struct order *)(void *)batch->elements[i].data; /* slots are aligned to 8 bytes, or as you choose */
}

static int32_t parse(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    struct order *order = order_of(batch, i);
    if (sscanf(order->text, "%u %15s", &order->quantity, order->item) != 2) {
      return 1; /* a number of our own: an error, which the disruptor counts */
    }
  }
  return 0;
}

static int32_t price(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    struct order *order = order_of(batch, i);
    for (size_t p = 0; p < PRICES; p++) {
      if (strcmp(order->item, prices[p].item) == 0) {
        order->cents = prices[p].cents;
      }
    }
  }
  return 0;
}

static int32_t total(void *user_data, const disruptor_batch_t *batch) {
  struct totals *totals = user_data; /* nobody else touches it before the disruptor is closed */
  for (size_t i = 0; i < batch->count; i++) {
    const struct order *order = order_of(batch, i);
    totals->orders++;
    totals->items += order->quantity;
    totals->cents += (unsigned long long)order->quantity * order->cents;
  }
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "pipeline: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

int main(void) {
  const disruptor_consume_fn stages[] = {parse, price, total};
  const char *names[] = {"parse", "price", "total"};
  struct totals totals = {0, 0, 0}, expected = {0, 0, 0};
  disruptor_t *ring = NULL;
  uint32_t ids[3];
  disruptor_config_t config;

  disruptor_config_init(&config);
  config.name = "pipeline";
  config.capacity = CAPACITY;
  config.element_size = sizeof(struct order);
  check(disruptor_create(&config, &ring));
  for (size_t s = 0; s < 3; s++) {
    disruptor_consumer_config_t stage;
    disruptor_consumer_config_init(&stage);
    stage.name = names[s];
    stage.on_batch = stages[s];
    stage.user_data = &totals;
    stage.depends_on = s > 0 ? &ids[s - 1] : NULL; /* each behind the one before */
    stage.depends_on_count = s > 0;
    check(disruptor_register(ring, &stage, &ids[s]));
  }
  for (unsigned n = 0; n < ORDERS; n++) {
    struct order order = {"", "", 0, 0};
    unsigned quantity = 1 + n % 9, p = n % PRICES;
    snprintf(order.text, sizeof order.text, "%u %s", quantity, prices[p].item);
    check(disruptor_produce_one(ring, &order, sizeof order));
    expected.orders++;
    expected.items += quantity;
    expected.cents += (unsigned long long)quantity * prices[p].cents;
  }
  check(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER)); /* returns when all stages have had all orders */
  printf("%llu orders, %llu items, %llu.%02llu in all\n", totals.orders, totals.items, totals.cents / 100,
         totals.cents % 100);
  check(disruptor_destroy(ring));
  if (memcmp(&totals, &expected, sizeof totals) != 0) {
    fprintf(stderr, "pipeline: that is wrong, it should be %llu cents\n", expected.cents);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
