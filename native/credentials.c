/*
 * Acting as the process that asks. Its credentials are the guard's own until somebody in the tree changes his, which
 * only a process with capabilities can; from then on each worker takes those of the process on before it acts.
 */
#include "guard.h"
#include <linux/capability.h>
#include <stdatomic.h>

static atomic_int have_ids_changed;

/* The call itself changes only who the process is; what it then does is judged, and done as whom it became. */
void on_new_ids(struct request *request) {
  atomic_store(&have_ids_changed, 1);
  reply_continue(request);
}

static int set_effective(uint64_t effective) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(__NR_capget, &header, data) < 0) return -1;
  data[0].effective = (__u32)effective & data[0].permitted;
  data[1].effective = (__u32)(effective >> 32) & data[1].permitted;
  return (int)syscall(__NR_capset, &header, data);
}

static int is_same(const struct credentials *a, const struct credentials *b) {
  return a->fsuid == b->fsuid && a->fsgid == b->fsgid && a->effective == b->effective && a->group_count == b->group_count && memcmp(a->groups, b->groups, a->group_count * sizeof *a->groups) == 0;
}

/* Where nobody may set them (user_namespaces(7), "deny"), they are everybody's. */
static int set_groups(const struct credentials *credentials) {
  gid_t groups[sizeof credentials->groups / sizeof *credentials->groups];
  if (syscall(__NR_setgroups, credentials->group_count, credentials->groups) == 0) return 0;
  int error = errno, count = getgroups(sizeof groups / sizeof *groups, groups);
  int is_same = count >= 0 && (size_t)count == credentials->group_count && memcmp(groups, credentials->groups, (size_t)count * sizeof *groups) == 0;
  return is_same ? 0 : (errno = error, -1);
}

/* The C library's wrappers change every thread; the calls themselves only this one. */
static int take_on(const struct credentials *credentials, uint64_t effective) {
  if (set_groups(credentials) < 0) return -1;
  syscall(__NR_setfsgid, credentials->fsgid);
  syscall(__NR_setfsuid, credentials->fsuid);
  if ((uid_t)syscall(__NR_setfsuid, -1) != credentials->fsuid || (gid_t)syscall(__NR_setfsgid, -1) != credentials->fsgid) return -1;
  return set_effective(effective);
}

static int learn_own(struct credentials *own) {
  struct process self = {.folder = open("/proc/thread-self", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (self.folder < 0) return -1;
  int result = process_credentials(&self, own);
  close(self.folder);
  return result;
}

/* Those of the file system calls that name files; the guard keeps what it needs to look into the tree. */
#define FILE_CAPABILITIES ((1ULL << CAP_CHOWN) | (1ULL << CAP_DAC_OVERRIDE) | (1ULL << CAP_DAC_READ_SEARCH) | (1ULL << CAP_FOWNER) | (1ULL << CAP_FSETID) | (1ULL << CAP_LINUX_IMMUTABLE) | (1ULL << CAP_MKNOD) | (1ULL << CAP_MAC_OVERRIDE) | (1ULL << CAP_SYS_ADMIN) | (1ULL << CAP_SYS_RESOURCE) | (1ULL << CAP_NET_BIND_SERVICE) | (1ULL << CAP_SETFCAP))

int worker_resemble(const struct worker *worker) {
  if (!worker->is_somebody_else) return 0;
  return take_on(&worker->as, (worker->own.effective & ~FILE_CAPABILITIES) | (worker->as.effective & FILE_CAPABILITIES));
}

/* Before it acts as somebody else for the first time: what it does not know it could not take back. */
static int knows_own(struct worker *worker) { return worker->own.group_count > 0 || worker->own.effective != 0 || learn_own(&worker->own) == 0; }

int worker_become(struct worker *worker, const struct process *process) {
  if (!atomic_load(&have_ids_changed)) return 0;
  struct credentials theirs;
  if (!knows_own(worker)) return -EPERM;
  /* It may be gone by now. */
  if (process_credentials(process, &theirs) < 0) return -EPERM;
  if (is_same(&theirs, &worker->own)) return 0;
  worker->is_somebody_else = 1;
  worker->as = theirs;
  if (worker_resemble(worker) == 0) return 0;
  worker_restore(worker);
  return -EPERM;
}

int worker_step_out(struct worker *worker) {
  int was_somebody_else = worker->is_somebody_else;
  worker_restore(worker);
  return was_somebody_else;
}

/* Not read again: it waits, and cannot have become another; but it may be gone. */
void worker_step_in(struct worker *worker, int was_somebody_else) {
  worker->is_somebody_else = was_somebody_else;
  if (worker_resemble(worker) < 0) die("a process's credentials cannot be taken on again");
}

/* System V goes by the effective ids and all capabilities, and writes down whose a thing is (svipc(7)). */
int worker_become_wholly(struct worker *worker, const struct process *process) {
  struct credentials theirs;
  const struct credentials *own = &worker->own;
  if (!atomic_load(&have_ids_changed)) return 0;
  /* Somebody may have changed his only since worker_become looked. */
  if (!knows_own(worker) || process_credentials(process, &theirs) < 0) return -EPERM;
  if (is_same(&theirs, own) && theirs.euid == own->euid && theirs.egid == own->egid) return 0;
  worker->is_somebody_else = worker->is_wholly = 1;
  if (syscall(__NR_setresgid, -1, theirs.egid, -1) < 0 || syscall(__NR_setresuid, -1, theirs.euid, -1) < 0) return -EPERM;
  return set_effective(theirs.effective) < 0 ? -EPERM : 0;
}

void worker_restore(struct worker *worker) {
  if (!worker->is_somebody_else) return;
  worker->is_somebody_else = 0;
  set_effective(worker->own.effective);
  if (worker->is_wholly && (syscall(__NR_setresuid, -1, worker->own.euid, -1) < 0 || syscall(__NR_setresgid, -1, worker->own.egid, -1) < 0)) die("the guard's own ids cannot be taken back");
  worker->is_wholly = 0;
  if (take_on(&worker->own, worker->own.effective) < 0) die("the guard's own credentials cannot be taken back");
}
