/*
 * The launcher: one program under the name of every command on PATH (hard links in RUNTIME/bin), as RUNTIME/launch, and as
 * RUNTIME/line (line.h).
 * It finds the program that the name stands for, asks the session's evaluator, and becomes exactly that program, or
 * prints the reason and exits 126. It is the same process before and after: pid, signals, descriptors, terminal and
 * arguments pass through untouched. Everything it needs to know lies in the folder it was started from, nothing in the
 * environment, so that clearing the environment changes nothing. Any failure is a denial.
 */
#include "line.h"

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

/* What the launcher of a session around this one is to run: the first line for it, the others for those around that. */
static size_t add_next(const char *programs, char **entries) {
  struct buffer own, rest;
  size_t size = text_length(programs) + 32, count = 0;
  if (!buffer_open(&own, size) || !buffer_open(&rest, size)) return 0;
  add_text(&own, "PATCHWORK_EXEC=");
  while (*programs != '\0' && *programs != '\n') add_byte(&own, *programs++);
  entries[count++] = own.bytes;
  if (*programs == '\0') return count;
  add_text(&rest, "PATCHWORK_EXEC_NEXT=");
  add_text(&rest, programs + 1);
  entries[count++] = rest.bytes;
  return count;
}

/*
 * The environment as it came, but for PATCHWORK_EXEC, and with our preload in NODE_OPTIONS whatever was done to it
 * on the way. NULL when there is no memory.
 */
static char **environment(char *const *envp, const char *preload) {
  static const char next[] = "PATCHWORK_EXEC_NEXT=";
  size_t count = 0;
  while (envp[count] != NULL) count++;
  char **result = sys_memory((2 * count + 3) * sizeof *result);
  if (result == NULL) return NULL;
  size_t at = 0;
  int has_options = 0;
  for (size_t i = 0; i < count; i++) {
    if (text_begins(envp[i], "PATCHWORK_EXEC=")) continue;
    if (text_begins(envp[i], next)) {
      at += add_next(envp[i] + sizeof next - 1, result + at);
      continue;
    }
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
  char **words = sys_memory((2 * count + 3) * sizeof *words);
  if (words == NULL) return;
  words[0] = (char *)"/bin/sh";
  words[1] = (char *)path;
  for (size_t i = 1; i < count; i++) words[i + 1] = argv[i];
  sys_exec("/bin/sh", words, envp);
}

/* Programs that look for their own folder along PATH, by argv[0]: compilers for their passes, Python for its library, databases and TeX for their files. */
static int finds_itself_by_name(const char *name) {
  static const char *const begins[] = {"cc", "c89", "c99", "c++", "cpp", "gcc", "g++", "gfortran", "python", "pypy", "tclsh", "wish", "cmake", "ctest", "cpack", "ccmake", "emacs", "postgres", "initdb", "pg_ctl", "psql", "tex", "latex", "pdftex", "pdflatex", "luatex", "lualatex", "xetex", "xelatex", "kpsewhich", "bibtex", "dvips", NULL};
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
  /* The runtime folder: RUNTIME/launch, RUNTIME/line or RUNTIME/bin/NAME. */
  size_t folder = (size_t)(name - own);
  int is_shim = folder > 5 && text_begins(own + folder - 5, "/bin/");
  int is_launch = !is_shim && text_equal(name, "launch");
  if (is_shim) folder -= 4;
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

  if (sys_cwd(cwd, sizeof cwd) <= 0) cwd[0] = '\0';
  if (!is_shim && text_equal(name, "line")) judge_line(argv, socket_path, cwd);
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
    /* A command that a rule denies is denied with its reason, installed or not. */
    struct question none = {(uint64_t)sys_pid(), argv, "", {0, 0, 0}, cwd, envp};
    if (!is_launch) ask(name, socket_path, &none);
    print("patchwork: ");
    print_name(is_launch ? program : name);
    print(": command not found\n");
    sys_exit(EXIT_NOT_FOUND);
  }

  struct question question = {(uint64_t)sys_pid(), argv, program, file, cwd, envp};
  ask(name, socket_path, &question);

  /* What was judged is what runs, unless it was swapped within these few instructions (docs/bypasses.md). */
  struct file_id now;
  if (sys_file_id(program, &now) < 0 || now.device != file.device || now.inode != file.inode) deny(name, "the program changed while it was judged");
  char **env = environment(envp, preload);
  if (env == NULL) deny(name, "there is no memory for the environment");
  /* Along PATH, and by the shim's own path, they would find the shim, and around it nothing of theirs. */
  if (text_after_last(given, '/') == given ? finds_itself_by_name(given) : is_shim && text_equal(text_after_last(given, '/'), name)) ((const char **)argv)[0] = program;
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
