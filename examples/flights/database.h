/* A consumer that writes into an SQLite database, one transaction a batch: a batch is in the database completely or not
 * at all, so a batch that failed may be tried again. What is done with a flight is up to the two that build on this. */
#ifndef FLIGHTS_DATABASE_H
#define FLIGHTS_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "flight.h"
#include "sink.h"

struct database;

/* Writes one flight; returns an SQLite result. */
typedef int (*database_write)(struct database *database, const struct flight *flight);

struct database {
  struct sink sink;
  const char *path;
  sqlite3 *handle;
  database_write write;
  unsigned busy_ms;
  struct csv_row row;
};

/* Opens the database, or makes it; what it holds stays for now. */
bool database_open(struct database *database, const char *path, unsigned busy_ms,
                   struct failure *failure);

/* Statements without a result; the failure is the database's own words. */
bool database_execute(struct database *database, const char *sql, struct failure *failure);

/* NULL when it failed. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql,
                               struct failure *failure);

/* Runs a prepared statement that has no result, and makes it ready for the next time. */
int database_run(sqlite3_stmt *statement);

void database_bind_text(sqlite3_stmt *statement, int index, const struct csv_field *text);

bool database_register(struct database *database, disruptor_t *ring, size_t min_batch,
                       struct failure *failure);

/* The one number that a query gives. */
bool database_number(struct database *database, const char *sql, uint64_t *number,
                     struct failure *failure);

void database_close(struct database *database);

#endif
