/* Whether a program may start: asked of the evaluator, but for what it has called plain. */
#include "program.h"
#include "../shims/environment.h"
#include <time.h>

enum { NAMES = sizeof ENVIRONMENT / sizeof *ENVIRONMENT };
_Static_assert(NAMES < UINT8_MAX, "a name is found by one byte");

/* The names by their first letters, each as its place and one more; 0 is none. */
static uint8_t first_of[UINT8_MAX + 1], next_of[NAMES];
static pthread_once_t are_sorted = PTHREAD_ONCE_INIT;

static void sort_names(void) {
  for (uint8_t i = 0; i < NAMES; i++) {
    uint8_t *first = &first_of[(unsigned char)ENVIRONMENT[i][0]];
    next_of[i] = *first;
    *first = i + 1;
  }
}

/* A variable that changes what runs. */
static int changes_what_runs(const char *entry) {
  for (uint8_t at = first_of[(unsigned char)entry[0]]; at != 0; at = next_of[at - 1]) if (strncmp(entry, ENVIRONMENT[at - 1], strlen(ENVIRONMENT[at - 1])) == 0) return 1;
  return 0;
}

void keep_what_changes(struct words *environment) {
  pthread_once(&are_sorted, sort_names);
  const char *at = environment->bytes, *end = environment->bytes + environment->length;
  environment->length = environment->count = 0;
  for (size_t size; at < end; at += size) {
    size = strlen(at) + 1;
    if (!changes_what_runs(at)) continue;
    memmove(environment->bytes + environment->length, at, size);
    environment->length += size;
    environment->count++;
  }
}

static void add_words(struct text *question, const char *name, const struct words *words) {
  text_add(question, ",\"%s\":[", name);
  const char *at = words->bytes;
  for (size_t i = 0; i < words->count; i++, at += strlen(at) + 1) {
    if (i > 0) text_add_bytes(question, ",", 1);
    text_add_json(question, at, strlen(at));
  }
  text_add(question, "]");
}

static void name_folder(const struct request *request, char *cwd) {
  ssize_t length = readlinkat(request->process->folder, "cwd", cwd, PATH_MAX);
  cwd[length < 0 ? 0 : length] = '\0';
  /* What is gone, or too deep for a path, takes more than a look. */
  if (length > 0 && length < PATH_MAX && cwd[length - 1] != ')') return;
  struct base folder;
  strcpy(cwd, base_open(request, AT_FDCWD, ".", &folder) < 0 ? "" : folder.real);
  base_close(&folder);
}

static void name_start(const struct request *request, struct text *question, const struct program *program, int standing) {
  text_add(question, ",\"pid\":%d,\"action\":\"command_execute\",\"standing\":%d,\"exe\":", request->process->tgid, standing);
  text_add_json(question, program->exe, strlen(program->exe));
}

static void describe(const struct request *request, struct text *question, const struct program *program, const struct words *given) {
  char cwd[REAL_SIZE];
  name_folder(request, cwd);
  add_words(question, "argv", given);
  text_add(question, ",\"file\":\"%llu:%llu\",\"cwd\":", (unsigned long long)program->object.stat.st_dev, (unsigned long long)program->object.stat.st_ino);
  text_add_json(question, cwd, strlen(cwd));
  add_words(question, "env", &program->environment);
}

/* `link`: which interpreter is asked about with it, the first where there is none. */
static int ask(struct request *request, struct program *program, const struct words *given, int link, int is_again) {
  struct worker *worker = request->worker;
  struct text *question = &worker->question;
  text_reset(question);
  text_add(question, "{\"v\":1,\"id\":1,\"op\":\"ask\",\"pep\":\"guard\"");
  name_start(request, question, program, program->is_running ? program->standing : request->process->standing);
  describe(request, question, program, given);
  if (link < program->chain_length) {
    const struct stat *file = &program->chain_files[link];
    add_words(question, "interpreter", &program->chain[link]);
    text_add(question, ",\"interpreterFile\":\"%llu:%llu\"", (unsigned long long)file->st_dev, (unsigned long long)file->st_ino);
  }
  text_add(question, "%s%s}\n", is_again ? ",\"advise\":true" : "", program->is_running ? ",\"running\":true" : "");
  evaluator_ask(&worker->evaluator, question, &worker->answer);
  if (question->capacity > 1024 * 1024) text_free(question);
  if (!worker->answer.is_allowed) {
    explain(request, worker->answer.message);
    return -EACCES;
  }
  program->is_loader |= worker->answer.is_loader;
  /* The new program's: until it begins, all threads of the old one are what they were. */
  if (!is_again && worker->answer.standing >= 0) program->standing = worker->answer.standing;
  return 0;
}

