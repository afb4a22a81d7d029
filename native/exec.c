/*
 * execve(2) and execveat(2): the program that the call names, read once and asked about, and then held against what
 * really runs. The kernel reads path and words again when it goes on, so the new program is stopped before its first
 * instruction, compared, and killed when it is not what was judged.
 */
#include "program.h"

enum { SHEBANG_SIZE = 256 }; /* BINPRM_BUF_SIZE */

static int open_program(const struct request *request, int dirfd, const char *path, int flags, struct program *program, struct base *base) {
  struct object *object = &program->object;
  int error = path[0] == '\0' && (flags & AT_EMPTY_PATH) != 0 ? base_open(request, dirfd, "", base) : base_open(request, dirfd, path, base);
  if (error < 0) return error;
  if (path[0] == '\0' && (flags & AT_EMPTY_PATH) != 0) {
    object->fd = fcntl(base->fd, F_DUPFD_CLOEXEC, 3);
    if (object->fd < 0 || fstat(object->fd, &object->stat) < 0) return -EBADF;
    strcpy(object->real, base->real);
  } else error = resolve_object(request, base, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, object);
  if (error < 0) return error;
  if (S_ISLNK(object->stat.st_mode)) return -ELOOP;
  if (!S_ISREG(object->stat.st_mode)) return -EACCES;
  if (syscall(__NR_faccessat2, object->fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0) return -errno;
  return proc_rule(request, object->real, 0);
}

/* How the program is named to the evaluator: a path by which it finds the same file. */
static void name_program(const struct request *request, int dirfd, const char *path, const struct base *base, struct program *program) {
  int is_nameless = program->object.stat.st_nlink == 0 || strncmp(program->object.real, "/memfd:", 7) == 0;
  if (is_nameless && dirfd >= 0 && path[0] == '\0') snprintf(program->exe, sizeof program->exe, "/proc/%d/fd/%d", request->process->tgid, dirfd);
  else if (path[0] == '\0' || strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/fd/", 8) == 0) strcpy(program->exe, program->object.real);
  else if (path[0] == '/') snprintf(program->exe, sizeof program->exe, "%s", path);
  else snprintf(program->exe, sizeof program->exe, "%s/%s", strcmp(base->real, "/") == 0 ? "" : base->real, path);
}

/* With the guard's own rights where the caller has none: the kernel reads what it starts for everybody. */
static int open_content(const struct request *request, const struct object *object) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", object->fd);
  int fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd >= 0 || errno != EACCES || !request->worker->is_somebody_else) return fd;
  int was_somebody_else = worker_step_out(request->worker);
  fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  int error = errno;
  worker_step_in(request->worker, was_somebody_else);
  errno = error;
  return fd;
}

/* A line that is longer than what the kernel reads of it, and ends in the middle of the interpreter's name. */
static int is_cut_off(const char *head, size_t length) {
  if (length < SHEBANG_SIZE || memchr(head, '\n', length) != NULL) return 0;
  size_t start = 2 + strspn(head + 2, " \t");
  return start >= length || start + strcspn(head + start, " \t") >= length;
}

/* The interpreter's words in front of the script's, as binfmt_script does it. 1 when `object` is a script, 0 when not; -errno. */
static int read_shebang(const struct request *request, const struct object *object, char *head, char **interpreter, char **argument) {
  int fd = open_content(request, object);
  ssize_t length = fd < 0 ? 0 : read(fd, head, SHEBANG_SIZE);
  if (fd >= 0) close(fd);
  if (length < 0) length = 0;
  head[length] = '\0';
  if (length < 2 || head[0] != '#' || head[1] != '!') return 0;
  if (is_cut_off(head, (size_t)length)) return -ENOEXEC;
  head[SHEBANG_SIZE - 1] = '\0';
  head[strcspn(head, "\n")] = '\0';
  size_t end = strlen(head);
  while (end > 2 && (head[end - 1] == ' ' || head[end - 1] == '\t')) head[--end] = '\0';
  *interpreter = head + 2 + strspn(head + 2, " \t");
  *argument = *interpreter + strcspn(*interpreter, " \t");
  if (**argument != '\0') {
    *(*argument)++ = '\0';
    *argument += strspn(*argument, " \t");
  }
  if (**argument == '\0') *argument = NULL;
  return **interpreter != '\0';
}

static int prepend(struct words *words, const char *interpreter, const char *argument, const char *script) {
  struct words longer = {NULL, 0, 0, 0};
  int error = words_add(&longer, interpreter, strlen(interpreter));
  if (error == 0 && argument != NULL) error = words_add(&longer, argument, strlen(argument));
  if (error == 0) error = words_add(&longer, script, strlen(script));
  const char *at = words->bytes;
  /* The script's own name for itself is not handed on. */
  for (size_t i = 0; error == 0 && i < words->count; i++, at += strlen(at) + 1) if (i > 0) error = words_add(&longer, at, strlen(at));
  free(words->bytes);
  *words = longer;
  return error;
}

/* What the program has mapped beside itself is judged as the program that it then is. */
static int add_elf_interpreter(const struct request *request, const struct object *object, struct program *program) {
  char name[PATH_MAX + 1];
  int fd = open_content(request, object);
  if (fd < 0) {
    int error = -errno;
    /* Nor may its process be looked into. */
    if (error == -EACCES) explain_rule(request, "a program", "its file may be executed but not read, so that what it does could not be seen");
    return error;
  }
  int found = elf_interpreter(fd, name, sizeof name);
  close(fd);
  if (found <= 0) return found;
  struct base base;
  struct object file;
  int error = base_open(request, AT_FDCWD, name, &base);
  if (error == 0) {
    error = resolve_object(request, &base, name, 0, &file);
    base_close(&base);
  }
  if (error < 0) return error;
  program->maps = program->chain_files[program->chain_length] = file.stat;
  struct words *link_words = &program->chain[program->chain_length++];
  error = words_add(link_words, file.real, strlen(file.real));
  if (error == 0) error = words_add(link_words, program->words.bytes, program->words.length - 1);
  if (error == 0) link_words->count = program->words.count + 1;
  object_close(&file);
  return error;
}

