/*
 * The launcher's talk: with the evaluator over its socket, with people on stderr. Any failure is a denial.
 */
#ifndef PATCHWORK_ASK_H
#define PATCHWORK_ASK_H

#include "wire.h"

enum { PATH_SIZE = 8192, ANSWER_SIZE = 256 * 1024, ANSWER_TIME_MS = 15000, EXIT_DENIED = 126, EXIT_NOT_FOUND = 127 };

static void print(const char *text) {
  size_t length = text_length(text);
  while (length > 0) {
    long written = sys_write(2, text, length);
    if (written == -E_INTR || written == -E_AGAIN) continue;
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

/* A name comes from the agent: nothing in it may move a cursor or reorder text. */
static void print_name(const char *name) {
  char safe[512];
  size_t at = 0;
  for (; name[at] != '\0' && at < sizeof safe - 1; at++) safe[at] = name[at] < 0x20 || name[at] > 0x7e ? '?' : name[at];
  safe[at] = '\0';
  print(safe);
}

static void deny(const char *name, const char *reason) __attribute__((noreturn));
static void deny(const char *name, const char *reason) {
  print("patchwork: denied command_execute `");
  print_name(name);
  print("`\n  ");
  print(reason);
  print("; what cannot be judged is denied\n");
  sys_exit(EXIT_DENIED);
}

#if FREESTANDING
#if defined(__x86_64__)
enum { NR_sendto = 44 };
#else
enum { NR_sendto = 206 };
#endif
static long send_some(int fd, const char *bytes, size_t length) { return syscall6(NR_sendto, fd, (long)bytes, (long)length, 0x4000, 0, 0); } /* MSG_NOSIGNAL */
#elif defined(MSG_NOSIGNAL)
static long send_some(int fd, const char *bytes, size_t length) { return checked(send(fd, bytes, length, MSG_NOSIGNAL)); }
#else
static long send_some(int fd, const char *bytes, size_t length) { return sys_write(fd, bytes, length); }
#endif

/* Sends all of it; a peer that is gone must not kill us with SIGPIPE before the reason is printed. */
static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    long sent = send_some(fd, bytes, length);
    if (sent == -E_INTR) continue;
    if (sent <= 0) return 0;
    bytes += sent;
    length -= (size_t)sent;
  }
  return 1;
}

/* One line without its line feed; -1 when none came in time. */
static long receive_line(int fd, char *line, size_t size) {
  size_t length = 0;
  while (length < size) {
    long ready = sys_wait_readable(fd, ANSWER_TIME_MS);
    if (ready == -E_INTR) continue;
    if (ready <= 0) return -1;
    long got = sys_read(fd, line + length, size - length);
    if (got == -E_INTR) continue;
    if (got <= 0) return -1;
    for (size_t i = length; i < length + (size_t)got; i++) {
      if (line[i] == '\n') return (long)i;
    }
    length += (size_t)got;
  }
  return -1;
}

/* Sends what was written, and comes back only if it is allowed. */
static void exchange(const char *name, const char *socket_path, const struct buffer *out) {
  struct buffer message;
  char *line = sys_memory(ANSWER_SIZE);
  if (line == NULL || !buffer_open(&message, ANSWER_SIZE)) deny(name, "there is no memory for the answer");
  if (out->length > out->capacity) deny(name, "the question is too long");
  long fd = sys_connect_unix(socket_path);
  if (fd < 0) deny(name, "the evaluator of this session cannot be reached");
  /* A refusal may come while we are still sending: read it even if the rest could not be sent. */
  int sent = send_all((int)fd, out->bytes, out->length);
  long length = receive_line((int)fd, line, ANSWER_SIZE);
  if (length < 0) deny(name, sent ? "the evaluator of this session did not answer" : "the evaluator of this session closed the connection");
  enum verdict verdict = read_verdict(line, (size_t)length, &message);
  if (verdict == VERDICT_BROKEN || message.length >= message.capacity) deny(name, "the evaluator's answer cannot be understood");
  if (verdict == VERDICT_DENY) {
    message.bytes[message.length] = '\0';
    print(message.bytes);
    print("\n");
    sys_exit(EXIT_DENIED);
  }
  sys_close((int)fd);
}

static void ask(const char *name, const char *socket_path, const struct question *question) {
  struct buffer out;
  if (!buffer_open(&out, question_size(question))) deny(name, "there is no memory for the question");
  write_question(&out, question);
  exchange(name, socket_path, &out);
}

#endif
