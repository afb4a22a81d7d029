/* The user's terminal: raw while it is joined to another, and given back as it was (termios(3), tty_ioctl(4)). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Size where there is no terminal to ask. */
enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80 };

static struct termios user_settings, raw_settings;
static int has_terminal, is_raw;

static void look_at_terminal(void) {
  has_terminal = tcgetattr(STDIN_FILENO, &user_settings) == 0;
}

static void set_terminal(const struct termios *settings) {
  while (tcsetattr(STDIN_FILENO, TCSANOW, settings) < 0 && errno == EINTR) {
  }
}

/* In the background this stops us (SIGTTOU), as it would any program, until we are in front. */
static void make_raw(void) {
  if (!has_terminal) return;
  struct termios raw = user_settings;
  cfmakeraw(&raw);
  set_terminal(&raw);
  is_raw = tcgetattr(STDIN_FILENO, &raw_settings) == 0;
}

/* After a stop the shell may have set its own mode. In the background it is not ours to change. */
static void make_raw_again(void) {
  if (is_raw && tcgetpgrp(STDIN_FILENO) == getpgrp()) set_terminal(&raw_settings);
}

/* Only while it is as we left it: a shell that found the session killed may have it already. */
static void give_back(void) {
  struct termios now;
  if (!is_raw || tcgetattr(STDIN_FILENO, &now) < 0) return;
  int is_ours = now.c_iflag == raw_settings.c_iflag && now.c_oflag == raw_settings.c_oflag && now.c_lflag == raw_settings.c_lflag;
  signal(SIGTTOU, SIG_IGN);
  if (is_ours) set_terminal(&user_settings);
}

static void copy_size(int master) {
  struct winsize size;
  memset(&size, 0, sizeof size);
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0) memset(&size, 0, sizeof size);
  if (size.ws_row == 0) size.ws_row = DEFAULT_ROWS;
  if (size.ws_col == 0) size.ws_col = DEFAULT_COLUMNS;
  ioctl(master, TIOCSWINSZ, &size);
}

/* Opened anew, a terminal can be told not to block without telling so everybody who shares our descriptor. Others are taken as they are. */
static int own_description(int fd, int flags) {
  const char *name = isatty(fd) ? ttyname(fd) : NULL;
  int own = name == NULL ? -1 : open(name, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return own < 0 ? fd : own;
}
