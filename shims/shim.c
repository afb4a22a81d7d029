/*
 * The launcher: one program under the name of every command on PATH (hard links in RUNTIME/bin), and as RUNTIME/launch.
 * It finds the program that the name stands for, asks the session's evaluator, and becomes exactly that program, or
 * prints the reason and exits 126. It is the same process before and after: pid, signals, descriptors, terminal and
 * arguments pass through untouched. Everything it needs to know lies in the folder it was started from, nothing in the
 * environment, so that clearing the environment changes nothing. Any failure is a denial.
 */
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

static const char *variable(char *const *envp, const char *name_and_equals) {
  for (; *envp != NULL; envp++) {
    if (text_begins(*envp, name_and_equals)) return *envp + text_length(name_and_equals);
  }
  return NULL;
}

static int is_program(const char *path, const struct file_id *own, struct file_id *file) {
  if (sys_file_id(path, file) < 0 || (file->mode & MODE_TYPE) != MODE_REGULAR) return 0;
  /* Ourselves under another name: the shim folder by another path. */
  if (file->device == own->device && file->inode == own->inode) return 0;
  return sys_can_execute(path) >= 0;
}

/*
 * The part of PATH behind the last mention of our own folder: what stands before it the caller has passed over already.
 * With a session inside a session each launcher so hands on to the next, and none back.
 */
static const char *path_after(const char *path, const char *folder, size_t length) {
  const char *rest = path;
  for (const char *at = path;;) {
    size_t end = 0;
    while (at[end] != '\0' && at[end] != ':') end++;
    size_t size = end;
    while (size > 1 && at[size - 1] == '/') size--;
    int is_ours = size == length;
    for (size_t i = 0; is_ours && i < length; i++) is_ours = at[i] == folder[i];
    if (is_ours) rest = at + end + (at[end] == ':');
    if (at[end] == '\0') return rest;
    at += end + 1;
  }
}

/* The first program of that name on PATH which is not this launcher; 0 when there is none. */
static int find_program(const char *name, const char *path, const struct file_id *own, char *found, struct file_id *file) {
  size_t name_length = text_length(name);
  for (;;) {
    size_t length = 0;
    while (path[length] != '\0' && path[length] != ':') length++;
    if (length + name_length + 2 < PATH_SIZE) {
      size_t at = 0;
      for (; at < length; at++) found[at] = path[at];
      if (length > 0) found[at++] = '/'; /* An empty element is the current folder (POSIX 8.3). */
      for (size_t i = 0; i <= name_length; i++) found[at + i] = name[i];
      if (is_program(found, own, file)) return 1;
    }
    if (path[length] == '\0') return 0;
    path += length + 1;
  }
}

/* Sends all of it; a peer that is gone must not kill us with SIGPIPE before the reason is printed. */
static int send_all(int fd, const char *bytes, size_t length);

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

