#include "results.h"

#include <stdio.h>

#include "number.h"

enum { NAME_WIDTH = 32 };

#define WORST_FIRST(table)                                                                    \
  "SELECT code, coalesce(name, ''), flights, cancelled, mean_delay, worst_delay FROM " table \
  "s LEFT JOIN " table "_names USING (code) WHERE arrived > 0 "                               \
  "ORDER BY mean_delay DESC, code LIMIT ?"

enum { CODE, NAME, FLIGHTS, CANCELLED, MEAN, WORST };

static void print_row(sqlite3_stmt *query, unsigned place) {
  char flights[NUMBER_SIZE], cancelled[NUMBER_SIZE];
  printf("  %3u  %-5s %-*.*s %9s %10s %7.1f min %7lld min\n", place,
         (const char *)sqlite3_column_text(query, CODE), NAME_WIDTH, NAME_WIDTH,
         (const char *)sqlite3_column_text(query, NAME),
         number_format(flights, (uint64_t)sqlite3_column_int64(query, FLIGHTS)),
         number_format(cancelled, (uint64_t)sqlite3_column_int64(query, CANCELLED)),
         sqlite3_column_double(query, MEAN),
         (long long)sqlite3_column_int64(query, WORST));
}

static bool print_table(struct database *database, const char *title, const char *sql, int rows,
                        struct failure *failure) {
  sqlite3_stmt *query = database_prepare(database, sql, failure);
  unsigned place = 0;
  if (query == NULL) {
    return false;
  }
  sqlite3_bind_int(query, 1, rows);
  printf("\n  %-43s %9s %10s %11s %11s\n", title, "flights", "cancelled", "mean delay", "worst");
  while (sqlite3_step(query) == SQLITE_ROW) {
    print_row(query, ++place);
  }
  return sqlite3_finalize(query) == SQLITE_OK ||
         fail(failure, "%s: %s", database->path, sqlite3_errmsg(database->handle));
}

bool results_print(struct delays *delays, unsigned rows, struct failure *failure) {
  const int all = -1;
  return print_table(&delays->database, "Destinations, the latest first", WORST_FIRST("airport"),
                     (int)rows, failure) &&
         print_table(&delays->database, "Airlines, the latest first", WORST_FIRST("airline"), all,
                     failure);
}
