/* flights.db: all flights, each value in a column of its type. */
#ifndef FLIGHTS_STORE_H
#define FLIGHTS_STORE_H

#include "database.h"

struct store {
  struct database database; /* first: a pointer to one is a pointer to the other */
  sqlite3_stmt *insert;
};

bool store_open(struct store *store, const char *path, unsigned busy_ms, struct failure *failure);

void store_close(struct store *store);

#endif
