/* Strings and a growing buffer without a C library. */
#ifndef PATCHWORK_TEXT_H
#define PATCHWORK_TEXT_H

#include "sys.h"

static size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

static int text_equal(const char *a, const char *b) {
  while (*a != '\0' && *a == *b) a++, b++;
  return *a == *b;
}

static int text_begins(const char *text, const char *start) {
  while (*start != '\0') {
    if (*text++ != *start++) return 0;
  }
  return 1;
}

static const char *text_after_last(const char *text, char separator) {
  const char *result = text;
  for (; *text != '\0'; text++) {
    if (*text == separator) result = text + 1;
  }
  return result;
}

static int text_has(const char *text, char byte) {
  while (*text != '\0' && *text != byte) text++;
  return *text == byte;
}

struct buffer {
  char *bytes;
  size_t length;
  size_t capacity;
};

/* 0 when there is no memory: the caller denies. */
static int buffer_open(struct buffer *buffer, size_t capacity) {
  buffer->bytes = sys_memory(capacity);
  buffer->length = 0;
  buffer->capacity = capacity;
  return buffer->bytes != NULL;
}

/* Over the capacity nothing is written and the length says so; the caller checks once at the end. */
static void add_byte(struct buffer *buffer, char byte) {
  if (buffer->length < buffer->capacity) buffer->bytes[buffer->length] = byte;
  buffer->length++;
}

static void add_text(struct buffer *buffer, const char *text) {
  while (*text != '\0') add_byte(buffer, *text++);
}

static void add_number(struct buffer *buffer, uint64_t number) {
  char digits[24];
  size_t count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) add_byte(buffer, digits[--count]);
}

#endif