static void ask(const char *name, const char *socket_path, const struct question *question) {
  struct buffer out, message;
  char *line = sys_memory(ANSWER_SIZE);
  if (line == NULL || !buffer_open(&out, question_size(question)) || !buffer_open(&message, ANSWER_SIZE)) deny(name, "there is no memory for the question");
  write_question(&out, question);
  if (out.length > out.capacity) deny(name, "the question is too long");
  long fd = sys_connect_unix(socket_path);
  if (fd < 0) deny(name, "the evaluator of this session cannot be reached");
  /* A refusal may come while we are still sending: read it even if the rest could not be sent. */
  int sent = send_all((int)fd, out.bytes, out.length);
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

/*
 * Our word stands in NODE_OPTIONS as one of its own: not inside quotes, not as a part of another. (As the value of the
 * option before it Node refuses it, since it begins with a dash.)
 */
static int has_preload(const char *options, const char *preload) {
  static const char option[] = "--require=";
  int in_quotes = 0, at_start = 1;
  for (const char *at = options; *at != '\0'; at++) {
    if (at_start && text_begins(at, option) && text_begins(at + sizeof option - 1, preload)) {
      char next = at[sizeof option - 1 + text_length(preload)];
      if (next == '\0' || next == ' ') return 1;
    }
    if (*at == '"') in_quotes = !in_quotes;
    else if (in_quotes && *at == '\\' && at[1] != '\0') at++;
    at_start = *at == ' ' && !in_quotes;
  }
  return 0;
}

/*
 * The environment as it came, but for PATCHWORK_EXEC, and with our preload in NODE_OPTIONS whatever was done to it
 * on the way. NULL when there is no memory.
 */
static char **environment(char *const *envp, const char *preload) {
  size_t count = 0;
  while (envp[count] != NULL) count++;
  char **result = sys_memory((count + 2) * sizeof *result);
  if (result == NULL) return NULL;
  size_t at = 0;
  int has_options = 0;
  for (size_t i = 0; i < count; i++) {
    if (text_begins(envp[i], "PATCHWORK_EXEC=")) continue;
    result[at] = envp[i];
    if (text_begins(envp[i], "NODE_OPTIONS=")) {
      has_options = 1;
      if (!has_preload(envp[i] + 13, preload)) {
        struct buffer merged;
        if (!buffer_open(&merged, text_length(envp[i]) + text_length(preload) + 32)) return NULL;
        add_text(&merged, "NODE_OPTIONS=--require=");
        add_text(&merged, preload);
        add_byte(&merged, ' ');
        add_text(&merged, envp[i] + 13);
        result[at] = merged.bytes;
      }
    }
    at++;
  }
  if (!has_options) {
    struct buffer own;
    if (!buffer_open(&own, text_length(preload) + 32)) return NULL;
    add_text(&own, "NODE_OPTIONS=--require=");
    add_text(&own, preload);
    result[at++] = own.bytes;
  }
  return result;
}

/* A text file without a #! line is run by the shell, as execvp(3) and every shell do. */
static void run_as_script(const char *path, char *const *argv, char *const *envp) {
  size_t count = 0;
  while (argv[count] != NULL) count++;
  char **words = sys_memory((count + 3) * sizeof *words);
  if (words == NULL) return;
  words[0] = (char *)"/bin/sh";
  words[1] = (char *)path;
  for (size_t i = 1; i < count; i++) words[i + 1] = argv[i];
  sys_exec("/bin/sh", words, envp);
}

/* Programs that look for their own folder along PATH, by argv[0]: compilers for their passes, Python for its library. */
static int finds_itself_by_name(const char *name) {
  static const char *const begins[] = {"cc", "c89", "c99", "c++", "cpp", "gcc", "g++", "gfortran", "python", "pypy", "tclsh", "wish", "cmake", "ctest", "cpack", "ccmake", NULL};
  static const char *const holds[] = {"-gcc", "-g++", "-c++", "-cpp", "-gfortran", NULL};
  for (size_t i = 0; begins[i] != NULL; i++) {
    /* `gcc-12` and `python3.11` are what they begin with, `ccache` is not. */
    char next = text_begins(name, begins[i]) ? name[text_length(begins[i])] : 'a';
    if (next < 'a' || next > 'z') return 1;
  }
  for (size_t i = 0; holds[i] != NULL; i++)
    for (const char *from = name; *from != '\0'; from++)
      if (text_begins(from, holds[i])) return 1;
  return 0;
}

static void launch(char *const *argv, char *const *envp) {
  static char own[PATH_SIZE], program[PATH_SIZE], cwd[PATH_SIZE], socket_path[PATH_SIZE], preload[PATH_SIZE];
  struct file_id own_file, file;
  const char *given = argv[0] != NULL ? argv[0] : "";
  long length = sys_own_path(own, sizeof own);
  if (length <= 0 || length >= PATH_SIZE - 64 || sys_file_id(own, &own_file) < 0) deny(given, "the launcher cannot find itself");

  const char *name = text_after_last(own, '/');
  const char *wanted = variable(envp, "PATCHWORK_EXEC=");
  int is_launch = text_equal(name, "launch");
  /* The runtime folder: RUNTIME/launch or RUNTIME/bin/NAME. */
  size_t folder = (size_t)(name - own);
  if (!is_launch) {
    folder--;
    while (folder > 0 && own[folder - 1] != '/') folder--;
  }
  struct buffer socket_text = {socket_path, 0, sizeof socket_path - 1}, preload_text = {preload, 0, sizeof preload - 1};
  /* NODE_OPTIONS is split at blanks; a word with one stands in double quotes (node(1)), as environment.ts writes it. */
  int quoted = 0;
  for (size_t i = 0; i < folder; i++) quoted |= own[i] == ' ' || own[i] == '"' || own[i] == '\\' || own[i] == '\t' || own[i] == '\n';
  if (quoted) add_byte(&preload_text, '"');
  for (size_t i = 0; i < folder; i++) {
    add_byte(&socket_text, own[i]);
    if (own[i] == '"' || own[i] == '\\') add_byte(&preload_text, '\\');
    add_byte(&preload_text, own[i]);
  }
  add_text(&socket_text, "sock");
  add_text(&preload_text, "src/preload/register.cjs");
  if (quoted) add_byte(&preload_text, '"');
  if (preload_text.length > preload_text.capacity) deny(given, "the runtime folder's path is too long");

  int is_found = 0;
  if (is_launch) {
    if (wanted == NULL || text_length(wanted) >= PATH_SIZE) deny(given, "the launcher was started without a program");
    for (size_t i = 0; i <= text_length(wanted); i++) program[i] = wanted[i];
    is_found = is_program(program, &own_file, &file);
  } else {
    const char *path = variable(envp, "PATH=");
    if (path == NULL) path = "/usr/local/bin:/usr/bin:/bin";
    is_found = find_program(name, path_after(path, own, (size_t)(name - own) - 1), &own_file, program, &file);
  }
  if (!is_found) {
    print("patchwork: ");
    print_name(is_launch ? program : name);
    print(": command not found\n");
    sys_exit(EXIT_NOT_FOUND);
  }
  if (sys_cwd(cwd, sizeof cwd) <= 0) cwd[0] = '\0';

  struct question question = {(uint64_t)sys_pid(), argv, program, file, cwd, envp};
  ask(name, socket_path, &question);

  /* What was judged is what runs, unless it was swapped within these few instructions (docs/bypasses.md). */
  struct file_id now;
  if (sys_file_id(program, &now) < 0 || now.device != file.device || now.inode != file.inode) deny(name, "the program changed while it was judged");
  char **env = environment(envp, preload);
  if (env == NULL) deny(name, "there is no memory for the environment");
  /* Along PATH they would find the shim, and around it nothing of theirs. */
  if (text_after_last(given, '/') == given && finds_itself_by_name(given)) ((const char **)argv)[0] = program;
  long error = sys_exec(program, argv, env);
  if (error == -E_NOEXEC) run_as_script(program, argv, env);
  print("patchwork: ");
  print_name(program);
  print(error == -E_NOENT ? ": its interpreter does not exist\n" : error == -E_ACCES ? ": permission denied\n" : ": cannot be executed\n");
  sys_exit(error == -E_NOENT ? EXIT_NOT_FOUND : EXIT_DENIED);
}

#if FREESTANDING
/* Called by _start with the initial stack. */
__attribute__((used)) void start(long *stack) {
  long argc = stack[0];
  char **argv = (char **)(stack + 1);
  launch(argv, argv + argc + 1);
  sys_exit(EXIT_DENIED);
}
#else
extern char **environ;
int main(int argc, char **argv) {
  (void)argc;
  launch(argv, environ);
  return EXIT_DENIED;
}
#endif
