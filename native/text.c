/* A text that grows. Without memory there is no question, and without a question no permission. */
#include "guard.h"

void text_reset(struct text *text) { text->length = 0; }

void text_free(struct text *text) {
  free(text->bytes);
  *text = (struct text){NULL, 0, 0};
}

static void reserve(struct text *text, size_t more) {
  if (text->length + more <= text->capacity) return;
  size_t capacity = (text->length + more) * 2 + 1024;
  char *bytes = realloc(text->bytes, capacity);
  if (bytes == NULL) die("there is no memory");
  text->bytes = bytes;
  text->capacity = capacity;
}

void text_add(struct text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  reserve(text, 256);
  size_t room = text->capacity - text->length;
  int length = vsnprintf(text->bytes + text->length, room, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= room) die("a text is longer than foreseen");
  text->length += (size_t)length;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length) {
  reserve(text, length);
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

/* Length of the UTF-8 sequence at `at` (RFC 3629), 0 when it is none. */
static size_t sequence(const unsigned char *at, size_t left) {
  if (at[0] < 0x80) return 1;
  size_t length = at[0] >= 0xf0 && at[0] <= 0xf4 ? 4 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : 0;
  if (length == 0 || length > left) return 0;
  for (size_t i = 1; i < length; i++) if ((at[i] & 0xc0) != 0x80) return 0;
  if (length == 3 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))) return 0;
  if (length == 4 && ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))) return 0;
  return length;
}

/* A JSON string. A byte that is no UTF-8 becomes a lone surrogate, U+DC00 + byte, as the launcher's codec has it. */
void text_add_json(struct text *text, const char *value, size_t length) {
  static const char hex[] = "0123456789abcdef";
  const unsigned char *at = (const unsigned char *)value;
  reserve(text, 6 * length + 2);
  char *out = text->bytes + text->length;
  *out++ = '"';
  for (size_t i = 0; i < length;) {
    size_t plain = i;
    while (plain < length && at[plain] >= 0x20 && at[plain] < 0x7f && at[plain] != '"' && at[plain] != '\\') plain++;
    memcpy(out, at + i, plain - i);
    out += plain - i;
    i = plain;
    if (i == length) break;
    size_t size = sequence(at + i, length - i);
    if (at[i] == '"' || at[i] == '\\') {
      *out++ = '\\';
      *out++ = (char)at[i++];
    } else if (size == 0 || at[i] < 0x20 || at[i] == 0x7f) {
      memcpy(out, size == 0 ? "\\udc" : "\\u00", 4);
      out[4] = hex[at[i] >> 4];
      out[5] = hex[at[i++] & 15];
      out += 6;
    } else {
      memcpy(out, at + i, size);
      out += size;
      i += size;
    }
  }
  *out++ = '"';
  text->length = (size_t)(out - text->bytes);
}
