/* The command line. */
#ifndef FLIGHTS_OPTIONS_H
#define FLIGHTS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
  const char *input;
  const char *directory; /* for what the program writes */
  size_t ring;           /* lines in flight */
  unsigned repeat;       /* how often the file is fed */
  unsigned rows;         /* of the table of airports */
  unsigned busy_ms;      /* how long to wait for a locked database */
  bool skip_broken;
};

/* What the program does after it has read its command line; the value is the exit status when it ends there. */
enum { OPTIONS_HELP_WAS_ASKED = 0, OPTIONS_USAGE_ERROR = 2, OPTIONS_RUN = -1 };

/* Fills the options, or has said what is wrong with them. */
int options_read(struct options *options, int argc, char **argv);

#endif
