/* Plays the agent: runs the rows of a plan one after another, each in its own folder, with its output in files.
   `driver --keep PLAN` plays the session: it starts the driver and waits, as bare counterpart of `patchwork run`.
   Plan: one row a line, fields by tabs: id, milliseconds, folder, then the words of the command. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 64

static int open_result(const char *folder, const char *id, const char *suffix) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%s.%s", folder, id, suffix);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) perror(path);
  return fd;
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static void run_row(char *line, const char *results) {
  char *words[WORDS + 1];
  int count = 0;
  for (char *at = line; at && count < WORDS; ) words[count++] = strsep(&at, "\t");
  words[count] = NULL;
  if (count < 4) return;
  /* What a line cannot hold: newlines and tabs stand as control characters. */
  for (int i = 3; i < count; i++)
    for (char *at = words[i]; *at; at++) *at = *at == 1 ? '\n' : *at == 2 ? '\t' : *at;
  const char *id = words[0];
  long limit = atol(words[1]);
  int out = open_result(results, id, "out"), err = open_result(results, id, "err"), code = open_result(results, id, "code");
  fprintf(stderr, "row %s\n", id);
  long start = now_ms();
  pid_t child = fork();
  if (child == 0) {
    setsid();
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0); dup2(out, 1); dup2(err, 2);
    if (null > 2) close(null);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir(words[2]) != 0) { perror(words[2]); _exit(125); }
    setenv("ROW", words[2], 1);
    setenv("PWD", words[2], 1);
    execvp(words[3], words + 3);
    fprintf(stderr, "driver: %s: %s\n", words[3], strerror(errno));
    _exit(errno == EACCES || errno == EPERM ? 126 : 127);
  }
  int status = 0, timed_out = 0;
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  for (;;) {
    pid_t done = waitpid(child, &status, WNOHANG);
    if (done == child || (done < 0 && errno != EINTR)) break;
    long left = limit - (now_ms() - start);
    if (left <= 0) { timed_out = 1; kill(-child, SIGKILL); kill(child, SIGKILL); waitpid(child, &status, 0); break; }
    if (left > 200) left = 200;
    struct timespec wait = { left / 1000, left % 1000 * 1000000 };
    sigtimedwait(&chld, NULL, &wait);
  }
  kill(-child, SIGKILL);
  char text[100];
  int length = snprintf(text, sizeof text, "%d %d %ld %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, now_ms() - start, timed_out);
  if (write(code, text, (size_t)length) != length) perror("code");
  close(out); close(err); close(code);
}

static int drive(const char *plan) {
  /* What is sent to the session's group is not for the agent. */
  setpgid(0, 0);
  char results[4096];
  snprintf(results, sizeof results, "%s.results", plan);
  mkdir(results, 0700);
  FILE *file = fopen(plan, "re");
  if (!file) { perror(plan); return 70; }
  int pid = open_result(results, "driver", "pid");
  dprintf(pid, "%d\n", getpid());
  close(pid);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGCHLD, SIG_DFL);
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, NULL);
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while ((length = getline(&line, &size, file)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    if (*line) run_row(line, results);
  }
  int done = open_result(results, "driver", "done");
  close(done);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--keep") == 0) {
    pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      return drive(argv[2]);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 71;
  }
  return argc == 2 ? drive(argv[1]) : 64;
}
