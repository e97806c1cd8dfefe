#include "delays.h"

#include <stdio.h>
#include <string.h>

#include "names.h"

/* All that is known about the delays is in the database and nothing in this program's memory: when a batch is rolled
 * back and tried again, nothing is counted twice. `arrived` are the flights whose delay is known. */
#define DELAYS_TABLE(name)                                                                 \
  "DROP TABLE IF EXISTS " name ";"                                                         \
  "CREATE TABLE " name " ("                                                                \
  " code TEXT PRIMARY KEY, flights INTEGER NOT NULL, cancelled INTEGER NOT NULL,"          \
  " arrived INTEGER NOT NULL, delay_minutes INTEGER NOT NULL, worst_delay INTEGER,"        \
  " mean_delay REAL AS (1.0 * delay_minutes / arrived)"                                    \
  ") WITHOUT ROWID;"

#define DELAYS_UPSERT(name)                                                                \
  "INSERT INTO " name " VALUES (?1, 1, ?2, ?3, ?4, ?5) ON CONFLICT (code) DO UPDATE SET "  \
  "flights = flights + 1, cancelled = cancelled + excluded.cancelled, "                    \
  "arrived = arrived + excluded.arrived, "                                                 \
  "delay_minutes = delay_minutes + excluded.delay_minutes, "                               \
  "worst_delay = max(coalesce(worst_delay, excluded.worst_delay),"                         \
  " coalesce(excluded.worst_delay, worst_delay))"

static int count_for(sqlite3_stmt *upsert, const struct csv_field *code,
                     const struct flight *flight) {
  const struct flight_value *delay = &flight->values[FLIGHT_ARR_DELAY];
  database_bind_text(upsert, 1, code);
  sqlite3_bind_int(upsert, 2, flight->values[FLIGHT_DEP_TIME].is_missing);
  sqlite3_bind_int(upsert, 3, !delay->is_missing);
  if (delay->is_missing) {
    sqlite3_bind_int(upsert, 4, 0);
    sqlite3_bind_null(upsert, 5);
  } else {
    sqlite3_bind_int64(upsert, 4, delay->number);
    sqlite3_bind_int64(upsert, 5, delay->number);
  }
  return database_run(upsert);
}

static int write_flight(struct database *database, const struct flight *flight) {
  struct delays *delays = (struct delays *)database;
  int code = count_for(delays->airline, &flight->values[FLIGHT_CARRIER].text, flight);
  if (code != SQLITE_OK) {
    return code;
  }
  return count_for(delays->airport, &flight->values[FLIGHT_DEST].text, flight);
}

bool delays_open(struct delays *delays, const char *path, const char *input, unsigned busy_ms,
                 struct failure *failure) {
  struct database *database = &delays->database;
  memset(delays, 0, sizeof *delays);
  database->sink.name = "delays.db";
  database->write = write_flight;
  if (!database_open(database, path, busy_ms, failure) ||
      !database_execute(database, "BEGIN IMMEDIATE;" DELAYS_TABLE("airlines") DELAYS_TABLE("airports"),
                        failure) ||
      !names_load(database, "airline_names", input, "airlines.csv", failure) ||
      !names_load(database, "airport_names", input, "airports.csv", failure) ||
      !database_execute(database, "COMMIT", failure)) {
    return false;
  }
  delays->airline = database_prepare(database, DELAYS_UPSERT("airlines"), failure);
  delays->airport = database_prepare(database, DELAYS_UPSERT("airports"), failure);
  return delays->airline != NULL && delays->airport != NULL;
}

void delays_close(struct delays *delays) {
  sqlite3_finalize(delays->airline);
  sqlite3_finalize(delays->airport);
  database_close(&delays->database);
}
