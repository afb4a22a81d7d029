/*
 * RUNTIME/line: asks about a line of shell text before the shell runs it. The text comes on standard input, the variables
 * that it uses as NAME=VALUE arguments, its words that are no program there as plain ones. Exit 0 when it is allowed, 126 with the reason on stderr when it is not.
 */
#ifndef PATCHWORK_LINE_H
#define PATCHWORK_LINE_H

#include "ask.h"

enum { LINE_SIZE = 1024 * 1024 };

static void add_arguments(struct buffer *out, char *const *argv, int with_equals) {
  int first = 1;
  for (char *const *arg = argv + 1; *arg != NULL; arg++) {
    if (text_has(*arg, '=') != with_equals) continue;
    if (!first) add_byte(out, ',');
    first = 0;
    add_json(out, *arg);
  }
}

static void judge_line(char *const *argv, const char *socket_path, const char *cwd) __attribute__((noreturn));
static void judge_line(char *const *argv, const char *socket_path, const char *cwd) {
  struct buffer out;
  char *text = sys_memory(LINE_SIZE + 1);
  if (text == NULL) deny("line", "there is no memory for the line");
  size_t length = 0, size = 4096 + 6 * text_length(cwd);
  for (long got; length < LINE_SIZE; length += (size_t)got) {
    got = sys_read(0, text + length, LINE_SIZE - length);
    if (got == -E_INTR) got = 0;
    else if (got < 0) deny("line", "the line cannot be read");
    else if (got == 0) break;
  }
  if (length == LINE_SIZE) deny("line", "the line is too long to be judged");
  /* The shell hands it over with one line feed more; a zero byte cannot be typed. */
  if (length > 0 && text[length - 1] == '\n') length--;
  text[length] = '\0';
  if (text_length(text) != length) deny("line", "the line holds a zero byte");

  size += 6 * length;
  for (char *const *arg = argv + 1; *arg != NULL; arg++) size += 6 * text_length(*arg) + 3;
  if (!buffer_open(&out, size)) deny("line", "there is no memory for the question");
  add_text(&out, "{\"v\":1,\"id\":1,\"op\":\"ask\",\"pep\":\"shell\",\"pid\":");
  add_number(&out, (uint64_t)sys_pid());
  add_text(&out, ",\"action\":\"command_line\",\"line\":");
  add_json(&out, text);
  add_text(&out, ",\"cwd\":");
  add_json(&out, cwd);
  add_text(&out, ",\"variables\":[");
  add_arguments(&out, argv, 1);
  add_text(&out, "],\"names\":[");
  add_arguments(&out, argv, 0);
  /* Its commands are asked about again when they run: an allowed line is no action of its own. */
  add_text(&out, "],\"advise\":true}\n");
  exchange("line", socket_path, &out);
  sys_exit(0);
}

#endif
