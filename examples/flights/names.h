/* What the codes of airlines and airports mean, as a table for the results to look them up. */
#ifndef FLIGHTS_NAMES_H
#define FLIGHTS_NAMES_H

#include "database.h"

/* Makes the table and fills it from the first two columns of a CSV file in the directory of `input`. Names are a
 * courtesy: without the file the table is empty, and a line that holds none is passed over. */
bool names_load(struct database *database, const char *table, const char *input, const char *file,
                struct failure *failure);

#endif
