#include "flight.h"

const struct flight_column FLIGHT_COLUMN[FLIGHT_COLUMNS] = {
    {"year", true, false},          {"month", true, false},
    {"day", true, false},           {"dep_time", true, true},
    {"sched_dep_time", true, false}, {"dep_delay", true, true},
    {"arr_time", true, true},       {"sched_arr_time", true, false},
    {"arr_delay", true, true},      {"carrier", false, false},
    {"flight", true, false},        {"tailnum", false, true},
    {"origin", false, false},       {"dest", false, false},
    {"air_time", true, true},       {"distance", true, false},
    {"hour", true, false},          {"minute", true, false},
    {"time_hour", false, false},
};

enum { SHOWN = 32, MAX_DIGITS = 18 /* of what fits an int64_t for certain */ };

/* A field as a message may show it: not too long, and nothing that a terminal could take for a command. */
static const char *shown(const struct csv_field *field, char text[SHOWN + 4]) {
  size_t i;
  for (i = 0; i < field->length && i < SHOWN; i++) {
    char c = field->text[i];
    text[i] = c >= ' ' && c <= '~' ? c : '?';
  }
  for (; i < field->length && i < SHOWN + 3; i++) {
    text[i] = '.';
  }
  text[i] = '\0';
  return text;
}

static bool read_number(const struct csv_field *field, int64_t *number) {
  bool negative = field->length > 0 && field->text[0] == '-';
  size_t i = negative ? 1 : 0;
  if (field->length == i || field->length - i > MAX_DIGITS) {
    return false;
  }
  for (*number = 0; i < field->length; i++) {
    if (field->text[i] < '0' || field->text[i] > '9') {
      return false;
    }
    *number = *number * 10 + (field->text[i] - '0');
  }
  if (negative) {
    *number = -*number;
  }
  return true;
}

static bool read_value(struct flight_value *value, const struct flight_column *column,
                       const struct csv_field *field, struct failure *failure) {
  char text[SHOWN + 4];
  value->text = *field;
  value->is_missing = csv_equals(field, "NA");
  if (value->is_missing) {
    return column->may_be_missing || fail(failure, "%s is missing (NA)", column->name);
  }
  if (field->length == 0) {
    return fail(failure, "%s is empty", column->name);
  }
  if (column->is_number && !read_number(field, &value->number)) {
    return fail(failure, "%s is '%s', which is no whole number of up to %d digits", column->name,
                shown(field, text), MAX_DIGITS);
  }
  return true;
}

static enum line_kind read_header(const struct csv_row *row, struct failure *failure) {
  char text[SHOWN + 4];
  size_t i;
  for (i = 0; i < FLIGHT_COLUMNS; i++) {
    if (!csv_equals(&row->fields[i], FLIGHT_COLUMN[i].name)) {
      fail(failure, "column %d of the header is '%s' and not '%s'", (int)i + 1,
           shown(&row->fields[i], text), FLIGHT_COLUMN[i].name);
      return LINE_BROKEN;
    }
  }
  return LINE_HEADER;
}

enum line_kind flight_read(struct flight *flight, struct csv_row *row, const void *line,
                           size_t length, struct failure *failure) {
  size_t i;
  if (!csv_split(row, line, length, failure)) {
    return LINE_BROKEN;
  }
  if (row->count != FLIGHT_COLUMNS) {
    fail(failure, "%d field%s where %d are expected", (int)row->count, row->count == 1 ? "" : "s",
         (int)FLIGHT_COLUMNS);
    return LINE_BROKEN;
  }
  if (csv_equals(&row->fields[0], FLIGHT_COLUMN[0].name)) {
    return read_header(row, failure);
  }
  for (i = 0; i < FLIGHT_COLUMNS; i++) {
    if (!read_value(&flight->values[i], &FLIGHT_COLUMN[i], &row->fields[i], failure)) {
      return LINE_BROKEN;
    }
  }
  return LINE_FLIGHT;
}
