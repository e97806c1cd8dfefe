/* What the tests of the examples need of SQLite:
 *
 *   sqlite query DATABASE SQL   prints the rows, a line each, values separated by "|"
 *   sqlite lock DATABASE        locks it against writers, says "locked", and lets go at the end of its input
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int print_row(void *unused, int columns, char **values, char **names) {
  int i;
  (void)unused;
  (void)names;
  for (i = 0; i < columns; i++) {
    printf("%s%s", i > 0 ? "|" : "", values[i] != NULL ? values[i] : "NULL");
  }
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  int lock = argc == 3 && strcmp(argv[1], "lock") == 0;
  sqlite3 *database;
  if (!lock && (argc != 4 || strcmp(argv[1], "query") != 0)) {
    return 2;
  }
  if (sqlite3_open_v2(argv[2], &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
      sqlite3_busy_timeout(database, 10000) != SQLITE_OK ||
      sqlite3_exec(database, lock ? "BEGIN IMMEDIATE" : argv[3], print_row, NULL, NULL) != SQLITE_OK) {
    fprintf(stderr, "%s: %s\n", argv[2], sqlite3_errmsg(database));
    return 1;
  }
  if (lock) {
    printf("locked\n");
    fflush(stdout);
    while (getchar() != EOF) {
    }
  }
  return sqlite3_close(database) == SQLITE_OK ? 0 : 1;
}
