/* A flight: one line of the file, with each of its values of the right type.
 *
 * What a line is depends on its bytes alone. So the reader and the consumers, each on its own thread, come to the same
 * verdict without telling each other. */
#ifndef FLIGHTS_FLIGHT_H
#define FLIGHTS_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "failure.h"

enum {
  FLIGHT_YEAR,
  FLIGHT_MONTH,
  FLIGHT_DAY,
  FLIGHT_DEP_TIME, /* as on a clock: 517 is 5:17; missing when the flight was cancelled */
  FLIGHT_SCHED_DEP_TIME,
  FLIGHT_DEP_DELAY, /* minutes, negative when early */
  FLIGHT_ARR_TIME,
  FLIGHT_SCHED_ARR_TIME,
  FLIGHT_ARR_DELAY, /* missing also when the flight was diverted */
  FLIGHT_CARRIER,
  FLIGHT_NUMBER,
  FLIGHT_TAILNUM,
  FLIGHT_ORIGIN,
  FLIGHT_DEST,
  FLIGHT_AIR_TIME,
  FLIGHT_DISTANCE,
  FLIGHT_HOUR,
  FLIGHT_MINUTE,
  FLIGHT_TIME_HOUR,
  FLIGHT_COLUMNS
};

struct flight_column {
  const char *name; /* in the header, and in the database */
  bool is_number;
  bool may_be_missing; /* the file says NA */
};

extern const struct flight_column FLIGHT_COLUMN[FLIGHT_COLUMNS];

struct flight_value {
  bool is_missing;
  int64_t number;
  struct csv_field text;
};

struct flight {
  struct flight_value values[FLIGHT_COLUMNS];
};

enum line_kind { LINE_FLIGHT, LINE_HEADER, LINE_BROKEN };

/* Says what a line is, fills the flight if it is one, and the failure if the line is broken. The flight's texts point
 * into the line and the row. */
enum line_kind flight_read(struct flight *flight, struct csv_row *row, const void *line,
                           size_t length, struct failure *failure);

#endif