/* This very file as it is now, called so, under such variables. */
static struct key plain_key(const struct request *request, const struct program *program, const struct words *given) {
  const struct stat *stats = &program->object.stat;
  struct text *text = &request->worker->question;
  text_reset(text);
  text_add(text, "plain %d %llu:%llu %lld.%09ld %lld ", request->process->standing != STANDING_AGENT, (unsigned long long)stats->st_dev, (unsigned long long)stats->st_ino, (long long)stats->st_ctim.tv_sec, stats->st_ctim.tv_nsec, (long long)stats->st_size);
  text_add_bytes(text, program->exe, strlen(program->exe) + 1);
  text_add_bytes(text, given->bytes, strlen(given->bytes) + 1);
  if (program->environment.length > 0) text_add_bytes(text, program->environment.bytes, program->environment.length);
  return key_make(text->bytes, text->length);
}

/*
 * What a standard stream is joined to: a pipe or socket by the kernel's name for it (proc_pid_fd(5)), a named pipe by its path; nothing
 * for all else. The evaluator finds pipelines by it, and the process may be gone by the time that it hears of it.
 */
static void name_stream(const struct request *request, const char *link, char *name) {
  struct stat stats;
  ssize_t length = readlinkat(request->process->folder, link, name, PATH_MAX - 1);
  name[length < 0 ? 0 : length] = '\0';
  if (strncmp(name, "pipe:", 5) == 0 || strncmp(name, "socket:", 7) == 0) return;
  int is_named = name[0] == '/' && strncmp(name, "/dev/", 5) != 0 && fstatat(request->process->folder, link, &stats, 0) == 0 && S_ISFIFO(stats.st_mode);
  if (!is_named) name[0] = '\0';
}

/* Numbers of our own for who covers a process: src/evaluator/guard-view.ts, GUARDS_OWN. */
enum { FIRST_STANDING = 1 << 24 };
static int next_standing = FIRST_STANDING;

/* What the evaluator has called plain starts unasked; it is told. 0 when it has to be asked. */
static int start_plain(struct request *request, struct program *program, const struct words *given, struct key key) {
  char input[PATH_MAX], output[PATH_MAX];
  if (!key_is_known(key) || (ahead_is_wanted() && request->process->standing == STANDING_AGENT)) return 0;
  /* In the middle or at the end of a pipeline: what it reads from says more than its name. */
  name_stream(request, "fd/0", input);
  if (input[0] != '\0') return 0;
  name_stream(request, "fd/1", output);
  int before = request->process->standing, standing = before;
  if (before == STANDING_AGENT) standing = __atomic_fetch_add(&next_standing, 1, __ATOMIC_RELAXED);
  struct text *notice = &request->worker->question;
  text_reset(notice);
  text_add(notice, ",\"op\":\"ran\"");
  name_start(request, notice, program, standing);
  /* Words may hold secrets, which only the evaluator knows to leave out. */
  size_t written_down = notice->length;
  describe(request, notice, program, given);
  text_add(notice, ",\"ppid\":%d,\"asker\":%d,\"stdout\":", request->process->parent, before);
  text_add_json(notice, output, strlen(output));
  if (!notice_pass_split(notice, written_down)) return 0;
  program->standing = standing;
  return 1;
}

/* What was changed a moment ago could be changed again without a newer time on it: before Linux 6.13 those are 4 ms apart. */
static int is_settled_file(const struct stat *stats) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec - stats->st_ctim.tv_sec >= 2;
}

static int ask_about(struct request *request, struct program *program, const struct words *given, int is_again) {
  int error = ask(request, program, given, 0, is_again);
  for (int i = 1; error == 0 && i < program->chain_length; i++) error = ask(request, program, given, i, 1);
  return error;
}

int ask_again(struct request *request, struct program *program, const struct words *given) {
  program->is_running = 1;
  return ask_about(request, program, given, 1);
}

int is_started_plain(struct request *request, struct program *program, const struct words *given) {
  return elf_are_loaders_there() && start_plain(request, program, given, plain_key(request, program, given));
}

int may_start(struct request *request, struct program *program, const struct words *given) {
  int may_be_plain = program->chain_length == 0 && !program->is_foreign;
  struct key key = plain_key(request, program, given);
  int error = ask_about(request, program, given, 0);
  /* The evaluator looked by the path: by a name that changes it may have seen another file. */
  if (error == 0 && may_be_plain && request->worker->answer.is_plain && names_are_same(&program->names) && is_settled_file(&program->object.stat) && keeps_times(program->object.fd)) key_remember(key);
  return error;
}
