/*
 * The launcher's half of the wire (src/evaluator/protocol.cts): writes one question, reads one verdict.
 * Both sides are held to the golden messages in test/fixtures/wire/.
 */
#ifndef PATCHWORK_WIRE_H
#define PATCHWORK_WIRE_H

#include "environment.h"
#include "text.h"

/* Length of the UTF-8 sequence at `text` (RFC 3629), 0 when it is none. */
static int utf8_length(const unsigned char *text) {
  if (text[0] < 0x80) return 1;
  int length = text[0] >= 0xf0 && text[0] <= 0xf4 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : 0;
  if (text[0] > 0xf4) return 0;
  for (int i = 1; i < length; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  if (length == 3 && ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f))) return 0;
  if (length == 4 && ((text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))) return 0;
  return length;
}

/* A JSON string. A byte that is no UTF-8 becomes a lone surrogate, U+DC00 + byte, so that nothing is lost or merged. */
static void add_json(struct buffer *out, const char *text) {
  static const char hex[] = "0123456789abcdef";
  const unsigned char *at = (const unsigned char *)text;
  add_byte(out, '"');
  while (*at != '\0') {
    int length = utf8_length(at);
    if (*at == '"' || *at == '\\') {
      add_byte(out, '\\');
      add_byte(out, (char)*at++);
    } else if (length == 0 || *at < 0x20 || *at == 0x7f) {
      add_text(out, length == 0 ? "\\udc" : "\\u00");
      add_byte(out, hex[*at >> 4]);
      add_byte(out, hex[*at++ & 15]);
    } else {
      while (length-- > 0) add_byte(out, (char)*at++);
    }
  }
  add_byte(out, '"');
}

struct question {
  uint64_t pid;
  char *const *argv;
  /* Empty when nothing of that name is installed: only whether a rule denies it is asked. */
  const char *exe;
  struct file_id file;
  const char *cwd;
  char *const *envp;
};

/* The evaluator compares them with the session's own. */

static int is_sent(const char *entry) {
  for (size_t i = 0; i < sizeof ENVIRONMENT / sizeof *ENVIRONMENT; i++) {
    if (text_begins(entry, ENVIRONMENT[i])) return 1;
  }
  return 0;
}

/* Bytes that the question may need: six for each byte of text, and the rest. */
static size_t question_size(const struct question *question) {
  size_t size = 4096 + 6 * (text_length(question->exe) + text_length(question->cwd));
  for (char *const *arg = question->argv; *arg != NULL; arg++) size += 6 * text_length(*arg) + 3;
  for (char *const *entry = question->envp; *entry != NULL; entry++) {
    if (is_sent(*entry)) size += 6 * text_length(*entry) + 3;
  }
  return size;
}

static void write_question(struct buffer *out, const struct question *question) {
  add_text(out, "{\"v\":1,\"id\":1,\"op\":\"ask\",\"pep\":\"shim\",\"pid\":");
  add_number(out, question->pid);
  add_text(out, ",\"action\":\"command_execute\",\"argv\":[");
  for (char *const *arg = question->argv; *arg != NULL; arg++) {
    if (arg != question->argv) add_byte(out, ',');
    add_json(out, *arg);
  }
  add_text(out, "],\"exe\":");
  add_json(out, question->exe);
  add_text(out, ",\"file\":\"");
  add_number(out, question->file.device);
  add_byte(out, ':');
  add_number(out, question->file.inode);
  add_text(out, "\",\"cwd\":");
  add_json(out, question->cwd);
  add_text(out, ",\"env\":[");
  int first = 1;
  for (char *const *entry = question->envp; *entry != NULL; entry++) {
    if (!is_sent(*entry)) continue;
    if (!first) add_byte(out, ',');
    first = 0;
    add_json(out, *entry);
  }
  add_byte(out, ']');
  /* Nothing will run, so that an allowed question is no action. */
  if (question->exe[0] == '\0') add_text(out, ",\"advise\":true");
  add_text(out, "}\n");
}

