/* Reports for the tests. */
#ifndef REPORTING_H
#define REPORTING_H

#include "test.h"

/* A name: quotes, backslashes, line ends, control characters, markup, and more than ASCII. */
#define WICKED "a\"b\\c\nd\te\x01{f}<g>%s\xe2\x82\xac"

/* A closed ring, whose report stays the same: two consumers, one behind the other. */
disruptor_t *closed_ring(const char *name, const char *first_name, const char *second_name);
/* The whole report, which the caller frees. */
char *report_of(const disruptor_t *ring, uint32_t format);
/* The same of a ring at work, until the next call: times go on, and with them a report may grow, so that it is not to be
 * asked for its length first. */
const char *report_now(const disruptor_t *ring, uint32_t format);
size_t count_of(const char *text, const char *what);

#endif
