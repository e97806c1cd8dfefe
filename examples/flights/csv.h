/* One line of CSV, split into its fields: commas between them, quotes around what holds a comma or a quote (which is
 * then doubled). A field does not go on in the next line. */
#ifndef FLIGHTS_CSV_H
#define FLIGHTS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "lines.h"

enum { CSV_MAX_FIELDS = 32 };

struct csv_field {
  const char *text; /* not terminated */
  size_t length;
};

/* Fields point into the line, or into `unquoted`: both must stay as they are while fields are in use. */
struct csv_row {
  struct csv_field fields[CSV_MAX_FIELDS];
  size_t count;
  char unquoted[MAX_LINE];
};

/* Splits a line, with or without its end; the failure says why it cannot be split. */
bool csv_split(struct csv_row *row, const char *line, size_t length, struct failure *failure);

bool csv_equals(const struct csv_field *field, const char *text);

#endif