enum verdict { VERDICT_ALLOW, VERDICT_DENY, VERDICT_BROKEN };

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* Reads a JSON string at `*at` (behind the opening quote) into `out`; 0 when it is broken. */
static int read_json(const char **at, const char *end, struct buffer *out) {
  while (*at < end) {
    char byte = *(*at)++;
    if (byte == '"') return 1;
    /* JSON has no bare control characters in strings (RFC 8259, 7). */
    if ((unsigned char)byte < 0x20) return 0;
    if (byte != '\\') {
      add_byte(out, byte);
      continue;
    }
    if (*at >= end) return 0;
    byte = *(*at)++;
    if (byte == 'n') add_byte(out, '\n');
    else if (byte == 't') add_byte(out, '\t');
    else if (byte == '"' || byte == '\\' || byte == '/') add_byte(out, byte);
    else if (byte == 'u') {
      if (end - *at < 4) return 0;
      int code = 0;
      for (int i = 0; i < 4; i++) {
        int digit = hex_value((*at)[i]);
        if (digit < 0) return 0;
        code = code << 4 | digit;
      }
      *at += 4;
      /* Messages are printable text already; what still is not must not reach a terminal. */
      add_byte(out, code >= 0x20 && code < 0x7f ? (char)code : '?');
    } else if (byte == 'b' || byte == 'f' || byte == 'r') add_byte(out, '?');
    else return 0;
  }
  return 0;
}

/*
 * One line: {"v":1,"id":1,"effect":"allow"} or "deny" with a "message", flat, keys in any order, values strings or
 * numbers. Anything else is broken, and broken is denied.
 */
static enum verdict read_verdict(const char *line, size_t length, struct buffer *message) {
  const char *at = line, *end = line + length;
  int version_is_ours = 0, id_is_ours = 0, allow = 0, deny = 0;
  char key_bytes[32], value_bytes[16];
  if (at >= end || *at++ != '{') return VERDICT_BROKEN;
  for (;;) {
    struct buffer key = {key_bytes, 0, sizeof key_bytes - 1};
    if (at >= end || *at++ != '"' || !read_json(&at, end, &key) || key.length >= sizeof key_bytes) return VERDICT_BROKEN;
    key_bytes[key.length] = '\0';
    if (at >= end || *at++ != ':' || at >= end) return VERDICT_BROKEN;
    if (*at == '"') {
      struct buffer value = {value_bytes, 0, sizeof value_bytes - 1};
      int is_message = text_equal(key_bytes, "message");
      at++;
      if (!read_json(&at, end, is_message ? message : &value)) return VERDICT_BROKEN;
      if (text_equal(key_bytes, "effect")) {
        if (value.length >= sizeof value_bytes) return VERDICT_BROKEN;
        value_bytes[value.length] = '\0';
        allow = text_equal(value_bytes, "allow");
        deny = text_equal(value_bytes, "deny");
      }
    } else {
      uint64_t number = 0;
      const char *start = at;
      while (at < end && *at >= '0' && *at <= '9' && at - start < 18) number = number * 10 + (uint64_t)(*at++ - '0');
      if (at == start || (*start == '0' && at - start > 1)) return VERDICT_BROKEN;
      if (text_equal(key_bytes, "v")) version_is_ours = number == 1;
      if (text_equal(key_bytes, "id")) id_is_ours = number == 1;
    }
    if (at >= end) return VERDICT_BROKEN;
    if (*at == '}') break;
    if (*at++ != ',') return VERDICT_BROKEN;
  }
  if (at + 1 != end || !version_is_ours || (!id_is_ours && !deny)) return VERDICT_BROKEN;
  if (allow && id_is_ours) return VERDICT_ALLOW;
  return deny ? VERDICT_DENY : VERDICT_BROKEN;
}

#endif
