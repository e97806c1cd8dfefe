#define _POSIX_C_SOURCE 200809L

#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SIZE = 16 * MAX_LINE, WAIT_MS = 100 };

bool lines_open(struct lines *lines, const char *path, struct failure *failure) {
  memset(lines, 0, sizeof *lines);
  lines->path = path;
  lines->fd = open(path, O_RDONLY);
  if (lines->fd < 0) {
    return fail(failure, "cannot open %s: %s", path, strerror(errno));
  }
  lines->buffer = malloc(BUFFER_SIZE);
  if (lines->buffer == NULL) {
    close(lines->fd);
    return fail(failure, "not enough memory to read %s", path);
  }
  return true;
}

void lines_close(struct lines *lines) {
  free(lines->buffer);
  close(lines->fd);
}

bool lines_can_repeat(const struct lines *lines, struct failure *failure) {
  off_t size = lseek(lines->fd, 0, SEEK_END);
  char last = '\n';
  if (size < 0 || (size > 0 && pread(lines->fd, &last, 1, size - 1) != 1) ||
      lseek(lines->fd, 0, SEEK_SET) != 0) {
    return fail(failure, "cannot read %s more than once: %s", lines->path, strerror(errno));
  }
  return last == '\n' ||
         fail(failure, "cannot repeat %s: its last line has no end", lines->path);
}

bool lines_rewind(struct lines *lines, struct failure *failure) {
  if (lseek(lines->fd, 0, SEEK_SET) != 0) {
    return fail(failure, "cannot read %s again: %s", lines->path, strerror(errno));
  }
  lines->start = lines->end = 0;
  lines->at_end = false;
  lines->number = 0;
  return true;
}

static bool too_long(const struct lines *lines, struct failure *failure) {
  return fail(failure, "%s:%llu: the line is longer than %d bytes", lines->path,
              (unsigned long long)lines->number + 1, MAX_LINE);
}

/* The length of the next line; 0 while its end is not in the buffer. The last one of a file may lack an end. */
static size_t next_line(const struct lines *lines) {
  const char *start = lines->buffer + lines->start;
  size_t unread = lines->end - lines->start;
  const char *newline = unread == 0 ? NULL : memchr(start, '\n', unread);
  if (newline != NULL) {
    return (size_t)(newline - start) + 1;
  }
  return lines->at_end ? unread : 0;
}

/* Waits for more of the file, not for long: the caller has other things to look after. */
static enum lines_status fill(struct lines *lines, struct failure *failure) {
  struct pollfd readable = {lines->fd, POLLIN, 0};
  ssize_t got;
  memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
  lines->end -= lines->start;
  lines->start = 0;
  if (poll(&readable, 1, WAIT_MS) <= 0) {
    return LINES_LATER;
  }
  got = read(lines->fd, lines->buffer + lines->end, BUFFER_SIZE - lines->end);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
    return LINES_LATER;
  }
  if (got < 0) {
    fail(failure, "cannot read %s: %s", lines->path, strerror(errno));
    return LINES_FAILED;
  }
  lines->end += (size_t)got;
  lines->at_end = got == 0;
  return LINES_READ;
}

enum lines_status lines_read(struct lines *lines, disruptor_slice_t *slices, size_t max,
                             size_t *count, struct failure *failure) {
  *count = 0;
  for (;;) {
    size_t length = 0;
    while (*count < max && (length = next_line(lines)) > 0 && length <= MAX_LINE) {
      slices[*count].data = (const uint8_t *)lines->buffer + lines->start;
      slices[*count].len = length;
      lines->start += length;
      lines->number++;
      ++*count;
    }
    if (*count > 0) {
      return LINES_READ;
    }
    if (length > MAX_LINE || lines->end - lines->start > MAX_LINE) {
      too_long(lines, failure);
      return LINES_FAILED;
    }
    if (lines->at_end) {
      return LINES_END;
    }
    {
      enum lines_status status = fill(lines, failure);
      if (status != LINES_READ) {
        return status;
      }
    }
  }
}
