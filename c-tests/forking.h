/* A child after fork(), for the tests: it calls everything that takes a handle of its parent's, and is told FORKED. */
#ifndef FORKING_H
#define FORKING_H

#include "test.h"

/* What the parent has. */
typedef struct {
  disruptor_t *ring;
  disruptor_poller_t *poller; /* NULL = none */
  disruptor_claim_t claim;    /* all 0 = none */
} parents_t;

/* In the child: calls everything, twice, because nothing is freed; what the calls would write stays as it was. */
void forking_call_everything(void *parents);

/* In the parent: two children that do so, of which one ends by exit and one by _exit. */
void forking_children(parents_t *parents);

#endif
