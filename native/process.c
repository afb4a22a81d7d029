/*
 * The threads of the tree: who they are, and who covers them. A folder of /proc that is held open stays that thread's,
 * however often its number is given out again, so an entry can be trusted as long as its folder answers.
 */
#include "guard.h"
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

enum { BUCKETS = 4096, ENTRIES_MOST = 8192, DEPTH_LIMIT = 256, PARENT_TRIES = 64, OTHER_DESCRIPTORS = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct process *buckets[BUCKETS];
static int count;
static int entries_limit = 256;
static int has_forgotten; /* somebody who is still there */

/* Each entry holds up to four descriptors; the rest is for what is at work. */
void process_limit(unsigned long descriptors) {
  unsigned long room = descriptors > 2 * OTHER_DESCRIPTORS ? (descriptors - OTHER_DESCRIPTORS) / 4 : descriptors / 16;
  entries_limit = room > ENTRIES_MOST ? ENTRIES_MOST : (int)room;
}
static uint64_t now;

static struct process **bucket_of(pid_t tid) { return &buckets[(unsigned)tid % BUCKETS]; }

static int is_alive(const struct process *process) {
  char target[8];
  /* Readable when the process is gone; its number is given out again later than that. */
  if (process->pidfd >= 0) {
    int events = poll(&(struct pollfd){.fd = process->pidfd, .events = POLLIN}, 1, 0);
    /* Where that cannot be told it may be there, and is forgotten. */
    if (events < 0) has_forgotten = 1;
    return events == 0;
  }
  /* Other errors are those of somebody who is there. */
  return readlinkat(process->folder, "cwd", target, sizeof target) >= 0 || (errno != ENOENT && errno != ESRCH);
}

static void close_if_open(atomic_int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void close_past(struct process *process) {
  for (size_t i = 0; i < 2; i++) close_if_open(&process->past[i]);
}

static void destroy(struct process *process) {
  close(process->folder);
  if (process->pidfd >= 0) close(process->pidfd);
  close_if_open(&process->pagemap);
  close_if_open(&process->memory);
  close_past(process);
  free(process);
  count--;
}

static void unlink_entry(struct process *process) {
  struct process **at = bucket_of(process->tid);
  while (*at != NULL && *at != process) at = &(*at)->next;
  if (*at != NULL) *at = process->next;
  process->next = NULL;
  if (process->users == 0) destroy(process);
  else process->tid = 0; /* The last user destroys it. */
}

/* Removes dead entries first, then whatever nobody uses: what is forgotten is looked up again, more strictly. */
static void make_room(void) {
  for (int pass = 0; pass < 2 && count > entries_limit * 3 / 4; pass++) {
    for (size_t i = 0; i < BUCKETS; i++) {
      for (struct process *at = buckets[i], *next; at != NULL; at = next) {
        next = at->next;
        /* What was let go on has to be found again (walk.c). */
        if (at->users == 0 && !(at->is_opening && is_alive(at)) && (pass == 1 ? now - at->used > (uint64_t)entries_limit / 4 : !is_alive(at))) has_forgotten |= pass, unlink_entry(at);
      }
    }
  }
}

/*
 * Who covers a process is written on it: a limit that the kernel knows but does not use (getrlimit(2), RLIMIT_LOCKS).
 * Children inherit it, whoever their parent is by now, and nobody of the tree can change it (processes.c).
 */
static int read_marks(pid_t pid, int *domain) {
  struct rlimit mark = {RLIM_INFINITY, RLIM_INFINITY};
  prlimit(pid, RLIMIT_LOCKS, NULL, &mark);
  *domain = mark.rlim_cur > DOMAIN_MARK && mark.rlim_cur <= DOMAIN_MARK + INT_MAX ? (int)(mark.rlim_cur - DOMAIN_MARK) : 0;
  return mark.rlim_max > STANDING_MARK && mark.rlim_max <= STANDING_MARK + INT_MAX ? (int)(mark.rlim_max - STANDING_MARK) : STANDING_AGENT;
}

int process_domain(pid_t pid) {
  int domain;
  read_marks(pid, &domain);
  return domain;
}

/* The entry of `tid`, made when there is none; NULL when it is gone. Holds the lock. */
static struct process *look_up(pid_t tid, int depth) {
  if (tid <= 1 || depth > DEPTH_LIMIT) return NULL;
  for (struct process *at = *bucket_of(tid), *next; at != NULL; at = next) {
    next = at->next;
    if (at->tid != tid) continue;
    if (is_alive(at)) {
      at->used = ++now;
      return at;
    }
    unlink_entry(at);
  }
  char path[32];
  pid_t tgid, parent;
  snprintf(path, sizeof path, "/proc/%d", tid);
  int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return NULL;
  /* Only of a thread that leads its process (pidfd_open(2)). */
  int pidfd = (int)syscall(__NR_pidfd_open, tid, 0);
  if (process_family(folder, pidfd, &tgid, &parent) < 0) {
    close(folder);
    if (pidfd >= 0) close(pidfd);
    return NULL;
  }
  if (count >= entries_limit) make_room();
  struct process *entry = calloc(1, sizeof *entry);
  if (entry == NULL) {
    close(folder);
    if (pidfd >= 0) close(pidfd);
    return NULL;
  }
  *entry = (struct process){.tid = tid, .tgid = tgid, .parent = parent, .folder = folder, .pidfd = pidfd, .pagemap = -1, .memory = -1, .past = {-1, -1}, .standing = STANDING_AGENT, .users = 1, .used = ++now};
  count++;
  int domain;
  entry->standing = read_marks(tgid, &domain);
  entry->domain = domain;
  /* The guard adopts orphans, so whoever belongs to the session descends from it. A parent may end while it is looked up: then there is another. */
  for (int tries = 0; tgid != session.guard && tries < PARENT_TRIES && !entry->is_inside; tries++) {
    if (tries > 0 && process_family(folder, pidfd, &tgid, &parent) < 0) break;
    const struct process *from = parent == session.guard && tgid == tid ? NULL : look_up(tgid == tid ? parent : tgid, depth + 1);
    entry->is_inside = (parent == session.guard && tgid == tid) || (from != NULL && from->is_inside);
    if (from == NULL) continue;
    entry->is_loader = from->is_loader;
    break;
  }
  entry->is_shared = tgid != tid || !still_has_own_memory(tid, parent);
  /* Threads are seen when they are made (on_clone): by an entry, unless that is forgotten. */
  entry->is_threaded = tgid != tid || has_forgotten;
  entry->is_counted = !entry->is_threaded;
  entry->users = 0;
  entry->next = *bucket_of(tid);
  *bucket_of(tid) = entry;
  return entry;
}

struct process *process_acquire(pid_t tid) {
  pthread_mutex_lock(&lock);
  struct process *process = look_up(tid, 0);
  if (process != NULL) process->users++;
  pthread_mutex_unlock(&lock);
  return process;
}

/* It asks for something: whatever it was let go on with is done. */
struct process *process_arrive(pid_t tid) {
  pthread_mutex_lock(&lock);
  struct process *process = look_up(tid, 0);
  if (process != NULL) {
    process->users++;
    process->is_opening = 0;
    if (!process->is_counted) {
      process->is_threaded = !still_has_one_thread(process->folder);
      process->is_counted = 1;
    }
  }
  pthread_mutex_unlock(&lock);
  return process;
}

void process_let_open(struct process *process) {
  pthread_mutex_lock(&lock);
  process->is_opening = 1;
  pthread_mutex_unlock(&lock);
}

size_t process_all_opening(pid_t *pids, size_t most) {
  size_t found = 0;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < BUCKETS; i++) {
    for (const struct process *at = buckets[i]; at != NULL && found < most; at = at->next) if (at->is_opening) pids[found++] = at->tid;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

static struct process *find(pid_t tid) {
  struct process *at = *bucket_of(tid);
  while (at != NULL && at->tid != tid) at = at->next;
  return at;
}

/* 1 when it was stopped on its way, 0 when it is through, or -errno. From then on whatever it asks for begins anew (notify.c). */
int process_seize_opening(pid_t tid) {
  int result = 0;
  pthread_mutex_lock(&lock);
  struct process *process = find(tid);
  if (process != NULL && process->is_opening) {
    result = ptrace(PTRACE_SEIZE, tid, 0, 0) < 0 ? -errno : 1;
    if (result == 1) ptrace(PTRACE_INTERRUPT, tid, 0, 0), process->is_seized = 1;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

void process_end_opening(pid_t tid) {
  pthread_mutex_lock(&lock);
  struct process *process = find(tid);
  if (process != NULL) process->is_opening = process->is_seized = 0;
  pthread_mutex_unlock(&lock);
}

/* Its new program has memory of its own. */
void process_renew(pid_t tgid, int memory) {
  pthread_mutex_lock(&lock);
  struct process *process = find(tgid);
  if (process == NULL) {
    if (memory >= 0) close(memory);
  } else {
    /* Somebody may still be reading by them for a thread that the new program has ended. */
    if (process->users > 1 && process->past[0] < 0 && process->past[1] < 0) {
      process->past[0] = process->pagemap;
      process->past[1] = process->memory;
      process->pagemap = process->memory = -1;
    }
    close_if_open(&process->pagemap);
    close_if_open(&process->memory);
    process->memory = memory;
    process->is_shared = process->is_threaded = 0;
    process->is_counted = 1;
    process->reads = 0;
  }
  pthread_mutex_unlock(&lock);
}

void process_open_memory(struct process *process) {
  pthread_mutex_lock(&lock);
  if (process->memory < 0) process->memory = openat(process->folder, "mem", O_RDONLY | O_CLOEXEC);
  pthread_mutex_unlock(&lock);
}

/* Until its next program. Where nothing is known of it yet, its threads are counted at its next call. */
void process_set_threaded(pid_t tgid) {
  pthread_mutex_lock(&lock);
  struct process *process = find(tgid);
  if (process != NULL) process->is_threaded = 1;
  pthread_mutex_unlock(&lock);
}

void process_release(struct process *process) {
  if (process == NULL) return;
  pthread_mutex_lock(&lock);
  if (--process->users == 0) {
    close_past(process);
    if (process->tid == 0) destroy(process);
  }
  pthread_mutex_unlock(&lock);
}

void process_mark(pid_t pid, int standing, int domain) {
  if (standing == STANDING_AGENT && domain == 0) return;
  struct rlimit mark = {.rlim_max = standing == STANDING_AGENT ? RLIM_INFINITY : STANDING_MARK + (rlim_t)standing};
  mark.rlim_cur = domain == 0 ? mark.rlim_max : DOMAIN_MARK + (rlim_t)domain;
  prlimit(pid, RLIMIT_LOCKS, &mark, NULL);
}

void process_set_domain(pid_t tgid, int domain) {
  struct rlimit mark;
  pthread_mutex_lock(&lock);
  if (prlimit(tgid, RLIMIT_LOCKS, NULL, &mark) == 0) {
    mark.rlim_cur = DOMAIN_MARK + (rlim_t)domain;
    prlimit(tgid, RLIMIT_LOCKS, &mark, NULL);
  }
  for (size_t i = 0; i < BUCKETS; i++) {
    for (struct process *at = buckets[i]; at != NULL; at = at->next) if (at->tgid == tgid) at->domain = domain;
  }
  pthread_mutex_unlock(&lock);
}

/* All threads of the process: an exec leaves one, which may be any of them. */
void process_set_standing(pid_t tgid, int standing) {
  pthread_mutex_lock(&lock);
  struct process *leader = look_up(tgid, 0);
  if (leader != NULL) leader->standing = standing;
  /* Most have no other thread. */
  for (size_t i = 0; i < BUCKETS && leader != NULL && (leader->is_threaded || !leader->is_counted); i++) {
    for (struct process *at = buckets[i]; at != NULL; at = at->next) if (at->tgid == tgid) at->standing = standing;
  }
  pthread_mutex_unlock(&lock);
}

void process_set_loader(pid_t tgid, int is_loader) {
  pthread_mutex_lock(&lock);
  struct process *leader = look_up(tgid, 0);
  if (leader != NULL) leader->is_loader = is_loader;
  for (size_t i = 0; i < BUCKETS && leader != NULL && is_loader; i++) {
    for (struct process *at = buckets[i]; at != NULL; at = at->next) if (at->tgid == tgid) at->is_loader = 1;
  }
  pthread_mutex_unlock(&lock);
}

int process_is_inside(pid_t pid) {
  pthread_mutex_lock(&lock);
  const struct process *process = look_up(pid, 0);
  int is_inside = process != NULL && process->is_inside;
  pthread_mutex_unlock(&lock);
  return is_inside;
}
