/*
 * What runs is what was judged: the new program is stopped before its first instruction, compared, and killed when it is
 * another one.
 */
#include "program.h"
#include <dirent.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

enum { CONTENT_AGE_MS = 30 };

int is_launcher(const struct stat *stats) { return stats->st_dev == session.launcher_device && stats->st_ino == session.launcher_inode; }

/* Where the stack of a stopped thread ends; 0 when that is not told. */
static uint64_t stack_of(pid_t pid) {
  struct user_regs_struct registers;
  struct iovec all = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, pid, (void *)(uintptr_t)NT_PRSTATUS, &all) < 0 || all.iov_len != sizeof registers) return 0;
#ifdef __x86_64__
  return registers.rsp;
#else
  return registers.sp;
#endif
}

/* Somebody else has killed it: it stands still no more, and will never run. */
static int is_ending(pid_t pid) { return stack_of(pid) == 0 && errno == ESRCH; }

static int are_same(const struct words *a, const struct words *b) { return a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0); }

static int open_memory(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * A new program finds its words and variables on its stack: their count, then pointers to each of both, with an end behind each list
 * (System V ABI, process initialization). Before its first instruction they are what the kernel copied. `memory`: /proc/PID/mem.
 */
static int is_given(pid_t pid, int memory, const struct words *expected, const struct program *program) {
  const struct seccomp_notif stopped = {.pid = (__u32)pid};
  struct process process = {.tid = pid, .memory = memory};
  const struct request look = {.notification = &stopped, .process = &process};
  struct words words = {NULL, 0, 0, 0}, environment = {NULL, 0, 0, 0};
  struct pages pages;
  pages_forget(&pages);
  uint64_t stack = stack_of(pid), count;
  int is_same = stack != 0 && pages_read_number(&look, &pages, stack, &count) == 0 && count < UINT32_MAX
    && words_read_list(&look, &pages, stack + sizeof count, &words) == 0 && words_read_list(&look, &pages, stack + (count + 2) * sizeof count, &environment) == 0;
  if (is_same) {
    keep_what_changes(&environment);
    is_same = words.count == count && are_same(&words, expected) && are_same(&environment, &program->environment);
  }
  free(words.bytes);
  free(environment.bytes);
  return is_same;
}

/* A handler of binfmt_misc, and started as one is. */
static int is_handler(pid_t pid, int memory, const struct program *program, const struct stat *runs) {
  DIR *folder = opendir("/proc/sys/fs/binfmt_misc");
  int is_found = 0;
  for (const struct dirent *entry; folder != NULL && !is_found && (entry = readdir(folder)) != NULL;) {
    struct words words = {NULL, 0, 0, 0};
    is_found = handler_starts(dirfd(folder), entry->d_name, runs, program, &words) && is_given(pid, memory, &words, program);
    free(words.bytes);
  }
  if (folder != NULL) closedir(folder);
  return is_found;
}

/* Nothing else than it and its interpreter was mapped. They are looked at with the guard's own rights: the caller may have none to read them. */
static int is_alone(struct request *request, pid_t pid, const struct stat *runs, const struct stat *maps) {
  int was_somebody_else = worker_step_out(request->worker);
  int is_only = elf_is_only(pid, runs, maps);
  worker_step_in(request->worker, was_somebody_else);
  return is_only;
}

/* Its content is what it was, as far as clocks that tick every 10 ms at worst can tell. */
static int is_unchanged(const struct stat *then, const struct stat *now) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  long age_ms = (time.tv_sec - now->st_ctim.tv_sec) * 1000 + (time.tv_nsec - now->st_ctim.tv_nsec) / 1000000;
  return then->st_size == now->st_size && then->st_ctim.tv_sec == now->st_ctim.tv_sec && then->st_ctim.tv_nsec == now->st_ctim.tv_nsec && age_ms > CONTENT_AGE_MS;
}

