/*
 * File systems of the kernel's own that are mounted a second time (in a chroot, for a container): rules for /proc and /sys go by path, and
 * /srv/chroot/proc/PID/mem is no other file than /proc/PID/mem. What lies there is judged by the name that it has in its usual place.
 * Nobody inside mounts anything; what somebody outside does is seen within a second.
 */
#include "guard.h"
#include <poll.h>
#include <stdatomic.h>
#include <sys/sysmacros.h>
#include <time.h>

static const struct kind {
  const char *type, *usual;
  int has_root; /* part of it may be mounted alone, and is told apart by that */
} KINDS[] = {
  {"proc", "/proc", 1}, {"sysfs", "/sys", 1}, {"cgroup", "/sys/fs/cgroup", 0}, {"cgroup2", "/sys/fs/cgroup", 0}, {"debugfs", "/sys/kernel/debug", 0}, {"tracefs", "/sys/kernel/tracing", 0},
  {"securityfs", "/sys/kernel/security", 0}, {"configfs", "/sys/kernel/config", 0}, {"bpf", "/sys/fs/bpf", 0}, {"efivarfs", "/sys/firmware/efi/efivars", 0}, {"fusectl", "/sys/fs/fuse/connections", 0},
  {"selinuxfs", "/sys/fs/selinux", 0}, {"resctrl", "/sys/fs/resctrl", 0}, {"binfmt_misc", "/proc/sys/fs/binfmt_misc", 0}, {"nfsd", "/proc/fs/nfsd", 0},
};

static struct other {
  char point[PATH_MAX], usual[PATH_MAX]; /* `usual` is empty for what is mounted over such a place, and is itself */
  size_t length;
  int is_foreign; /* processes of another namespace, whose numbers mean nobody that is known */
} *places;
static size_t found, room;
static atomic_int are_there;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *mounts;

static int is_below(const char *path, const char *folder, size_t length) { return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0'); }

/* The innermost one. The lock is held. */
static const struct other *place_of(const char *path) {
  const struct other *best = NULL;
  for (const struct other *at = places; at < places + found; at++) if (is_below(path, at->point, at->length) && (best == NULL || at->length >= best->length)) best = at;
  return best != NULL && best->usual[0] != '\0' ? best : NULL;
}

/* proc_pid_mountinfo(5): blanks and the like stand there in octal. */
static void unescape(char *text) {
  char *out = text;
  for (const char *at = text; *at != '\0'; out++) {
    int is_octal = at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
    *out = is_octal ? (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0')) : *at;
    at += is_octal ? 4 : 1;
  }
  *out = '\0';
}

/* Our own number there is the one that we know, and we have no other. */
static int is_own_namespace(const char *point) {
  char path[PATH_MAX + 16], status[4096], own[32];
  snprintf(path, sizeof path, "%s/self/status", point);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
  if (fd >= 0) close(fd);
  status[length < 0 ? 0 : length] = '\0';
  snprintf(own, sizeof own, "\nNSpid:\t%d\n", session.guard);
  return strstr(status, own) != NULL;
}

static void add(const struct kind *kind, const char *root, const char *point, dev_t device) {
  if (found == room && (places = realloc(places, (room += 16) * sizeof *places)) == NULL) die("there is no memory");
  struct other *place = &places[found++];
  *place = (struct other){.length = strlen(point)};
  snprintf(place->point, sizeof place->point, "%s", point);
  if (kind == NULL) return;
  snprintf(place->usual, sizeof place->usual, "%s%s", kind->usual, kind->has_root && strcmp(root, "/") != 0 ? root : "");
  place->is_foreign = strcmp(kind->type, "proc") == 0 && device != session.proc_device && (strcmp(root, "/") != 0 || !is_own_namespace(point));
}

static void learn_mount(char *line) {
  unsigned device_major, device_minor;
  char root[PATH_MAX], point[PATH_MAX], type[64];
  const char *after = strstr(line, " - ");
  if (after == NULL || sscanf(line, "%*d %*d %u:%u %4095s %4095s", &device_major, &device_minor, root, point) != 4 || sscanf(after + 3, "%63s", type) != 1) return;
  unescape(root), unescape(point);
  const struct kind *kind = NULL;
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && kind == NULL; i++) if (strcmp(type, KINDS[i].type) == 0) kind = &KINDS[i];
  int is_usual = kind != NULL && (is_below(point, "/proc", 5) || (is_below(point, "/sys", 4) && strcmp(kind->type, "proc") != 0));
  if (kind != NULL && !is_usual) add(kind, root, point, makedev(device_major, device_minor));
  else if (place_of(point) != NULL) add(NULL, root, point, 0);
}

/* Once in a second at most, and only where something was mounted since. */
void elsewhere_look(void) {
  static char line[4 * PATH_MAX];
  static time_t looked_at;
  struct timespec now;
  struct pollfd news = {.events = POLLPRI};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  if (now.tv_sec == looked_at) return;
  looked_at = now.tv_sec;
  if (mounts != NULL) {
    news.fd = fileno(mounts);
    if (poll(&news, 1, 0) <= 0) return;
  } else if ((mounts = fopen("/proc/self/mountinfo", "re")) == NULL) die("what is mounted cannot be read: %s", strerror(errno));
  pthread_mutex_lock(&lock);
  rewind(mounts);
  found = 0;
  while (fgets(line, sizeof line, mounts) != NULL) learn_mount(line);
  atomic_store(&are_there, found > 0);
  pthread_mutex_unlock(&lock);
}

int is_mounted_again(const char *path) {
  if (!atomic_load_explicit(&are_there, memory_order_relaxed)) return 0;
  pthread_mutex_lock(&lock);
  int is_found = place_of(path) != NULL;
  pthread_mutex_unlock(&lock);
  return is_found;
}

/* The number of the first process stands for whoever is meant: it is nobody of this session. */
static void mean_nobody(char *path) {
  static const char FIRST[] = "/proc/1";
  size_t digits = strncmp(path, "/proc/", 6) == 0 ? strspn(path + 6, "0123456789") : 0;
  if (digits == 0) return;
  memmove(path + sizeof FIRST - 1, path + 6 + digits, strlen(path + 6 + digits) + 1);
  memcpy(path, FIRST, sizeof FIRST - 1);
}

int name_as_usual(char *real) {
  char usual[2 * REAL_SIZE];
  if (!atomic_load_explicit(&are_there, memory_order_relaxed)) return 0;
  pthread_mutex_lock(&lock);
  const struct other *place = place_of(real);
  int length = place == NULL ? 0 : snprintf(usual, sizeof usual, "%s%s", place->usual, real + place->length);
  int is_foreign = place != NULL && place->is_foreign;
  pthread_mutex_unlock(&lock);
  if (length >= REAL_SIZE) return -ENAMETOOLONG;
  if (length > 0) strcpy(real, usual);
  if (is_foreign) mean_nobody(real);
  return 0;
}
