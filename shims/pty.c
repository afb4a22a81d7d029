/*
 * A program in a terminal of its own, joined to the user's. Used where node-pty is not installed.
 *
 *   pty FILE ARGV0 [ARG...]
 *
 * 0, 1, 2 are the user's, 3 is a socket to the session. On it is said, a line each: `pid N`, when the program is there but
 * not yet started: that waits for a byte from the session, which must know the process before it asks for anything. The
 * byte is `g` where the program is the guard.
 * Then `error STEP ERRNO` when it cannot be started; else `exit CODE` or `signal NUMBER` at its end. We end when all
 * its output is written. When the session ends before us, the program is hung up on, as by any terminal that is closed.
 *
 * pselect(2) and not poll(2), which on macOS does not take terminals.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include "flow.h"
#include "tty.h"

enum {
  SESSION = 3,
  /* A process in the background may hold the terminal open: after the program's end so long, and so much, is waited for. */
  REST_MS = 200,
  REST_BYTES = 1 << 20,
  /* Between two looks at a terminal that nobody has open while the program lives: it may open /dev/tty again. */
  CLOSED_MS = 50
};

static volatile sig_atomic_t is_resized, is_continued, is_told, has_child_news;

static void on_signal(int number) {
  if (number == SIGWINCH) is_resized = 1;
  else if (number == SIGCONT) is_continued = 1;
  else if (number == SIGCHLD) has_child_news = 1;
  else is_told = 1;
}

static const int CAUGHT[] = {SIGWINCH, SIGCONT, SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};
enum { CAUGHT_COUNT = sizeof CAUGHT / sizeof CAUGHT[0] };

/* They arrive in pselect(2) alone. */
static void catch_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < CAUGHT_COUNT; i++) {
    sigaction(CAUGHT[i], &action, NULL);
    sigaddset(&set, CAUGHT[i]);
  }
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int fail(const char *step) {
  dprintf(SESSION, "error %s %d\n", step, errno);
  return 127;
}

/* Node marks what it inherited close-on-exec only as far as the numbers have no gap: the rest came through to us. */
static void close_others(void) {
  DIR *folder = opendir("/dev/fd");
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (fd > SESSION && fd != dirfd(folder)) close(fd);
  }
  closedir(folder);
}

/* Both ends with close-on-exec: -1 with errno. */
static int open_pair(int *slave) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || fcntl(master, F_SETFD, FD_CLOEXEC) < 0 || grantpt(master) < 0 || unlockpt(master) < 0) return -1;
  const char *name = ptsname(master);
  *slave = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*slave < 0 || fcntl(master, F_SETFL, O_NONBLOCK) < 0) return -1;
  /* As the user's keys are set: erase, interrupt, UTF-8. */
  if (has_terminal) tcsetattr(*slave, TCSANOW, &user_settings);
  copy_size(master);
  return master;
}

/* Does not return. The terminal becomes the controlling one of a new session (credentials(7)). */
static void become(int slave, const int gate[2], char **argv) {
  char go;
  close(gate[1]);
  if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0) _exit(fail("terminal"));
  for (int fd = 0; fd < SESSION; fd++) {
    if (dup2(slave, fd) < 0) _exit(fail("terminal"));
  }
  if (read(gate[0], &go, 1) != 1) _exit(127);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  /* As Node does: with the shell for a script without a first line that names one. */
  execvp(argv[0], argv + 1);
  _exit(fail("exec"));
}

/* Ctrl-D, or what the program has for it: once hands over a line that is not ended, and then once more is the end. */
static void put_end(struct flow *input, int master, char last) {
  struct termios inner;
  int is_known = tcgetattr(master, &inner) == 0;
  int is_open_line = is_known && (inner.c_lflag & ICANON) && last != '\n';
  memset(input->bytes, is_known && inner.c_cc[VEOF] != _POSIX_VDISABLE ? inner.c_cc[VEOF] : 4, 2);
  input->start = 0;
  input->end = is_open_line ? 2 : 1;
}

/* True once the program has ended, and the session was told how. */
static int is_gone(pid_t program) {
  int status;
  if (waitpid(program, &status, WNOHANG) != program) return 0;
  if (WIFSIGNALED(status)) dprintf(SESSION, "signal %d\n", WTERMSIG(status));
  else dprintf(SESSION, "exit %d\n", WEXITSTATUS(status));
  return 1;
}

/*
 * An agent that stops itself at Ctrl-Z has no shell above it that could continue it: the next key does. The guard looks
 * by itself whether the agent below it is stopped; a program that is not must not hear that it was.
 */
