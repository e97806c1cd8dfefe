#include "number.h"

#include <stdio.h>
#include <string.h>

const char *number_format(char text[NUMBER_SIZE], uint64_t number) {
  char digits[NUMBER_SIZE];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
  size_t i, at = 0;
  for (i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0) {
      text[at++] = ',';
    }
    text[at++] = digits[i];
  }
  text[at] = '\0';
  return text;
}
