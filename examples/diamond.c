/* Two consumers side by side, and one behind both: a payment is applied when it is in the journal and in the replica,
 * and not before. Run it with `cargo xtask diamond`.
 *
 *                ┌──► journal ──┐
 *   payments ────┤              ├──► apply
 *                └──► replica ──┘
 *
 * Journal and replica work on different payments at the same time, and only read them. What they have to say they
 * write beside the ring, into arrays with as many places as the ring has slots: a place is not used again before all
 * three are done with its payment, just as a slot. So `apply` needs no lock to look at what the two have written.
 */
#include <disruptor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAYMENTS = 200000, CAPACITY = 256 };

struct payment {
  uint64_t number;
  int64_t amount;
};

/* Stands for a file, or a machine elsewhere. */
struct copy {
  struct payment payments[CAPACITY];
};

struct account {
  const struct copy *journal, *replica;
  uint64_t payments, too_early;
  int64_t balance;
};

static const struct payment *payment_of(const disruptor_batch_t *batch, size_t i) {
  return (const struct payment *)(const void *)batch->elements[i].data;
}

/* `on_batch` of journal and replica. */
static int32_t keep(void *user_data, const disruptor_batch_t *batch) {
  struct copy *copy = user_data;
  for (size_t i = 0; i < batch->count; i++) {
    copy->payments[(batch->first_sequence + i) % CAPACITY] = *payment_of(batch, i);
  }
  return 0;
}

static int keeps(const struct copy *copy, uint64_t sequence, const struct payment *payment) {
  const struct payment *kept = &copy->payments[sequence % CAPACITY];
  return kept->number == payment->number && kept->amount == payment->amount;
}

static int32_t apply(void *user_data, const disruptor_batch_t *batch) {
  struct account *account = user_data;
  for (size_t i = 0; i < batch->count; i++) {
    const struct payment *payment = payment_of(batch, i);
    uint64_t sequence = batch->first_sequence + i;
    if (!keeps(account->journal, sequence, payment) || !keeps(account->replica, sequence, payment)) {
      account->too_early++;
    }
    account->payments++;
    account->balance += payment->amount;
  }
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "diamond: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

static uint32_t add(disruptor_t *ring, const char *name, disruptor_consume_fn on_batch, void *user_data,
                    const uint32_t *depends_on, size_t depends_on_count) {
  uint32_t id;
  disruptor_consumer_config_t consumer;
  disruptor_consumer_config_init(&consumer);
  consumer.name = name;
  consumer.on_batch = on_batch;
  consumer.user_data = user_data;
  consumer.depends_on = depends_on;
  consumer.depends_on_count = depends_on_count;
  check(disruptor_register(ring, &consumer, &id));
  return id;
}

int main(void) {
  static struct copy journal, replica;
  struct account account = {&journal, &replica, 0, 0, 0};
  int64_t balance = 0;
  uint32_t both[2];
  disruptor_t *ring = NULL;
  disruptor_config_t config;
  disruptor_config_init(&config);
  config.name = "diamond";
  config.capacity = CAPACITY;
  config.element_size = sizeof(struct payment);
  check(disruptor_create(&config, &ring));
  both[0] = add(ring, "journal", keep, &journal, NULL, 0);
  both[1] = add(ring, "replica", keep, &replica, NULL, 0);
  add(ring, "apply", apply, &account, both, 2);
  for (uint64_t n = 0; n < PAYMENTS; n++) {
    struct payment payment;
    payment.number = 1 + n;
    payment.amount = (int64_t)(n % 1000) - 400;
    check(disruptor_produce_one(ring, &payment, sizeof payment));
    balance += payment.amount;
  }
  check(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER));
  check(disruptor_destroy(ring));
  printf("%" PRIu64 " payments, balance %" PRId64 ", %" PRIu64 " applied too early\n", account.payments,
         account.balance, account.too_early);
  if (account.payments != PAYMENTS || account.balance != balance || account.too_early > 0) {
    fprintf(stderr, "diamond: that is wrong: it should be %d payments, balance %" PRId64 "\n", PAYMENTS, balance);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
