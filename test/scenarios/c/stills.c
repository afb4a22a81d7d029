/*
 * Calls that are held while something else than a thread changes what they say: `stills MODE MILLISECONDS`. Each makes a few
 * reads first, as a program does whose reads are let go on in the kernel.
 */
#include "scenario.h"
#include <linux/aio_abi.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#define MODE(name) static int name(int argc, char **argv)

static long deadline;
static int late(void) { return milliseconds() > deadline; }

static char *box;
/* Both faces are of one length, so that their end stands still. */
static void set(const char *face) { for (int i = 0; i < 4; i++) ((volatile char *)box)[i] = face[i]; }
static void flip_until_late(void) {
  while (!late()) {
    set(".env");
    for (volatile int i = 0; i < 40; i++) {}
    set("fine");
    for (volatile int i = 0; i < 40; i++) {}
  }
}
static void flip(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  flip_until_late();
}

static void warm(void) { for (int i = 0; i < 20; i++) { int fd = open("fine", O_RDONLY); if (fd >= 0) close(fd); } }

static int open_loop(const char *path) {
  while (!late()) { int fd = open(path, O_RDONLY); if (fd >= 0 && is_canary(fd)) return 0; }
  return 1;
}

static int with_child(void (*child)(void), const char *path) {
  warm();
  int c = fork();
  if (c == 0) { child(); _exit(1); }
  int result = open_loop(path);
  kill(c, SIGKILL);
  return result;
}

/* A descriptor of our own memory, opened by ourselves and handed on. */
static int memory_fd;
static void write_memory(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) { pwrite(memory_fd, ".env", 5, (off_t)(uintptr_t)box); pwrite(memory_fd, "fine", 5, (off_t)(uintptr_t)box); }
}
static int memory_loop(const char *name) {
  box = malloc(64); strcpy(box, "fine");
  memory_fd = open(name, O_RDWR);
  if (memory_fd < 0) return fail("open");
  return with_child(write_memory, box);
}
MODE(own_memory) { return memory_loop("/proc/self/mem"); }
MODE(own_memory_task) { char name[64]; snprintf(name, 64, "/proc/thread-self/mem"); return memory_loop(name); }
/* Opened by a child that shares it for a moment only. */
static int open_memory(void *unused) { (void)unused; memory_fd = open("/proc/self/mem", O_RDWR); return 0; }
MODE(own_memory_vfork) {
  static char stack[65536];
  box = malloc(64); strcpy(box, "fine");
  waitpid(clone(open_memory, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, NULL), NULL, 0);
  return memory_fd < 0 ? fail("open") : with_child(write_memory, box);
}

/* A child of vfork leaves something behind that has our memory for good. */
static char stacks[2][65536];
static int flip_forever(void *unused) { (void)unused; flip_until_late(); _exit(0); /* Whoever made it may be gone: it ends by itself. */ }
static int leave_one(void *unused) { (void)unused; clone(flip_forever, stacks[1] + sizeof stacks[1], CLONE_VM | SIGCHLD, NULL); _exit(0); }
MODE(vfork_leaves) {
  box = malloc(64); strcpy(box, "fine");
  warm();
  waitpid(clone(leave_one, stacks[0] + sizeof stacks[0], CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), NULL, 0);
  return open_loop(box);
}
static int leave_by_vfork(void *unused) {
  (void)unused;
  int parent = getpid(), c = fork();
  if (c == 0) { usleep(30000); kill(parent, SIGKILL); _exit(0); }
  clone(flip_forever, stacks[1] + sizeof stacks[1], CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
  _exit(0);
}
MODE(vfork_is_killed) { /* its own vfork child outlives it */
  box = malloc(64); strcpy(box, "fine");
  warm();
  waitpid(clone(leave_by_vfork, stacks[0] + sizeof stacks[0], CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), NULL, 0);
  return open_loop(box);
}
MODE(vm_after_reads) {
  box = malloc(64); strcpy(box, "fine");
  warm();
  int c = clone(flip_forever, stacks[0] + sizeof stacks[0], CLONE_VM | SIGCHLD, NULL);
  int result = open_loop(box);
  kill(c, SIGKILL);
  return result;
}
static void *flip_thread(void *unused) { (void)unused; flip(); return NULL; }
MODE(thread_after_reads) {
  box = malloc(64); strcpy(box, "fine");
  warm();
  pthread_t thread;
  pthread_create(&thread, NULL, flip_thread, NULL);
  return open_loop(box);
}
MODE(shared_after_reads) {
  box = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); strcpy(box, "fine");
  return with_child(flip, box);
}
MODE(segment) { /* System V */
  int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  box = shmat(id, NULL, 0); shmctl(id, IPC_RMID, NULL); strcpy(box, "fine");
  return with_child(flip, box);
}
MODE(across_pages) { /* private, and then shared: the path lies on both */
  char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mmap(at + 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memcpy(at + 4094, "./fine", 7);
  box = at + 4096;
  return with_child(flip, at + 4094);
}
/* The kernel writes it, some time after it was asked to. */
MODE(async_read) {
  aio_context_t context = 0;
  int fd = open("names", O_RDONLY | O_DIRECT);
  if (fd < 0 || syscall(SYS_io_setup, 8, &context) < 0) return fail("aio");
  box = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  warm();
  while (!late()) {
    strcpy(box, "fine");
    struct iocb control = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (uint32_t)fd, .aio_buf = (uint64_t)(uintptr_t)box, .aio_nbytes = 4096 }, *list = &control;
    if (syscall(SYS_io_submit, context, 1, &list) != 1) return fail("io_submit");
    int opened = -1;
    for (int i = 0; i < 30 && opened < 0; i++) { opened = open(box, O_RDONLY); if (opened >= 0 && is_canary(opened)) return 0; opened = strcmp(box, ".env") == 0 ? 0 : -1; }
    struct io_event event;
    syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
  }
  return 1;
}

