/* Why something was denied, on the standard error of the process that was denied it: where a program, and the model that runs it, looks. */
#include "guard.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>

enum { RECENT = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  uint64_t hash;
  time_t until;
} recent[RECENT];

static uint64_t hash_of(const char *text, uint64_t hash) {
  for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
  return hash;
}

/* The same words to the same process within a second were said already. */
static int is_repeated(pid_t pid, const char *message) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  uint64_t hash = hash_of(message, 14695981039346656037ULL ^ (uint64_t)pid);
  pthread_mutex_lock(&lock);
  int is_known = recent[hash % RECENT].hash == hash && recent[hash % RECENT].until >= time.tv_sec;
  recent[hash % RECENT].hash = hash;
  recent[hash % RECENT].until = time.tv_sec + 1;
  pthread_mutex_unlock(&lock);
  return is_known;
}

/* A program that draws its own screen has switched off line editing and echo; text in between would tear it. */
static int may_write(int fd, mode_t mode) {
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) return 0;
  if (!S_ISCHR(mode)) return S_ISFIFO(mode) || S_ISREG(mode) || S_ISSOCK(mode);
  struct termios modes;
  return tcgetattr(fd, &modes) == 0 && (modes.c_lflag & ICANON) != 0 && (modes.c_lflag & ECHO) != 0;
}

/*
 * Never waits: a full pipe, a terminal that was told to stop, and a reader that is gone cost the words, not the worker. The
 * caller's own descriptor may wait, so pipes and terminals are opened anew. A pipe that somebody else made (`su`, a daemon of
 * the superuser) cannot be opened: it is asked not to wait this once (Linux 6.4; before, the words are in the log only).
 */
static void say(int fd, const char *text, size_t length) {
  struct stat stats;
  if (fstat(fd, &stats) < 0 || !may_write(fd, stats.st_mode)) return;
  ssize_t ignored;
  if (S_ISSOCK(stats.st_mode)) ignored = send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  else if (S_ISREG(stats.st_mode)) ignored = write(fd, text, length);
  else {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int own = open(link, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) ignored = write(own, text, length), close(own);
    else if (S_ISFIFO(stats.st_mode)) ignored = pwritev2(fd, &(struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = length}, 1, -1, RWF_NOWAIT);
    else return;
  }
  (void)ignored;
}

void explain(const struct request *request, const char *message) {
  if (message[0] == '\0' || is_repeated(request->process->tgid, message)) return;
  int fd = take_descriptor(request, 2);
  if (fd < 0) return;
  char text[4096]; /* PIPE_BUF: written whole or not at all */
  int length = snprintf(text, sizeof text, "%s\n", message);
  if (length >= (int)sizeof text) length = (int)sizeof text - 1;
  say(fd, text, (size_t)length);
  close(fd);
}

static void explain_refusal(const struct request *request, const struct refusal *refusal) {
  char message[1024];
  if (!refusal_tell(request, refusal)) return;
  snprintf(message, sizeof message, "patchwork: denied %s\n  rule: self-protection (built in); %s\n  next: no policy opens this; go on without it", refusal->what, refusal->why);
  explain(request, message);
}

void explain_rule(const struct request *request, const char *what, const char *why) {
  explain_refusal(request, &(struct refusal){"system_call", call_name(request->number), "", what, why});
}

void explain_file_rule(const struct request *request, int is_write, const char *real, const char *what, const char *why) {
  explain_refusal(request, &(struct refusal){is_write ? "file_edit" : "file_read", "", real, what, why});
}
