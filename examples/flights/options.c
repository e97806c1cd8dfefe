#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whoever compiles the program may set these to what suits the machine. */
#ifndef DEFAULT_INPUT
#define DEFAULT_INPUT "examples/data/flights-2013-01.csv"
#endif
#ifndef DEFAULT_OUTPUT
#define DEFAULT_OUTPUT "flights-output"
#endif

static const char HELP[] =
    "Usage: flights [OPTIONS] [FILE]\n"
    "\n"
    "Reads a CSV file of flights and hands every line to three consumers at once:\n"
    "\n"
    "  flights.db   all flights, in an SQLite table\n"
    "  delays.db    delay statistics of each airline and each destination\n"
    "  journal.csv  every line as it came: the file again, byte for byte\n"
    "\n"
    "What an earlier run left under these names is replaced. FILE may be a pipe. The names of airlines\n"
    "and airports come from airlines.csv and airports.csv beside it, if they are there.\n"
    "\n"
    "Options:\n"
    "  --out DIR          where the three are written, made if need be\n"
    "                     (default: " DEFAULT_OUTPUT ")\n"
    "  --ring N           lines in flight between the reader and the slowest consumer (default: 4096)\n"
    "  --repeat N         feed the file N times (default: 1)\n"
    "  --rows N           rows of the table of airports at the end (default: 10)\n"
    "  --skip-broken      go on after a line that is no flight; the journal keeps it, the databases\n"
    "                     leave it out (default: stop there). A line over 16 KiB always stops\n"
    "  --busy-timeout MS  how long to wait for a database that another program has locked, each of\n"
    "                     three times (default: 5000)\n"
    "  --help             this text\n"
    "\n"
    "FILE defaults to " DEFAULT_INPUT ".\n"
    "\n"
    "Exit status: 0 all is stored and checked, 1 something failed, 2 wrong usage, 130 interrupted.\n"
    "Whatever was accepted before a failure or Ctrl-C is stored first.\n";

static int usage_error(const char *what, const char *which) {
  fprintf(stderr, "flights: %s %s\nTry 'flights --help'.\n", what, which);
  return OPTIONS_USAGE_ERROR;
}

/* Reads a whole number from 1 to `max`. */
static bool read_number(const char *text, unsigned long max, unsigned long *number) {
  char *end;
  errno = 0;
  *number = strtoul(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *number >= 1 &&
         *number <= max;
}

/* The value of option `name` when `*argument` is that option: what follows "=", or the next argument. NULL when it is
 * another option; an empty string when the value is missing. */
static const char *value_of(const char *name, char ***argument) {
  const char *text = **argument;
  size_t length = strlen(name);
  if (strncmp(text, name, length) != 0) {
    return NULL;
  }
  if (text[length] == '=') {
    return text + length + 1;
  }
  if (text[length] != '\0') {
    return NULL;
  }
  if ((*argument)[1] == NULL) {
    return "";
  }
  ++*argument;
  return **argument;
}

int options_read(struct options *options, int argc, char **argv) {
  unsigned long ring = 4096, repeat = 1, rows = 10, busy_ms = 5000;
  const struct {
    const char *name;
    unsigned long *number;
    unsigned long max;
  } numbers[] = {
      {"--ring", &ring, 1ul << 24},
      {"--repeat", &repeat, UINT_MAX},
      {"--rows", &rows, INT_MAX},
      {"--busy-timeout", &busy_ms, INT_MAX},
  };
  bool only_files = false;
  char **argument;
  (void)argc;
  memset(options, 0, sizeof *options);
  for (argument = argv + 1; *argument != NULL; argument++) {
    const char *given = *argument;
    const char *value = NULL;
    size_t i;
    if (only_files || given[0] != '-' || given[1] == '\0') {
      if (options->input != NULL) {
        return usage_error("more than one file:", given);
      }
      options->input = given;
      continue;
    }
    if (strcmp(given, "--") == 0) {
      only_files = true;
      continue;
    }
    if (strcmp(given, "--help") == 0 || strcmp(given, "-h") == 0) {
      fputs(HELP, stdout);
      return OPTIONS_HELP_WAS_ASKED;
    }
    if (strcmp(given, "--skip-broken") == 0) {
      options->skip_broken = true;
      continue;
    }
    if ((value = value_of("--out", &argument)) != NULL) {
      if (*value == '\0') {
        return usage_error("a directory must follow", "--out");
      }
      options->directory = value;
      continue;
    }
    for (i = 0; i < sizeof numbers / sizeof numbers[0] && value == NULL; i++) {
      value = value_of(numbers[i].name, &argument);
      if (value != NULL && !read_number(value, numbers[i].max, numbers[i].number)) {
        fprintf(stderr, "flights: %s needs a whole number from 1 to %lu, not '%s'\n",
                numbers[i].name, numbers[i].max, value);
        return OPTIONS_USAGE_ERROR;
      }
    }
    if (value == NULL) {
      return usage_error("no such option:", given);
    }
  }
  if (options->input == NULL) {
    options->input = DEFAULT_INPUT;
  }
  if (options->directory == NULL) {
    options->directory = DEFAULT_OUTPUT;
  }
  options->ring = ring;
  options->repeat = (unsigned)repeat;
  options->rows = (unsigned)rows;
  options->busy_ms = (unsigned)busy_ms;
  return OPTIONS_RUN;
}
