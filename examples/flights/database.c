#include "database.h"

#include <string.h>

/* Describes what SQLite just refused. */
static bool failed(struct database *database, struct failure *failure) {
  int code = sqlite3_errcode(database->handle);
  int system_error = sqlite3_system_errno(database->handle);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    return fail(failure, "%s: another program has locked it, for longer than %.1f s",
                database->path, database->busy_ms / 1000.0);
  }
  if (code == SQLITE_IOERR && system_error != 0) {
    return fail(failure, "%s: %s (%s)", database->path, sqlite3_errmsg(database->handle),
                strerror(system_error));
  }
  return fail(failure, "%s: %s", database->path, sqlite3_errmsg(database->handle));
}

bool database_open(struct database *database, const char *path, unsigned busy_ms,
                   struct failure *failure) {
  database->path = path;
  database->busy_ms = busy_ms;
  if (sqlite3_open(path, &database->handle) != SQLITE_OK) {
    return failed(database, failure);
  }
  sqlite3_busy_timeout(database->handle, (int)busy_ms);
  /* With a write-ahead log, others may read while this program writes, and a transaction costs no wait for the disk:
   * a power failure may take the last ones back, and never leaves half of one. */
  return database_execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
                          failure);
}

bool database_execute(struct database *database, const char *sql, struct failure *failure) {
  return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
         failed(database, failure);
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql,
                               struct failure *failure) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK) {
    failed(database, failure);
  }
  return statement;
}

int database_run(sqlite3_stmt *statement) {
  sqlite3_step(statement);
  return sqlite3_reset(statement); /* what step said, in more detail */
}

void database_bind_text(sqlite3_stmt *statement, int index, const struct csv_field *text) {
  /* Static: it stays where it is until the statement has run. */
  sqlite3_bind_text(statement, index, text->text, (int)text->length, SQLITE_STATIC);
}

static int write_flights(struct database *database, const disruptor_batch_t *batch,
                         uint64_t *flights) {
  struct flight flight;
  struct failure why_broken;
  size_t i;
  for (i = 0; i < batch->count; i++) {
    const disruptor_element_t *line = &batch->elements[i];
    if (flight_read(&flight, &database->row, line->data, line->len, &why_broken) == LINE_FLIGHT) {
      int code = database->write(database, &flight);
      if (code != SQLITE_OK) {
        return code;
      }
      ++*flights;
    }
  }
  return SQLITE_OK;
}

static int32_t on_batch(void *user_data, const disruptor_batch_t *batch) {
  struct database *database = user_data;
  struct failure failure;
  uint64_t flights = 0;
  /* IMMEDIATE: if there is a lock to wait for, then here, before any work is done. */
  bool stored = database_execute(database, "BEGIN IMMEDIATE", &failure) &&
                (write_flights(database, batch, &flights) == SQLITE_OK || failed(database, &failure)) &&
                database_execute(database, "COMMIT", &failure);
  if (!stored) {
    int code = sqlite3_errcode(database->handle);
    database->sink.failure = failure;
    if (!sqlite3_get_autocommit(database->handle)) { /* some errors have rolled back already */
      sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    return code == SQLITE_BUSY || code == SQLITE_LOCKED ? SINK_BUSY : SINK_FAILED;
  }
  database->sink.stored += flights;
  database->sink.tries = 0;
  database->sink.failure.text[0] = '\0';
  return SINK_STORED;
}

bool database_register(struct database *database, disruptor_t *ring, size_t min_batch,
                       struct failure *failure) {
  struct sink_callbacks callbacks = {on_batch, NULL, database, min_batch};
  return sink_register(&database->sink, ring, &callbacks, failure);
}

bool database_number(struct database *database, const char *sql, uint64_t *number,
                     struct failure *failure) {
  sqlite3_stmt *query = database_prepare(database, sql, failure);
  bool found = query != NULL && sqlite3_step(query) == SQLITE_ROW;
  if (found) {
    *number = (uint64_t)sqlite3_column_int64(query, 0);
  } else if (query != NULL) {
    failed(database, failure);
  }
  sqlite3_finalize(query);
  return found;
}

void database_close(struct database *database) { sqlite3_close(database->handle); }
