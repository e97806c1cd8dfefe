#include "store.h"

#include <stdio.h>
#include <string.h>

static int write_flight(struct database *database, const struct flight *flight) {
  struct store *store = (struct store *)database;
  int i;
  for (i = 0; i < FLIGHT_COLUMNS; i++) {
    const struct flight_value *value = &flight->values[i];
    if (value->is_missing) {
      sqlite3_bind_null(store->insert, i + 1);
    } else if (FLIGHT_COLUMN[i].is_number) {
      sqlite3_bind_int64(store->insert, i + 1, value->number);
    } else {
      database_bind_text(store->insert, i + 1, &value->text);
    }
  }
  return database_run(store->insert);
}

/* Writes the statements that make the table and fill it, from the description of the columns. */
static void write_sql(char *create, char *insert, size_t size) {
  size_t i, c = 0, n = 0;
  c += (size_t)snprintf(create, size, "CREATE TABLE flights (");
  n += (size_t)snprintf(insert, size, "INSERT INTO flights VALUES (");
  for (i = 0; i < FLIGHT_COLUMNS; i++) {
    const struct flight_column *column = &FLIGHT_COLUMN[i];
    const char *end = i + 1 < FLIGHT_COLUMNS ? ", " : ")";
    c += (size_t)snprintf(create + c, size - c, "%s %s%s%s", column->name,
                          column->is_number ? "INTEGER" : "TEXT",
                          column->may_be_missing ? "" : " NOT NULL", end);
    n += (size_t)snprintf(insert + n, size - n, "?%s", end);
  }
}

bool store_open(struct store *store, const char *path, unsigned busy_ms, struct failure *failure) {
  struct database *database = &store->database;
  char create[1024], insert[1024];
  memset(store, 0, sizeof *store);
  database->sink.name = "flights.db";
  database->write = write_flight;
  write_sql(create, insert, sizeof create);
  if (!database_open(database, path, busy_ms, failure) ||
      !database_execute(database, "BEGIN IMMEDIATE; DROP TABLE IF EXISTS flights", failure) ||
      !database_execute(database, create, failure) ||
      !database_execute(database, "COMMIT", failure)) {
    return false;
  }
  store->insert = database_prepare(database, insert, failure);
  return store->insert != NULL;
}

void store_close(struct store *store) {
  sqlite3_finalize(store->insert);
  database_close(&store->database);
}