/* A folder on the way becomes a link, and a folder again. */
static void exchange(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  symlink("vault", "other");
  for (;;) syscall(SYS_renameat2, AT_FDCWD, "plain", AT_FDCWD, "other", RENAME_EXCHANGE);
}
static void replace(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) { rename("plain", "aside"); symlink("vault", "plain"); unlink("plain"); rename("aside", "plain"); }
}
static void rename_links(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) { symlink("vault", "link"); rename("plain", "aside"); rename("link", "plain"); unlink("plain"); rename("aside", "plain"); }
}
static void link_links(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  symlink("vault", "link");
  for (;;) { rename("plain", "aside"); linkat(AT_FDCWD, "link", AT_FDCWD, "plain", 0); unlink("plain"); rename("aside", "plain"); }
}
static void replace_file(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) { unlink("plain/key"); symlink("../.env", "plain/key"); unlink("plain/key"); write_text("plain/key", "fine"); }
}
MODE(folder_exchange) { return with_child(exchange, "plain/key"); }
MODE(folder_exchange_absolute) { char path[4096]; snprintf(path, sizeof path, "%s", absolute("plain/key")); return with_child(exchange, path); }
MODE(folder_replaced) { return with_child(replace, "plain/key"); }
MODE(folder_renamed_link) { return with_child(rename_links, "plain/key"); }
MODE(folder_linked_link) { return with_child(link_links, "plain/key"); }
MODE(file_replaced) { return with_child(replace_file, "plain/key"); }
MODE(folder_at) { /* from a descriptor */
  warm();
  int here = open(".", O_RDONLY | O_DIRECTORY), c = fork();
  if (c == 0) { exchange(); _exit(1); }
  int result = 1;
  while (result != 0 && !late()) { int fd = openat(here, "plain/key", O_RDONLY); if (fd >= 0 && is_canary(fd)) result = 0; }
  kill(c, SIGKILL);
  return result;
}
/* Another process shares folder or descriptors, and no memory. */
static char good_folder[4096], bad_folder[4096];
static int swap_cwd(void *unused) { (void)unused; prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) { if (chdir(bad_folder)) {} if (chdir(good_folder)) {} } return 0; }
MODE(cwd_after_reads) {
  warm();
  snprintf(good_folder, 4096, "%s", absolute("plain")); snprintf(bad_folder, 4096, "%s", absolute("vault"));
  if (chdir(good_folder)) return 1;
  int c = clone(swap_cwd, stacks[0] + sizeof stacks[0], CLONE_FS | SIGCHLD, NULL), result = open_loop("key");
  kill(c, SIGKILL);
  return result;
}
static int folders[3];
static int swap_fd(void *unused) { (void)unused; prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) { dup2(folders[1], folders[2]); dup2(folders[0], folders[2]); } return 0; }
MODE(dirfd_after_reads) {
  warm();
  folders[0] = open("plain", O_PATH); folders[1] = open("vault", O_PATH); folders[2] = dup(folders[0]);
  int c = clone(swap_fd, stacks[0] + sizeof stacks[0], CLONE_FILES | SIGCHLD, NULL), result = 1;
  while (result != 0 && !late()) { int fd = openat(folders[2], "key", O_RDONLY); if (fd >= 0 && is_canary(fd)) result = 0; }
  kill(c, SIGKILL);
  return result;
}

