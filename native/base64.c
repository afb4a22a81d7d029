/* Base 64 (RFC 4648, section 4), for bytes inside of messages. */
#include "relay.h"

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_add_base64(struct text *text, const unsigned char *bytes, size_t length) {
  char piece[65];
  for (size_t at = 0; at < length; at += 48) {
    size_t size = length - at < 48 ? length - at : 48, to = 0;
    for (size_t i = 0; i < size; i += 3) {
      size_t left = size - i;
      const unsigned char *from = bytes + at + i;
      uint32_t word = (uint32_t)from[0] << 16 | (left > 1 ? (uint32_t)from[1] << 8 : 0) | (left > 2 ? from[2] : 0);
      piece[to++] = DIGITS[word >> 18];
      piece[to++] = DIGITS[word >> 12 & 63];
      piece[to++] = left > 1 ? DIGITS[word >> 6 & 63] : '=';
      piece[to++] = left > 2 ? DIGITS[word & 63] : '=';
    }
    piece[to] = '\0';
    text_add(text, "%s", piece);
  }
}

static int value_of(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

ssize_t base64_decode(const char *text, size_t length, unsigned char *out, size_t size) {
  if (length % 4 != 0) return -1;
  size_t at = 0;
  for (size_t i = 0; i < length; i += 4) {
    int is_last = i + 4 == length, digits = !is_last || text[i + 3] != '=' ? 4 : text[i + 2] != '=' ? 3 : 2;
    uint32_t word = 0;
    for (int j = 0; j < 4; j++) {
      int value = j < digits ? value_of(text[i + (size_t)j]) : 0;
      if (value < 0) return -1;
      word = word << 6 | (uint32_t)value;
    }
    for (int j = 0; j < digits - 1; j++) {
      if (at == size) return -1;
      out[at++] = (unsigned char)(word >> (16 - 8 * j));
    }
  }
  return (ssize_t)at;
}