/* Follows the interpreters down to the file that the kernel will map. */
static int find_interpreter(const struct request *request, const char *script, struct program *program) {
  struct object current = program->object, next = {.fd = -1};
  char head[SHEBANG_SIZE + 1], name[REAL_SIZE], *interpreter, *argument;
  snprintf(name, sizeof name, "%s", script);
  int error = 0, is_script = 0;
  for (int depth = 0; error == 0 && (is_script = read_shebang(request, &current, head, &interpreter, &argument)) > 0; depth++) {
    if (depth == INTERPRETERS_LIMIT - 1) error = -ELOOP;
    if (error == 0) error = prepend(&program->words, interpreter, argument, name);
    snprintf(name, sizeof name, "%s", interpreter);
    struct base base;
    if (error == 0) error = base_open(request, AT_FDCWD, interpreter, &base);
    if (error == 0) {
      error = resolve_object(request, &base, interpreter, 0, &next);
      base_close(&base);
    }
    /* Judged is the file that was opened here: the name may lead to another one a moment later. */
    struct words *link = &program->chain[program->chain_length];
    if (error == 0) error = words_add(link, next.real, strlen(next.real));
    if (error == 0) error = words_add(link, program->words.bytes, program->words.length - 1);
    if (error == 0) link->count = program->words.count + 1, program->chain_files[program->chain_length++] = next.stat;
    if (current.fd != program->object.fd) object_close(&current);
    if (error == 0) current = next;
  }
  if (is_script < 0) {
    if (current.fd != program->object.fd) object_close(&current);
    return is_script;
  }
  if (error == 0) {
    program->runs = current.stat;
    error = add_elf_interpreter(request, &current, program);
    program->is_foreign = strncmp(head, "\177ELF", 4) != 0 && head[0] != '\0';
    if (error == 0 && program->is_foreign) error = words_add(&program->handed, name, strlen(name));
    if (current.fd != program->object.fd) object_close(&current);
  }
  return error;
}

enum { ONLY_CHECK = 0x10000 }; /* AT_EXECVE_CHECK, Linux 6.14 */

static void execute(struct request *request, int dirfd, uint64_t path_at, uint64_t argv, uint64_t envp, int flags) {
  char path[PATH_MAX], script[REAL_SIZE];
  static int has_started;
  struct program program;
  memset(&program, 0, sizeof program);
  program.object.fd = -1;
  struct base base = {.fd = AT_FDCWD};
  struct words given = {NULL, 0, 0, 0};
  struct pages pages;
  pages_forget(&pages);
  program.names = names_look();
  program.standing = request->process->standing;
  process_open_memory(request->process);
  int length = read_string(request, path_at, path, sizeof path), error = length < 0 ? length : 0;
  if (error == 0 && path[0] == '\0' && (flags & AT_EMPTY_PATH) == 0) error = -ENOENT;
  if (error == 0 && (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | ONLY_CHECK)) != 0) error = -EINVAL;
  if (error == 0) error = open_program(request, dirfd, path, flags, &program, &base);
  /* Searches of PATH end here, most of the time. */
  if (error == 0) error = words_read_list(request, &pages, argv, &given);
  if (error == 0) error = words_read_list(request, &pages, envp, &program.environment);
  if (error == 0) keep_what_changes(&program.environment);
  /* Linux puts an empty word where there is none (CVE-2021-4034). */
  if (error == 0 && given.count == 0) error = words_add(&given, "", 0);
  for (const char *at = given.bytes; error == 0 && at < given.bytes + given.length; at += strlen(at) + 1) error = words_add(&program.words, at, strlen(at));
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error == 0) {
    name_program(request, dirfd, path, &base, &program);
    if (dirfd == AT_FDCWD || path[0] == '/') snprintf(script, sizeof script, "%s", path);
    else snprintf(script, sizeof script, path[0] == '\0' ? "/dev/fd/%d" : "/dev/fd/%d/%s", dirfd, path);
    /* The agent itself was judged by the session; the launcher asks for itself. */
    int is_agent = request->process->tgid == session.agent && !__atomic_exchange_n(&has_started, 1, __ATOMIC_SEQ_CST);
    program.is_asked = !is_agent && !is_launcher(&program.object.stat);
    if (program.is_asked && is_started_plain(request, &program, &given)) program.runs = program.object.stat;
    else {
      worker_step_down(request->worker);
      error = find_interpreter(request, script, &program);
      if (error == 0 && program.is_asked) error = may_start(request, &program, &given);
    }
  }
  if (!request->is_answered) {
    if (error < 0) reply_error(request, error);
    else run_verified(request, &program, &given);
  }
  base_close(&base);
  object_close(&program.object);
  free(given.bytes);
  free(program.words.bytes);
  free(program.environment.bytes);
  free(program.handed.bytes);
  for (int i = 0; i < program.chain_length; i++) free(program.chain[i].bytes);
}

void on_execve(struct request *request) { execute(request, AT_FDCWD, request->args[0], request->args[1], request->args[2], 0); }
void on_execveat(struct request *request) { execute(request, (int)request->args[0], request->args[1], request->args[2], request->args[3], (int)request->args[4]); }
