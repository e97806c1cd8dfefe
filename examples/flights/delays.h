/* delays.db: the delays of each airline and of each destination, kept up to date with every batch. */
#ifndef FLIGHTS_DELAYS_H
#define FLIGHTS_DELAYS_H

#include "database.h"

struct delays {
  struct database database; /* first: a pointer to one is a pointer to the other */
  sqlite3_stmt *airline;
  sqlite3_stmt *airport;
};

/* `input` is the file of flights: the names of airlines and airports are looked for beside it. */
bool delays_open(struct delays *delays, const char *path, const char *input, unsigned busy_ms,
                 struct failure *failure);

void delays_close(struct delays *delays);

#endif
