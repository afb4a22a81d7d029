/*
 * Programs for other machines run by a handler that the administrator registered (binfmt_misc): the kernel starts that, with
 * the program's path in front of its words. Which one it takes is told by its file, and then by the words.
 */
#include "program.h"

enum { TEXT_SIZE = 8192 };

static int read_handler(int folder, const char *entry, char *text) {
  int fd = openat(folder, entry, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, text, TEXT_SIZE - 1);
  if (fd >= 0) close(fd);
  text[length < 0 ? 0 : length] = '\0';
  return length > 0;
}

/* What stands behind `name` on its line, ended there; NULL when there is none. */
static char *find_field(char *text, const char *name) {
  char *at = strstr(text, name);
  if (at == NULL) return NULL;
  at += strlen(name);
  at[strcspn(at, "\n")] = '\0';
  return at;
}

int handler_starts(int folder, const char *entry, const struct stat *runs, const struct program *program, struct words *words) {
  char text[TEXT_SIZE];
  struct stat stats;
  if (!read_handler(folder, entry, text)) return 0;
  const char *flags = find_field(text, "\nflags: "), *interpreter = find_field(text, "\ninterpreter ");
  if (flags == NULL || interpreter == NULL || stat(interpreter, &stats) < 0 || stats.st_dev != runs->st_dev || stats.st_ino != runs->st_ino) return 0;
  int error = words_add(words, interpreter, strlen(interpreter));
  if (error == 0) error = words_add(words, program->handed.bytes, strlen(program->handed.bytes));
  const char *at = program->words.bytes;
  /* `P`: the program's own name for itself is handed on, too. */
  for (size_t i = 0; error == 0 && i < program->words.count; i++, at += strlen(at) + 1) if (i > 0 || strchr(flags, 'P') != NULL) error = words_add(words, at, strlen(at));
  return error == 0;
}
