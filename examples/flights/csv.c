#include "csv.h"

#include <string.h>

/* What is left to be split, and where quoted text goes. */
struct splitter {
  const char *next;
  const char *end;
  char *unquoted;
};

static struct csv_field plain_field(struct splitter *splitter) {
  const char *start = splitter->next;
  size_t rest = (size_t)(splitter->end - start);
  const char *comma = rest == 0 ? NULL : memchr(start, ',', rest);
  struct csv_field field;
  splitter->next = comma != NULL ? comma : splitter->end;
  field.text = start;
  field.length = (size_t)(splitter->next - start);
  return field;
}

/* Copies a field without its quotes. */
static bool quoted_field(struct splitter *splitter, struct csv_field *field,
                         struct failure *failure) {
  field->text = splitter->unquoted;
  for (splitter->next++; splitter->next < splitter->end; splitter->next++) {
    if (*splitter->next == '"') {
      splitter->next++;
      if (splitter->next == splitter->end || *splitter->next != '"') {
        field->length = (size_t)(splitter->unquoted - field->text);
        return splitter->next == splitter->end || *splitter->next == ',' ||
               fail(failure, "text follows a closing quote");
      }
    }
    *splitter->unquoted++ = *splitter->next;
  }
  return fail(failure, "a quote is not closed");
}

static size_t without_end(const char *line, size_t length) {
  length -= length > 0 && line[length - 1] == '\n';
  length -= length > 0 && line[length - 1] == '\r';
  return length;
}

bool csv_split(struct csv_row *row, const char *line, size_t length, struct failure *failure) {
  struct splitter splitter;
  splitter.next = line;
  splitter.end = line + without_end(line, length);
  splitter.unquoted = row->unquoted;
  for (row->count = 0; row->count < CSV_MAX_FIELDS;) {
    struct csv_field *field = &row->fields[row->count++];
    if (splitter.next < splitter.end && *splitter.next == '"') {
      if (!quoted_field(&splitter, field, failure)) {
        return false;
      }
    } else {
      *field = plain_field(&splitter);
    }
    if (splitter.next == splitter.end) {
      return true;
    }
    splitter.next++; /* the comma */
  }
  return fail(failure, "more than %d fields", CSV_MAX_FIELDS);
}

bool csv_equals(const struct csv_field *field, const char *text) {
  return field->length == strlen(text) && memcmp(field->text, text, field->length) == 0;
}