/* A thread that is gone by the time it is looked for: what it left was not what was read. */
static volatile long spin;
static void leave_after(long turns) { for (volatile long i = 0; i < turns; i++) {} }
static int start_thread(int (*run)(void *)) {
  return clone(run, stacks[0] + sizeof stacks[0], CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
}
static void await_end(void) { struct stat tasks; while (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3) {} }
static int write_and_leave(void *unused) { (void)unused; leave_after(spin); set(".env"); syscall(SYS_exit, 0); return 0; }
static int change_and_leave(void *unused) { (void)unused; leave_after(spin); if (chdir(bad_folder)) {} syscall(SYS_exit, 0); return 0; }
static int with_leaving(int (*run)(void *), const char *path) {
  for (long turn = 0; !late(); turn++) {
    spin = turn * 7 % 20000;
    if (run == write_and_leave) set("fine");
    else if (chdir(good_folder)) return 1;
    if (start_thread(run) < 0) return fail("clone");
    int fd = open(path, O_RDONLY);
    if (fd >= 0 && is_canary(fd)) return 0;
    await_end();
  }
  return 1;
}
MODE(thread_leaves) { box = malloc(64); strcpy(box, "fine"); warm(); return with_leaving(write_and_leave, box); }
MODE(thread_leaves_folder) {
  warm();
  snprintf(good_folder, 4096, "%s", absolute("plain")); snprintf(bad_folder, 4096, "%s", absolute("vault"));
  return with_leaving(change_and_leave, "key");
}
/* A child of vfork that is somebody else's child: its memory is that of its maker, whose other threads go on. */
static int read_as_sibling(void *unused) { (void)unused; warm(); _exit(open_loop(box) == 0 ? 0 : 1); }
MODE(vfork_sibling) {
  box = malloc(64); strcpy(box, "fine");
  int c = fork();
  if (c == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, flip_thread, NULL);
    clone(read_as_sibling, stacks[0] + sizeof stacks[0], CLONE_VM | CLONE_VFORK | CLONE_PARENT | SIGCHLD, NULL);
    _exit(0);
  }
  while (waitpid(-1, NULL, __WALL) > 0) {}
  return 0;
}
/* The folder that a relative path starts from gets another name while its name is read. */
static void exchange_folders(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) syscall(SYS_renameat2, AT_FDCWD, good_folder, AT_FDCWD, bad_folder, RENAME_EXCHANGE);
}
static int make_faces(void) {
  mkdir("one", 0755); mkdir("two", 0755);
  write_text("one/key", "fine"); symlink("../.env", "two/key");
  snprintf(good_folder, 4096, "%s", absolute("one")); snprintf(bad_folder, 4096, "%s", absolute("two"));
  return open("two", O_PATH);
}
MODE(cwd_exchange) {
  warm();
  make_faces();
  if (chdir("two")) return 1;
  return with_child(exchange_folders, "key");
}
MODE(dirfd_exchange) {
  warm();
  int folder = make_faces(), c = fork(), result = 1;
  if (c == 0) { exchange_folders(); _exit(1); }
  while (result != 0 && !late()) { int fd = openat(folder, "key", O_RDONLY); if (fd >= 0 && is_canary(fd)) result = 0; }
  kill(c, SIGKILL);
  return result;
}

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(own_memory), M(own_memory_task), M(own_memory_vfork), M(vfork_leaves), M(vfork_is_killed), M(vm_after_reads), M(thread_after_reads), M(shared_after_reads), M(segment), M(across_pages), M(async_read),
  M(folder_exchange), M(folder_exchange_absolute), M(folder_replaced), M(folder_renamed_link), M(folder_linked_link), M(file_replaced), M(folder_at), M(cwd_after_reads), M(dirfd_after_reads),
  M(thread_leaves), M(thread_leaves_folder), M(vfork_sibling), M(cwd_exchange), M(dirfd_exchange),
  { NULL, NULL },
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  deadline = milliseconds() + (argc > 2 ? atol(argv[2]) : 1000);
  signal(SIGPIPE, SIG_IGN);
  return choose(modes, argc, argv);
}
