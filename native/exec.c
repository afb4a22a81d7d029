/*
 * execve(2) and execveat(2): the program that the call names, read once and asked about, and then held against what
 * really runs. The kernel reads path and words again when it goes on, so the new program is stopped before its first
 * instruction, compared, and killed when it is not what was judged.
 */
#include "program.h"
#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

enum {
  SHEBANG_SIZE = 256, /* BINPRM_BUF_SIZE */
  CONTENT_AGE_MS = 30,
};

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

/* The interpreter's words in front of the script's, as binfmt_script does it. 1 when `object` is a script, 0 when not. */
static int read_shebang(const struct object *object, char *head, char **interpreter, char **argument) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", object->fd);
  int fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t length = fd < 0 ? 0 : read(fd, head, SHEBANG_SIZE - 1);
  if (fd >= 0) close(fd);
  if (length < 0) length = 0;
  head[length] = '\0';
  if (length < 2 || head[0] != '#' || head[1] != '!') return 0;
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
  char link[40], name[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", object->fd);
  int fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return 0; /* Execute-only: without the right to look into its process either, it is ended before it begins. */
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
  program->maps = file.stat;
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
  char head[SHEBANG_SIZE], name[REAL_SIZE], *interpreter, *argument;
  snprintf(name, sizeof name, "%s", script);
  int error = 0;
  for (int depth = 0; error == 0 && read_shebang(&current, head, &interpreter, &argument); depth++) {
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
    if (error == 0) link->count = program->words.count + 1, program->chain_length++;
    if (current.fd != program->object.fd) object_close(&current);
    if (error == 0) current = next;
  }
  if (error == 0) {
    program->runs = current.stat;
    error = add_elf_interpreter(request, &current, program);
    program->is_foreign = strncmp(head, "\177ELF", 4) != 0 && head[0] != '\0';
    if (current.fd != program->object.fd) object_close(&current);
  }
  return error;
}

static int is_launcher(const struct stat *stats) { return stats->st_dev == session.launcher_device && stats->st_ino == session.launcher_inode; }

/* /proc/PID/FILE holds exactly these strings. */
static int is_content(pid_t pid, const char *name, const struct words *words, int is_environment) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  size_t capacity = words->length + 4096, length = 0;
  char *content = malloc(capacity);
  ssize_t got = 0;
  while (content != NULL && length < capacity && (got = read(fd, content + length, capacity - length)) > 0) length += (size_t)got;
  close(fd);
  int is_same = content != NULL && got == 0;
  if (is_same && !is_environment) is_same = length == words->length && memcmp(content, words->bytes, length) == 0;
  else if (is_same) {
    /* Only what was judged counts, in its order. */
    const char *ours = words->bytes, *end = words->bytes + words->length;
    for (const char *theirs = content; theirs < content + length; theirs += strnlen(theirs, (size_t)(content + length - theirs)) + 1) {
      if (!changes_what_runs(theirs)) continue;
      while (ours < end && !changes_what_runs(ours)) ours += strlen(ours) + 1;
      if (ours >= end || strcmp(ours, theirs) != 0) { is_same = 0; break; }
      ours += strlen(ours) + 1;
    }
    while (is_same && ours < end && !changes_what_runs(ours)) ours += strlen(ours) + 1;
    is_same = is_same && ours >= end;
  }
  free(content);
  return is_same;
}

/* Programs for other machines run by a handler that the administrator registered. */
static int has_handlers(void) {
  DIR *folder = opendir("/proc/sys/fs/binfmt_misc");
  int found = 0;
  for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) found |= entry->d_name[0] != '.' && strcmp(entry->d_name, "register") != 0 && strcmp(entry->d_name, "status") != 0;
  if (folder != NULL) closedir(folder);
  return found;
}

/* Its content is what it was, as far as clocks that tick every 10 ms at worst can tell. */
static int is_unchanged(const struct stat *then, const struct stat *now) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  long age_ms = (time.tv_sec - now->st_ctim.tv_sec) * 1000 + (time.tv_nsec - now->st_ctim.tv_nsec) / 1000000;
  return then->st_size == now->st_size && then->st_ctim.tv_sec == now->st_ctim.tv_sec && then->st_ctim.tv_nsec == now->st_ctim.tv_nsec && age_ms > CONTENT_AGE_MS;
}

static int is_what_was_judged(struct request *request, pid_t pid, struct program *program, const struct words *given) {
  char path[32];
  struct stat runs;
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  if (stat(path, &runs) < 0) return 0;
  if (program->is_foreign) return has_handlers();
  if (runs.st_dev != program->runs.st_dev || runs.st_ino != program->runs.st_ino) return 0;
  /* Nobody can write what runs by now (ETXTBSY). What was written a moment ago is judged anew, for it may have come after the question. */
  int is_changed = program->is_asked && !is_launcher(&runs) && !is_unchanged(&program->runs, &runs);
  /* A file without a name is gone from the descriptors by now. */
  if (is_changed && strncmp(program->exe, "/proc/", 6) == 0) snprintf(program->exe, sizeof program->exe, "/proc/%d/exe", pid);
  if (is_changed && ask_again(request, program, given) < 0) return 0;
  if ((is_changed || program->maps.st_ino != 0) && !elf_is_only(pid, &runs, &program->maps)) return 0;
  /* The launcher asks for itself, whatever its words are. */
  if (is_launcher(&runs)) return 1;
  return is_content(pid, "cmdline", &program->words, 0) && is_content(pid, "environ", &program->environment, 1);
}

