#include "names.h"

#include <stdio.h>
#include <string.h>

enum { MAX_SQL = 256, MAX_PATH = 4096, LINES_AT_A_TIME = 64 };

static int add_name(sqlite3_stmt *insert, struct csv_row *row, const disruptor_slice_t *line) {
  struct failure why_broken;
  if (!csv_split(row, (const char *)line->data, line->len, &why_broken) || row->count < 2) {
    return SQLITE_OK;
  }
  database_bind_text(insert, 1, &row->fields[0]);
  database_bind_text(insert, 2, &row->fields[1]);
  return database_run(insert);
}

/* The header goes in as well: there is no airport of that code. */
static bool add_names(struct database *database, sqlite3_stmt *insert, struct lines *lines,
                      struct failure *failure) {
  disruptor_slice_t slices[LINES_AT_A_TIME];
  struct failure why_unreadable;
  size_t count, i;
  while (lines_read(lines, slices, LINES_AT_A_TIME, &count, &why_unreadable) == LINES_READ) {
    for (i = 0; i < count; i++) {
      if (add_name(insert, &database->row, &slices[i]) != SQLITE_OK) {
        return fail(failure, "%s: %s", database->path, sqlite3_errmsg(database->handle));
      }
    }
  }
  return true;
}

bool names_load(struct database *database, const char *table, const char *input, const char *file,
                struct failure *failure) {
  const char *slash = strrchr(input, '/');
  int directory = slash == NULL ? 0 : (int)(slash - input) + 1;
  char sql[MAX_SQL], path[MAX_PATH];
  struct failure why_missing;
  struct lines lines;
  sqlite3_stmt *insert;
  bool loaded;
  snprintf(sql, sizeof sql,
           "DROP TABLE IF EXISTS %s; CREATE TABLE %s (code TEXT PRIMARY KEY, name TEXT NOT NULL)"
           " WITHOUT ROWID",
           table, table);
  if (!database_execute(database, sql, failure)) {
    return false;
  }
  snprintf(path, sizeof path, "%.*s%s", directory, input, file);
  if (!lines_open(&lines, path, &why_missing)) {
    return true;
  }
  snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s VALUES (?, ?)", table);
  insert = database_prepare(database, sql, failure);
  loaded = insert != NULL && add_names(database, insert, &lines, failure);
  sqlite3_finalize(insert);
  lines_close(&lines);
  return loaded;
}
