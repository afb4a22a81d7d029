/* The guard's connections to the evaluator: one question a line, one answer a line, in turn. */
#include "guard.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { LINE_LIMIT = 1024 * 1024 };

int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return 0;
    bytes += sent;
    length -= (size_t)sent;
  }
  return 1;
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

int evaluator_hear(int fd, struct answer *answer) {
  size_t length;
  char *line = receive_line(fd, &length);
  if (line == NULL) {
    /* A late answer would be taken for that to the next question. */
    shutdown(fd, SHUT_RDWR);
    return fail(answer, "the evaluator of this session did not answer");
  }
  int is_understood = answer_parse(line, length, answer, NULL);
  free(line);
  return is_understood ? 0 : fail(answer, "the evaluator's answer cannot be understood");
}

int evaluator_ask(int fd, const struct text *question, struct answer *answer) {
  notices_flush();
  if (!send_all(fd, question->bytes, question->length)) return fail(answer, "the evaluator of this session cannot be reached");
  return evaluator_hear(fd, answer);
}

/* The last word: how many processes outlived the agent. */
void evaluator_say_left(int fd, int count) {
  struct text message = {NULL, 0, 0};
  struct answer answer;
  text_add(&message, "{\"v\":1,\"id\":1,\"op\":\"end\",\"pep\":\"guard\",\"pid\":%d,\"count\":%d}\n", getpid(), count);
  evaluator_ask(fd, &message, &answer);
  text_free(&message);
}

/* A connection on which the evaluator was greeted, or -1. Whether it takes us for its guard, evaluator_admits() hears. */
int evaluator_greet(const char *path, const char *token) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct text hello = {NULL, 0, 0};
  text_add(&hello, "{\"v\":1,\"id\":1,\"op\":\"guard\",\"pep\":\"guard\",\"pid\":%d,\"token\":", getpid());
  text_add_json(&hello, token, strlen(token));
  text_add(&hello, "}\n");
  int is_said = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && send_all(fd, hello.bytes, hello.length);
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