/* The new program is what was judged, and covered as was said. */
static void begin(struct request *request, pid_t pid) {
  /* A guard that acts as somebody else has no power over his processes. */
  worker_restore(request->worker);
  process_mark(pid, request->process->standing);
  worker_become(request->worker, request->process);
}

/* The old program goes on, as what it was. */
static void stay(struct request *request, int before) {
  if (request->process->standing != before) process_set_standing(request->process->tgid, before);
}

static void refuse(struct request *request, int before, int error) {
  stay(request, before);
  reply_error(request, error);
}

/* Lets the call go on and looks at what came of it, before the new program's first instruction. `before`: the standing of the old one, should that go on. */
static void run_verified(struct request *request, struct program *program, const struct words *given, int before) {
  pid_t tid = request->process->tid;
  if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACEEXEC) < 0) return refuse(request, before, errno == ESRCH ? ESRCH : EPERM);
  /* An interruption stands in for the exec stop when the call fails. */
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) {
    ptrace(PTRACE_DETACH, tid, 0, 0);
    return refuse(request, before, EPERM);
  }
  struct near near;
  near_begin(&near, NEAR_EXEC, tid);
  reply_continue(request);
  int is_ended = 0;
  for (int status; !is_ended;) {
    pid_t pid = waitpid(-1, &status, __WALL | __WNOTHREAD);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0 || !WIFSTOPPED(status)) {
      near_end(&near);
      if (pid > 0) agent_ended(pid, status);
      return;
    }
    /* An exec by another thread than the first takes over that one's number. */
    near.tid = pid;
    int is_exec = status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
    int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    if (is_exec && !is_what_was_judged(request, pid, program, given)) {
      kill(pid, SIGKILL);
      ptrace(PTRACE_DETACH, pid, 0, 0);
      continue;
    }
    if (is_exec) process_set_loader(pid, program->is_loader);
    is_ended = is_exec || status >> 16 == PTRACE_EVENT_STOP;
    if (is_exec) begin(request, pid);
    else if (is_ended) stay(request, before);
    if (is_ended) near_end(&near);
    ptrace(is_ended ? PTRACE_DETACH : PTRACE_CONT, pid, 0, is_ended ? 0 : signal);
  }
}

static void execute(struct request *request, int dirfd, uint64_t path_at, uint64_t argv, uint64_t envp, int flags) {
  char path[PATH_MAX], script[REAL_SIZE];
  static int has_started;
  struct program program;
  memset(&program, 0, sizeof program);
  program.object.fd = -1;
  struct base base = {.fd = AT_FDCWD};
  struct words given = {NULL, 0, 0, 0};
  int length = read_string(request, path_at, path, sizeof path), error = length < 0 ? length : 0, before = request->process->standing;
  if (error == 0) error = open_program(request, dirfd, path, flags, &program, &base);
  /* Searches of PATH end here, most of the time. */
  if (error == 0) error = words_read_list(request, argv, &given);
  if (error == 0) error = words_read_list(request, envp, &program.environment);
  /* Linux puts an empty word where there is none (CVE-2021-4034). */
  if (error == 0 && given.count == 0) error = words_add(&given, "", 0);
  for (const char *at = given.bytes; error == 0 && at < given.bytes + given.length; at += strlen(at) + 1) error = words_add(&program.words, at, strlen(at));
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error == 0) {
    name_program(request, dirfd, path, &base, &program);
    if (dirfd == AT_FDCWD || path[0] == '/') snprintf(script, sizeof script, "%s", path);
    else snprintf(script, sizeof script, path[0] == '\0' ? "/dev/fd/%d" : "/dev/fd/%d/%s", dirfd, path);
    error = find_interpreter(request, script, &program);
    /* The agent itself was judged by the session; the launcher asks for itself. */
    int is_agent = request->process->tgid == session.agent && !__atomic_exchange_n(&has_started, 1, __ATOMIC_SEQ_CST);
    if (error == 0 && !is_agent && !is_launcher(&program.object.stat)) {
      program.is_asked = 1;
      error = may_start(request, &program, &given);
    }
  }
  if (!request->is_answered) {
    if (error < 0) refuse(request, before, error);
    else run_verified(request, &program, &given, before);
  }
  base_close(&base);
  object_close(&program.object);
  free(given.bytes);
  free(program.words.bytes);
  free(program.environment.bytes);
  for (int i = 0; i < program.chain_length; i++) free(program.chain[i].bytes);
}

void on_execve(struct request *request) { execute(request, AT_FDCWD, request->args[0], request->args[1], request->args[2], 0); }
void on_execveat(struct request *request) { execute(request, (int)request->args[0], request->args[1], request->args[2], request->args[3], (int)request->args[4]); }
