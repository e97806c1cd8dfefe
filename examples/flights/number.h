/* Numbers as people read them. */
#ifndef FLIGHTS_NUMBER_H
#define FLIGHTS_NUMBER_H

#include <stdint.h>

enum { NUMBER_SIZE = 32 };

/* 336776 becomes "336,776". Returns the text. */
const char *number_format(char text[NUMBER_SIZE], uint64_t number);

#endif