static void wake(pid_t program, int is_guard) {
  siginfo_t info;
  info.si_pid = 0;
  if (is_guard || (waitid(P_PID, program, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == program)) kill(program, SIGCONT);
}

static void relay(int master, pid_t program, int is_guard) {
  struct flow input = {.start = 0, .end = 0}, output = {.start = 0, .end = 0};
  int in = own_description(STDIN_FILENO, O_RDONLY), out = own_description(STDOUT_FILENO, O_WRONLY);
  int has_input = 1, is_deaf = 0, is_over = 0, is_closed = 0;
  long rest_end = 0, rest = 0;
  char last = '\n';
  sigset_t none;
  sigemptyset(&none);
  for (;;) {
    if (is_resized) copy_size(master);
    if (is_continued) make_raw_again();
    if (has_child_news && !is_over && is_gone(program)) {
      is_over = 1;
      has_input = is_closed = 0;
      input.end = input.start;
      rest_end = now_ms() + REST_MS;
    }
    /* The program has such a signal from the session. Once it is gone, we are meant, who wait for a slow reader. */
    if (is_told && is_over) return;
    is_resized = is_continued = is_told = has_child_news = 0;
    if (is_over && is_empty(&output) && (is_closed || rest > REST_BYTES)) return;

    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(SESSION, &readable);
    if (has_input && is_empty(&input)) FD_SET(in, &readable);
    if (!is_empty(&input) && !is_closed) FD_SET(master, &writable);
    if (!is_empty(&output)) FD_SET(out, &writable);
    else if (!is_closed) FD_SET(master, &readable);
    long left = is_closed ? CLOSED_MS : rest_end - now_ms();
    if (left < 0) left = 0;
    struct timespec timeout = {.tv_sec = 0, .tv_nsec = left * 1000000};
    int is_timed = is_empty(&output) && (is_over || is_closed);
    int count = pselect((in > out ? in > master ? in : master : out > master ? out : master) + 1, &readable, &writable, NULL, is_timed ? &timeout : NULL, &none);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || FD_ISSET(SESSION, &readable)) return;
    if (count == 0 && is_over) return;
    is_closed = 0;

    if (FD_ISSET(in, &readable)) {
      ssize_t size = fill(&input, in);
      if (size > 0) {
        last = input.bytes[size - 1];
        if (!is_over) wake(program, is_guard);
      } else if (size == 0 || !is_later()) {
        has_input = 0;
        put_end(&input, master, last);
      }
    }
    if (FD_ISSET(master, &writable)) drain(&input, master);
    if (FD_ISSET(master, &readable)) {
      ssize_t size = fill(&output, master);
      /* EIO on Linux, 0 on macOS: nobody has it open. */
      if (size == 0 || (size < 0 && !is_later())) is_closed = 1;
      if (is_over && size > 0) rest += size;
    }
    if (!is_empty(&output) && (is_deaf || (FD_ISSET(out, &writable) && drain(&output, out) < 0))) {
      /* Nobody reads any more: the program is told as by a terminal that was closed. */
      if (!is_deaf && !is_over) kill(program, SIGHUP);
      is_deaf = 1;
      output.end = output.start;
    }
  }
}

int main(int argc, char **argv) {
  int slave, gate[2];
  char go;
  if (argc < 3 || fcntl(SESSION, F_SETFD, FD_CLOEXEC) < 0) {
    fprintf(stderr, "usage: pty FILE ARGV0 [ARG...], with a socket as descriptor 3\n");
    return 2;
  }
  close_others();
  look_at_terminal();
  int master = open_pair(&slave);
  if (master < 0) return fail("terminal");
  if (pipe(gate) < 0 || fcntl(gate[0], F_SETFD, FD_CLOEXEC) < 0 || fcntl(gate[1], F_SETFD, FD_CLOEXEC) < 0) return fail("pipe");
  catch_signals();
  pid_t program = fork();
  if (program < 0) return fail("fork");
  if (program == 0) become(slave, gate, argv + 1);
  close(slave);
  close(gate[0]);
  dprintf(SESSION, "pid %ld\n", (long)program);
  /* Without an answer the session is gone, and the program sees the gate closed. */
  if (read(SESSION, &go, 1) != 1) return 1;
  make_raw();
  if (write(gate[1], "", 1) != 1) return fail("pipe");
  close(gate[1]);
  relay(master, program, go == 'g');
  give_back();
  return 0;
}
