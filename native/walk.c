/*
 * Calls that were let go on walk their path in the kernel a moment after it was judged. Whatever could lead that walk
 * elsewhere (a link that appears, a folder that takes another's place) is done by us, and waits here until no such walk
 * is under way. What was opened before keeps its verdict; what comes after is judged as it is by then.
 */
#include "guard.h"
#include <dirent.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

enum { OPENING_MOST = 1024, WAIT_FIRST_US = 20, WAIT_LONGEST_US = 2000, WAIT_LIMIT_S = 10 };

static pthread_rwlock_t lock;

void walk_prepare(void) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_init(&lock, &attributes);
}

/* Between the look at a path and the answer that lets its call go on. 0 when something changes just now. */
int walk_try_begin(void) { return pthread_rwlock_tryrdlock(&lock) == 0; }
/* A change that leads no walk elsewhere, as long as what it changes is still what it was. */
void walk_begin(void) { pthread_rwlock_rdlock(&lock); }
void walk_end(void) { pthread_rwlock_unlock(&lock); }

static int is_open_call(long number) {
#ifdef __NR_open
  if (number == __NR_open) return 1;
#endif
  return number == __NR_openat;
}

/* It stands in some other call, or is gone: then it is through with its open. */
static int is_elsewhere(pid_t tid) {
  char path[40], text[32];
  snprintf(path, sizeof path, "/proc/%d/syscall", tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT;
  ssize_t length = read(fd, text, sizeof text - 1);
  int error = errno;
  close(fd);
  if (length <= 0) return length < 0 && error == ESRCH;
  text[length] = '\0';
  if (text[0] == 'r') return 0; /* running */
  return !is_open_call(strtol(text, NULL, 10));
}

static int is_over_time(const struct timespec *since) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec - since->tv_sec >= WAIT_LIMIT_S;
}

/*
 * Returns when it is not, or no more, in an open that was let go on; -EAGAIN when that cannot be found out. An interruption
 * takes it out of any call, or finds it outside of one; a call that was not done begins anew, and is held again.
 */
static int wait_for(pid_t tid) {
  struct timespec since;
  clock_gettime(CLOCK_MONOTONIC, &since);
  int is_seized = 0;
  for (long pause_us = WAIT_FIRST_US;; pause_us = pause_us * 2 > WAIT_LONGEST_US ? WAIT_LONGEST_US : pause_us * 2) {
    if (!is_seized) {
      if (is_elsewhere(tid)) return 0;
      int result = process_seize_opening(tid);
      if (result == 0 || result == -ESRCH) return 0;
      is_seized = result > 0;
    }
    int status;
    if (is_seized && waitpid(tid, &status, WNOHANG | __WALL | __WNOTHREAD) == tid) {
      process_end_opening(tid);
      if (!WIFSTOPPED(status)) agent_ended(tid, status);
      /* A stop of its own kind carries no signal; any other is one that was on its way. */
      else let_go(tid, status >> 16 == 0 ? WSTOPSIG(status) : 0);
      return 0;
    }
    if (is_over_time(&since)) {
      /* A tracer that goes away would leave it standing for ever. */
      if (is_seized) kill(tid, SIGKILL);
      return -EAGAIN;
    }
    nanosleep(&(struct timespec){0, pause_us * 1000}, NULL);
  }
}

/* Before a change that could lead a walk elsewhere. -EAGAIN: it must not be made. Ends with walk_end, whatever it says. */
int walk_begin_change(void) {
  static pid_t opening[OPENING_MOST];
  pthread_rwlock_wrlock(&lock);
  int error = 0;
  for (size_t count = OPENING_MOST; error == 0 && count == OPENING_MOST;) {
    count = process_all_opening(opening, OPENING_MOST);
    for (size_t i = 0; error == 0 && i < count; i++) {
      error = wait_for(opening[i]);
      if (error == 0) process_end_opening(opening[i]);
    }
  }
  return error;
}

/* Names that were given, and those that are being given. */
static _Atomic unsigned long changes;
static atomic_int changing;

void walk_rename_begin(void) { atomic_fetch_add(&changing, 1), atomic_fetch_add(&changes, 1); }
void walk_rename_end(void) { atomic_fetch_sub(&changing, 1); }

struct names names_look(void) {
  unsigned long now = atomic_load(&changes);
  return (struct names){now, atomic_load(&changing) == 0};
}

int names_are_same(const struct names *since) { return since->is_quiet && atomic_load(&changes) == since->changes; }

/* Most systems keep /bin and /lib as links to folders of /usr, and every program starts by way of them. */
enum { LINKS_MOST = 16 };
static struct {
  char name[NAME_MAX + 2], target[NAME_MAX + 2];
  size_t name_length;
} links[LINKS_MOST];
static size_t link_count;

void walk_learn_links(void) {
  DIR *root = opendir("/");
  for (const struct dirent *entry; root != NULL && link_count < LINKS_MOST && (entry = readdir(root)) != NULL;) {
    char target[NAME_MAX];
    ssize_t length = readlinkat(dirfd(root), entry->d_name, target, sizeof target - 1);
    if (length <= 0 || (size_t)length >= sizeof target - 1) continue;
    target[length] = '\0';
    /* Plain names only: one more link behind it is a walk of its own, and is seen to be one. */
    if (target[0] == '/' || strchr(target, '.') != NULL || strstr(target, "//") != NULL || target[length - 1] == '/' || strncmp(target, "proc", 4) == 0 || strncmp(target, "dev", 3) == 0) continue;
    links[link_count].name_length = (size_t)snprintf(links[link_count].name, sizeof links->name, "/%s/", entry->d_name);
    snprintf(links[link_count].target, sizeof links->target, "/%s/", target);
    link_count++;
  }
  if (root != NULL) closedir(root);
}

/* Under the lock of a change. */
void walk_forget_links(void) { __atomic_store_n(&link_count, 0, __ATOMIC_RELEASE); }

/* 1 when `path` begins with such a link, and now with what it stands for. */
int walk_follow_link(char *path, size_t size) {
  size_t count = __atomic_load_n(&link_count, __ATOMIC_ACQUIRE);
  for (size_t i = 0; i < count; i++) {
    if (strncmp(path, links[i].name, links[i].name_length) != 0) continue;
    size_t longer = strlen(links[i].target), rest = strlen(path) - links[i].name_length;
    if (longer + rest >= size) return 0;
    memmove(path + longer, path + links[i].name_length, rest + 1);
    memcpy(path, links[i].target, longer);
    return 1;
  }
  return 0;
}