static int is_what_was_judged(struct request *request, pid_t pid, int memory, struct program *program, const struct words *given) {
  char path[32];
  struct stat runs;
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  if (stat(path, &runs) < 0) return 0;
  if (program->is_foreign) return is_handler(pid, memory, program, &runs);
  if (runs.st_dev != program->runs.st_dev || runs.st_ino != program->runs.st_ino) return 0;
  /* Nobody can write what runs by now (ETXTBSY). What was written a moment ago is judged anew, for it may have come after the question. */
  /* So is what was found by a name while names changed: the evaluator may have looked at another file than we did. */
  int is_changed = program->is_asked && !is_launcher(&runs) && (!is_unchanged(&program->runs, &runs) || (program->maps.st_ino != 0 && !is_unchanged(&program->maps, &program->maps)) || !names_are_same(&program->names));
  /* A file without a name is gone from the descriptors by now. */
  if (is_changed && strncmp(program->exe, "/proc/", 6) == 0) snprintf(program->exe, sizeof program->exe, "/proc/%d/exe", pid);
  if (is_changed && ask_again(request, program, given) < 0) return 0;
  if ((is_changed || program->maps.st_ino != 0) && !is_alone(request, pid, &runs, &program->maps)) return 0;
  /* The launcher asks for itself, whatever its words are. */
  if (is_launcher(&runs)) return 1;
  return is_given(pid, memory, &program->words, program);
}

/* The new program is what was judged, and covered as was said. */
static void begin(struct request *request, pid_t pid, const struct program *program) {
  if (program->standing != request->process->standing) process_set_standing(pid, program->standing);
  /* A guard that acts as somebody else has no power over his processes. */
  int was_somebody_else = worker_step_out(request->worker);
  process_mark(pid, program->standing, request->process->domain);
  worker_step_in(request->worker, was_somebody_else);
}

/*
 * Programs mostly begin within a tenth of a millisecond, on our own processor: giving that up for a moment is cheaper than
 * waking another worker, which then receives somewhere else.
 */
static pid_t wait_for_stop(struct worker *worker, int *status) {
  enum { YIELDS = 3, PATIENCE_NS = 150000 };
  struct timespec since, now;
  clock_gettime(CLOCK_MONOTONIC, &since);
  for (int i = 0; i < YIELDS && worker->is_leading; i++) {
    sched_yield();
    pid_t pid = waitpid(-1, status, WNOHANG | __WALL | __WNOTHREAD);
    if (pid != 0) return pid;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - since.tv_sec) * 1000000000L + now.tv_nsec - since.tv_nsec > PATIENCE_NS) break;
  }
  worker_step_down(worker);
  return waitpid(-1, status, __WALL | __WNOTHREAD);
}

/* Lets the call go on and looks at what came of it, before the new program's first instruction. */
void run_verified(struct request *request, struct program *program, const struct words *given) {
  pid_t tid = request->process->tid;
  /* Should we be gone before it was looked at, it must not run. */
  if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0) return reply_error(request, errno == ESRCH ? ESRCH : EPERM);
  /* An interruption stands in for the exec stop when the call fails. */
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) {
    let_go(tid, 0);
    return reply_error(request, EPERM);
  }
  reply_continue(request);
  int is_ended = 0;
  for (int status; !is_ended;) {
    pid_t pid = wait_for_stop(request->worker, &status);
    if (pid < 0 && errno == EINTR) continue;
    /* One that was killed in its open, long ago (walk.c). */
    if (pid > 0 && pid != tid && pid != request->process->tgid) {
      agent_ended(pid, status);
      continue;
    }
    if (pid < 0 || !WIFSTOPPED(status)) {
      if (pid > 0) agent_ended(pid, status);
      return;
    }
    /* An exec by another thread than the first takes over that one's number. */
    int is_exec = status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
    int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    int memory = is_exec ? open_memory(pid) : -1;
    if (is_exec && !is_what_was_judged(request, pid, memory, program, given)) {
      if (memory >= 0) close(memory);
      if (!is_ending(pid)) explain_rule(request, "a program", "what was about to run is not what was judged");
      kill(pid, SIGKILL);
      return let_go(pid, 0);
    }
    if (is_exec) process_renew(pid, memory), process_set_loader(pid, program->is_loader);
    is_ended = is_exec || status >> 16 == PTRACE_EVENT_STOP;
    if (is_exec) begin(request, pid, program);
    else if (is_ended) explain_rights(request, program->object.fd);
    if (is_ended) let_go(pid, 0);
    else ptrace(PTRACE_CONT, pid, 0, signal);
  }
}
