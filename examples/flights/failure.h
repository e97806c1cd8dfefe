/* A message for a person: what did not work, on which file, and why. */
#ifndef FLIGHTS_FAILURE_H
#define FLIGHTS_FAILURE_H

#include <stdbool.h>

struct failure {
  char text[512]; /* empty: nothing failed */
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
/* Writes the message, and returns false, so that a function can end with `return fail(...)`. */
bool fail(struct failure *failure, const char *format, ...);

bool has_failed(const struct failure *failure);

#endif
