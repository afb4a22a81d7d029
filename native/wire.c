/* The guard's connections to the evaluator: one question a line, one answer a line, in turn. */
#include "guard.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { LINE_LIMIT = 1024 * 1024 };

size_t send_most(int fd, const char *bytes, size_t length, int flags) {
  ssize_t sent;
  /* One call waits until all of it is taken, or its time is over. */
  do sent = send(fd, bytes, length, MSG_NOSIGNAL | flags);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? 0 : (size_t)sent;
}

/* One line without its line feed, in memory that the caller frees; NULL when none came in time. */
static char *receive_line(int fd, size_t *length) {
  size_t capacity = 16 * 1024, got = 0;
  char *line = malloc(capacity);
  while (line != NULL && got < LINE_LIMIT) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, ANSWER_TIME_MS);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    if (got == capacity) {
      char *longer = realloc(line, capacity *= 2);
      if (longer == NULL) break;
      line = longer;
    }
    ssize_t more = recv(fd, line + got, capacity - got, 0);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    char *end = memchr(line + got, '\n', (size_t)more);
    got += (size_t)more;
    if (end == NULL) continue;
    *length = (size_t)(end - line);
    return line;
  }
  free(line);
  return NULL;
}

static int fail(struct answer *answer, const char *why) {
  answer->is_allowed = answer->is_relayed = answer->is_plain = 0;
  answer->standing = -1;
  snprintf(answer->message, sizeof answer->message, "patchwork: denied\n  %s; what cannot be judged is denied", why);
  return -1;
}

/*
 * A late answer would be taken for that to the next question: the rest of the last one goes out, and its answer is passed over,
 * before there is a next one. 0 while the evaluator is still behind, who is not waited for a second time.
 */
static int catch_up(struct evaluator *evaluator) {
  char late[4096];
  while (evaluator->is_due) {
    struct text *rest = &evaluator->rest;
    size_t sent = send_most(evaluator->fd, rest->bytes, rest->length, MSG_DONTWAIT);
    if (sent > 0) memmove(rest->bytes, rest->bytes + sent, rest->length -= sent);
    struct pollfd wait = {.fd = evaluator->fd, .events = rest->length > 0 ? POLLIN | POLLOUT : POLLIN};
    if (poll(&wait, 1, PATIENCE_MS) <= 0) return 0;
    if ((wait.revents & ~POLLOUT) == 0) continue;
    ssize_t got = recv(evaluator->fd, late, sizeof late, MSG_DONTWAIT);
    const char *end = got > 0 ? memchr(late, '\n', (size_t)got) : NULL;
    evaluator->is_due = end == NULL;
    if (got > 0 && rest->length == 0 && (end == NULL || end == late + got - 1)) continue;
    /* What was not asked for yet is no answer. */
    evaluator->is_due = 1;
    shutdown(evaluator->fd, SHUT_RDWR);
    return 0;
  }
  text_free(&evaluator->rest);
  return 1;
}

static int fail_behind(const struct evaluator *evaluator, struct answer *answer) {
  struct pollfd is_gone = {.fd = evaluator->fd};
  return fail(answer, poll(&is_gone, 1, 0) == 0 ? "the evaluator of this session did not answer" : "the evaluator of this session cannot be reached");
}

int evaluator_hear(struct evaluator *evaluator, struct answer *answer) {
  size_t length;
  char *line = receive_line(evaluator->fd, &length);
  if (line == NULL) {
    evaluator->is_due = 1;
    return fail(answer, "the evaluator of this session did not answer");
  }
  int is_understood = answer_parse(line, length, answer, NULL);
  free(line);
  return is_understood ? 0 : fail(answer, "the evaluator's answer cannot be understood");
}

int evaluator_ask(struct evaluator *evaluator, const struct text *question, struct answer *answer) {
  if (!notices_flush() || !catch_up(evaluator)) return fail_behind(evaluator, answer);
  size_t sent = send_most(evaluator->fd, question->bytes, question->length, 0);
  if (sent == question->length) return evaluator_hear(evaluator, answer);
  text_add_bytes(&evaluator->rest, question->bytes + sent, question->length - sent);
  evaluator->is_due = 1;
  return fail_behind(evaluator, answer);
}

/* The last word: how many processes outlived the agent. */
void evaluator_say_left(struct evaluator *evaluator, int count) {
  struct text message = {NULL, 0, 0};
  struct answer answer;
  text_add(&message, "{\"v\":1,\"id\":1,\"op\":\"end\",\"pep\":\"guard\",\"pid\":%d,\"count\":%d}\n", getpid(), count);
  evaluator_ask(evaluator, &message, &answer);
  text_free(&message);
}

/* A connection on which the evaluator was greeted, or -1. Whether it takes us for its guard, evaluator_admits() hears. */
int evaluator_greet(const char *path, const char *token) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ANSWER_TIME_MS / 1000, 0}, sizeof(struct timeval));
  struct text hello = {NULL, 0, 0};
  text_add(&hello, "{\"v\":1,\"id\":1,\"op\":\"guard\",\"pep\":\"guard\",\"pid\":%d,\"token\":", getpid());
  text_add_json(&hello, token, strlen(token));
  text_add(&hello, "}\n");
  int is_said = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && send_most(fd, hello.bytes, hello.length, 0) == hello.length;
  text_free(&hello);
  if (is_said) return fd;
  close(fd);
  return -1;
}

int evaluator_admits(int fd, int wants_settled) {
  struct answer answer;
  size_t length;
  char *line = fd < 0 ? NULL : receive_line(fd, &length);
  static struct settled ignored[SETTLED_KINDS];
  memset(ignored, 0, sizeof ignored);
  int is_ours = line != NULL && answer_parse(line, length, &answer, wants_settled ? settled : ignored) && answer.message[0] == '\0';
  for (int i = 0; i < SETTLED_KINDS && is_ours && wants_settled; i++) settled_prepare(&settled[i]);
  free(line);
  return is_ours;
}
