/* The report in JSON, before a reader that accepts exactly what RFC 8259 allows. */
#include "reporting.h"

#include <stdlib.h>
#include <string.h>

static const char *json_value(const char *at);

static const char *json_space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *json_string(const char *at) {
  CHECK(*at == '"');
  for (at++; *at != '"'; at++) {
    CHECK((unsigned char)*at >= 0x20); /* the end of the text too */
    if (*at == '\\') {
      at++;
      CHECK(*at != '\0' && strchr("\"\\/bfnrtu", *at) != NULL);
      if (*at == 'u') {
        CHECK(strspn(at + 1, "0123456789abcdefABCDEF") >= 4);
        at += 4;
      }
    }
  }
  return at + 1;
}

static const char *json_number(const char *at) {
  size_t digits;
  at += *at == '-';
  digits = strspn(at, "0123456789");
  CHECK(digits > 0 && (digits == 1 || *at != '0'));
  at += digits;
  if (*at == '.') {
    digits = strspn(at + 1, "0123456789");
    CHECK(digits > 0);
    at += 1 + digits;
  }
  if (*at == 'e' || *at == 'E') {
    at++;
    at += *at == '+' || *at == '-';
    digits = strspn(at, "0123456789");
    CHECK(digits > 0);
    at += digits;
  }
  return at;
}

static const char *json_members(const char *at, char end) {
  at = json_space(at + 1);
  if (*at == end) {
    return at + 1;
  }
  for (;;) {
    if (end == '}') {
      at = json_space(json_string(at));
      CHECK(*at == ':');
      at++;
    }
    at = json_space(json_value(json_space(at)));
    if (*at == end) {
      return at + 1;
    }
    CHECK(*at == ',');
    at = json_space(at + 1);
  }
}

static const char *json_value(const char *at) {
  static const char *const words[] = {"true", "false", "null"};
  size_t i;
  switch (*at) {
    case '{':
      return json_members(at, '}');
    case '[':
      return json_members(at, ']');
    case '"':
      return json_string(at);
    default:
      for (i = 0; i < ARRAY_LEN(words); i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
          return at + strlen(words[i]);
        }
      }
      return json_number(at);
  }
}

static void expect_json(const char *text) {
  CHECK(*json_space(json_value(json_space(text))) == '\0');
}

static void json_is_json(void) {
  disruptor_t *ring = closed_ring("ring", "first", "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_JSON);
  expect_json(text);
  CHECK_HAS(text, "\"capacity\"");
  CHECK_HAS(text, "\"produced\"");
  CHECK_HAS(text, "\"consumed\"");
  CHECK_HAS(text, "\"first\"");
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

static void json_escapes_names(void) {
  disruptor_t *ring = closed_ring(WICKED, WICKED, "second");
  char *text = report_of(ring, DISRUPTOR_FORMAT_JSON);
  expect_json(text);
  CHECK_HAS(text, "a\\\"b\\\\c\\nd\\te\\u0001{f}<g>%s");
  free(text);
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(json_is_json),
    CASE(json_escapes_names),
};

TEST_MAIN(cases)
