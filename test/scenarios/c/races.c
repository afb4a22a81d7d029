/* What was judged is not what happens: `races MODE MILLISECONDS`. A second actor changes things between question and act. */
#include "scenario.h"

#define MODE(name) static int name(int argc, char **argv)

static long deadline;
static int late(void) { return milliseconds() > deadline; }
static volatile int stop;

/* The two faces of a string of equal length, in memory that the judge reads. */
static char *box;
static const char *good, *bad;
static size_t length;

static void *flip(void *unused) {
  (void)unused;
  while (!stop) {
    memcpy(box, bad, length);
    for (volatile int i = 0; i < 40; i++) {}
    memcpy(box, good, length);
    for (volatile int i = 0; i < 40; i++) {}
  }
  return NULL;
}
static int flip_process(void *unused) { prctl(PR_SET_PDEATHSIG, SIGKILL); flip(unused); return 0; }
static pthread_t thread;
static void start(const char *g, const char *b) { good = g; bad = b; length = strlen(b) + 1; if (!box) box = malloc(4096); memcpy(box, good, length); pthread_create(&thread, NULL, flip, NULL); }

static int open_loop(int (*open_it)(void)) {
  while (!late()) { int fd = open_it(); if (fd >= 0 && is_canary(fd)) { stop = 1; return 0; } }
  stop = 1;
  return 1;
}
static int o_open(void) { return open(box, O_RDONLY); }
static int o_raw(void) { return (int)syscall(SYS_open, box, O_RDONLY); }
static struct open_how how;
static int o_open2(void) { return (int)syscall(SYS_openat2, AT_FDCWD, box, &how, sizeof how); }
static int o_path(void) { int f = open(box, O_PATH); if (f < 0) return -1; char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); int r = open(p, O_RDONLY); close(f); return r; }
MODE(thread_path) { start("fine", ".env"); return open_loop(o_open); }
MODE(thread_path_raw) { start("fine", ".env"); return open_loop(o_raw); }
MODE(thread_path_open2) { start("fine", ".env"); return open_loop(o_open2); }
MODE(thread_path_opath) { start("fine", ".env"); return open_loop(o_path); }
MODE(thread_path_folder) { start("plain/key", "vault/key"); return open_loop(o_open); }
MODE(three_threads) { pthread_t t[2]; start("fine", ".env"); pthread_create(&t[0], NULL, flip, NULL); pthread_create(&t[1], NULL, flip, NULL); return open_loop(o_open); }
MODE(vm_process) { /* no thread of ours: a process with our memory */
  static char stack[65536];
  good = "fine"; bad = ".env"; length = 5; box = malloc(64); strcpy(box, good);
  int c = clone(flip_process, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  int r = open_loop(o_open);
  kill(c, SIGKILL);
  return r;
}
MODE(shared_page) { /* two processes with one page */
  box = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  good = "fine"; bad = ".env"; length = 5; strcpy(box, good);
  int c = fork();
  if (c == 0) { flip_process(NULL); _exit(0); }
  int r = open_loop(o_open);
  kill(c, SIGKILL);
  return r;
}
MODE(file_page) { /* the page of a private mapping changes with its file */
  write_text("page", "fine");
  int f = open("page", O_RDWR);
  ftruncate(f, 4096);
  box = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, f, 0);
  int c = fork();
  if (c == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) { pwrite(f, ".env", 5, 0); pwrite(f, "fine", 5, 0); } }
  int r = open_loop(o_open);
  kill(c, SIGKILL);
  return r;
}
MODE(written_memory) { /* process_vm_writev from a sibling */
  box = malloc(64); strcpy(box, "fine");
  char *at = box;
  int parent = getpid(), c = fork();
  if (c == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char e[] = ".env", f[] = "fine";
    struct iovec l1 = { e, 5 }, l2 = { f, 5 }, r = { at, 5 };
    for (;;) { if (process_vm_writev(parent, &l1, 1, &r, 1, 0) < 0) _exit(1); process_vm_writev(parent, &l2, 1, &r, 1, 0); }
  }
  int r = open_loop(o_open);
  kill(c, SIGKILL);
  return r;
}
MODE(proc_mem) { /* /proc/PARENT/mem from a child */
  box = malloc(64); strcpy(box, "fine");
  char p[64]; snprintf(p, 64, "/proc/%d/mem", getpid());
  char *at = box;
  int c = fork();
  if (c == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); int m = open(p, O_RDWR); if (m < 0) _exit(1); for (;;) { pwrite(m, ".env", 5, (off_t)(uintptr_t)at); pwrite(m, "fine", 5, (off_t)(uintptr_t)at); } }
  int r = open_loop(o_open);
  kill(c, SIGKILL);
  return r;
}

/* A name that leads here and there. */
static const char *name_a, *name_b, *name_now;
static void *swap_link(void *unused) {
  while (!stop) {
    unlink("swap.tmp"); symlink(name_b, "swap.tmp"); rename("swap.tmp", name_now);
    unlink("swap.tmp"); symlink(name_a, "swap.tmp"); rename("swap.tmp", name_now);
  }
  return NULL;
}
static void *swap_names(void *unused) { while (!stop) syscall(SYS_renameat2, AT_FDCWD, name_a, AT_FDCWD, name_b, RENAME_EXCHANGE); return NULL; }
static void *swap_names_process(void *unused) { return swap_names(unused); }
static int o_now(void) { return open(name_now, O_RDONLY); }
MODE(link_swap) { name_a = "fine"; name_b = ".env"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); return open_loop(o_now); }
MODE(link_swap_process) { name_a = "fine"; name_b = ".env"; name_now = "link"; symlink(name_a, "link"); int c = fork(); if (c == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); swap_link(NULL); } int r = open_loop(o_now); kill(c, SIGKILL); return r; }
static int o_folder(void) { return open("link/key", O_RDONLY); }
MODE(folder_link_swap) { name_a = "plain"; name_b = "vault"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); return open_loop(o_folder); }
static int o_folder_at(void) { int d = open("link", O_PATH); if (d < 0) return -1; int f = openat(d, "key", O_RDONLY); close(d); return f; }
MODE(folder_link_swap_at) { name_a = "plain"; name_b = "vault"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); return open_loop(o_folder_at); }
MODE(deep_link_swap) { mkdir("a", 0755); symlink("../link", "a/in"); name_a = "plain"; name_b = "vault"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); while (!late()) { int f = open("a/in/../link/./key", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(exchange_files) { name_a = "fine"; name_b = ".env"; name_now = "fine"; pthread_create(&thread, NULL, swap_names, NULL); return open_loop(o_now); }
MODE(exchange_folders) { name_a = "plain"; name_b = "vault"; pthread_create(&thread, NULL, swap_names, NULL); while (!late()) { int f = open("plain/key", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } stop = 1; return 1; }

static int folder_good, folder_bad, folder_now;
static void *swap_fd(void *unused) { while (!stop) { dup2(folder_bad, folder_now); dup2(folder_good, folder_now); } return NULL; }
MODE(dirfd_swap) { folder_good = open("plain", O_PATH); folder_bad = open("vault", O_PATH); if (folder_bad < 0) return fail("vault"); folder_now = dup(folder_good); pthread_create(&thread, NULL, swap_fd, NULL); while (!late()) { int f = openat(folder_now, "key", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(dirfd_swap_plain) { /* the folder is not denied itself, a file in it is */ folder_good = open("plain", O_PATH); folder_bad = open(".", O_PATH); write_text("plain/.envx", ""); rename("plain/.envx", "plain/dot"); folder_now = dup(folder_good); pthread_create(&thread, NULL, swap_fd, NULL); symlink("../fine", "plain/x"); while (!late()) { int f = openat(folder_now, ".env", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } stop = 1; return 1; }
static void *swap_cwd(void *unused) { while (!stop) { if (chdir(name_b)) {} if (chdir(name_a)) {} } return NULL; }
MODE(cwd_swap) { char a[4096], b[4096]; snprintf(a, 4096, "%s", absolute("plain")); snprintf(b, 4096, "%s", absolute("vault")); name_a = a; name_b = b; pthread_create(&thread, NULL, swap_cwd, NULL); while (!late()) { int f = open("key", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(cwd_swap_process) { static char stack[65536]; static char a[4096], b[4096]; snprintf(a, 4096, "%s", absolute("plain")); snprintf(b, 4096, "%s", absolute("vault")); name_a = a; name_b = b; if (chdir(a)) return 1; int c = clone((int (*)(void *))(void *)swap_cwd, stack + sizeof stack, CLONE_VM | CLONE_FS | SIGCHLD, NULL); while (!late()) { int f = open("key", O_RDONLY); if (f >= 0 && is_canary(f)) { kill(c, SIGKILL); return 0; } } kill(c, SIGKILL); return 1; }
static void *swap_flags(void *unused) { volatile uint64_t *at = (volatile uint64_t *)&how.flags; while (!stop) { *at = O_WRONLY | O_TRUNC; for (volatile int i = 0; i < 40; i++) {} *at = O_RDONLY; for (volatile int i = 0; i < 40; i++) {} } return NULL; }

/* Programs. */
static char *words[4];
static int exec_loop(const char *program) {
  while (!late()) {
    int p[2]; pipe(p);
    pid_t c = fork();
    if (c == 0) { dup2(p[1], 1); close(p[0]); pthread_t t; stop = 0; if (box) pthread_create(&t, NULL, flip, NULL); for (volatile int i = 0; i < 30000; i++) {} execve(program, words, environ); _exit(1); }
    close(p[1]);
    char text[300] = ""; ssize_t n, all = 0;
    while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
    close(p[0]);
    waitpid(c, NULL, 0);
    if (strstr(text, "RAN-TOOL") && (program != words[0] || strstr(text, "forbidden") || words[1] == NULL)) { printf("%s", text); return 0; }
  }
  return 1;
}
static char tool_path[4096], tool_bad[4096];
MODE(exec_path) { /* of the same length */
  snprintf(tool_bad, 4096, "%s/bin/denytool", getenv("TOOLS")); symlink("/bin/true", "goodtool"); symlink(tool_bad, "denytool");
  snprintf(tool_path, 4096, "%s", absolute("goodtool")); snprintf(tool_bad, 4096, "%s", absolute("denytool"));
  good = tool_path; bad = tool_bad; length = strlen(bad) + 1; box = malloc(4096); strcpy(box, good);
  words[0] = "x"; words[1] = NULL;
  return exec_loop(box);
}
MODE(exec_words) { /* argtool: harmless words are allowed, `forbidden` is not */
  snprintf(tool_path, 4096, "%s/bin/argtool", getenv("TOOLS"));
  box = malloc(64); good = "harmless!"; bad = "forbidden"; length = 10; strcpy(box, good);
  words[0] = tool_path; words[1] = box; words[2] = NULL;
  while (!late()) {
    int p[2]; pipe(p);
    pid_t c = fork();
    if (c == 0) { dup2(p[1], 1); pthread_t t; pthread_create(&t, NULL, flip, NULL); for (volatile int i = 0; i < 20000; i++) {} execve(tool_path, words, environ); _exit(1); }
    close(p[1]);
    char text[300] = ""; ssize_t n, all = 0;
    while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
    close(p[0]);
    waitpid(c, NULL, 0);
    if (strstr(text, "forbidden")) { printf("%s", text); return 0; }
  }
  return 1;
}
static char *pointer_good, *pointer_bad;
static void *flip_pointer(void *unused) { char *volatile *at = words + 1; while (!stop) { *at = pointer_bad; for (volatile int i = 0; i < 30; i++) {} *at = pointer_good; for (volatile int i = 0; i < 30; i++) {} } return NULL; }
MODE(exec_word_pointers) {
  snprintf(tool_path, 4096, "%s/bin/argtool", getenv("TOOLS"));
  pointer_good = "harmless"; pointer_bad = "forbidden"; words[0] = tool_path; words[1] = pointer_good; words[2] = NULL;
  while (!late()) {
    int p[2]; pipe(p);
    pid_t c = fork();
    if (c == 0) { dup2(p[1], 1); pthread_t t; pthread_create(&t, NULL, flip_pointer, NULL); for (volatile int i = 0; i < 20000; i++) {} execve(tool_path, words, environ); _exit(1); }
    close(p[1]);
    char text[300] = ""; ssize_t n, all = 0;
    while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
    close(p[0]);
    waitpid(c, NULL, 0);
    if (strstr(text, "forbidden")) { printf("%s", text); return 0; }
  }
  return 1;
}
static int run_once(const char *program) {
  int p[2]; pipe(p);
  pid_t c = fork();
  if (c == 0) { dup2(p[1], 1); close(p[0]); char *w[] = { "x", NULL }; execve(program, w, environ); _exit(1); }
  close(p[1]);
  char text[300] = ""; ssize_t n, all = 0;
  while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
  close(p[0]);
  waitpid(c, NULL, 0);
  if (strstr(text, "RAN-TOOL")) { printf("%s", text); return 1; }
  return 0;
}
static int exec_now(void) { while (!late()) if (run_once(name_now)) { stop = 1; return 0; } stop = 1; return 1; }
MODE(exec_link_swap) { snprintf(tool_bad, 4096, "%s/bin/denytool", getenv("TOOLS")); name_a = "/bin/true"; name_b = tool_bad; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); return exec_now(); }
MODE(exec_exchange) { snprintf(tool_bad, 4096, "%s/bin/denytool", getenv("TOOLS")); symlink("/bin/true", "a"); symlink(tool_bad, "b"); name_a = "a"; name_b = "b"; name_now = "a"; pthread_create(&thread, NULL, swap_names, NULL); return exec_now(); }
MODE(exec_script_swap) { /* the interpreter line changes */
  snprintf(tool_bad, 4096, "#!%s/bin/denytool\n", getenv("TOOLS"));
  write_text("a", "#!/bin/true\n"); write_text("b", tool_bad); chmod("a", 0755); chmod("b", 0755);
  name_a = "a"; name_b = "b"; name_now = "a"; pthread_create(&thread, NULL, swap_names, NULL); return exec_now();
}
MODE(exec_interpreter_swap) { /* the interpreter is a link that changes */
  snprintf(tool_bad, 4096, "%s/bin/denytool", getenv("TOOLS"));
  char text[4096]; snprintf(text, 4096, "#!%s\n", absolute("link"));
  write_text("script", text); chmod("script", 0755);
  name_a = "/bin/true"; name_b = tool_bad; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL);
  while (!late()) if (run_once("./script")) { stop = 1; return 0; }
  stop = 1; return 1;
}
MODE(exec_fd_swap) { /* execveat of a descriptor that is replaced */
  snprintf(tool_bad, 4096, "%s/bin/denytool", getenv("TOOLS"));
  folder_good = open("/bin/true", O_PATH); folder_bad = open(tool_bad, O_PATH); folder_now = dup(folder_good);
  if (folder_bad < 0) return fail("open");
  while (!late()) {
    int p[2]; pipe(p);
    pid_t c = fork();
    if (c == 0) { dup2(p[1], 1); pthread_t t; pthread_create(&t, NULL, swap_fd, NULL); for (volatile int i = 0; i < 20000; i++) {} char *w[] = { "x", NULL }; syscall(SYS_execveat, folder_now, "", w, environ, AT_EMPTY_PATH); _exit(1); }
    close(p[1]);
    char text[300] = ""; ssize_t n, all = 0;
    while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
    close(p[0]);
    waitpid(c, NULL, 0);
    if (strstr(text, "RAN-TOOL")) { printf("%s", text); return 0; }
  }
  return 1;
}
MODE(exec_cwd_swap) { /* a relative path in a folder that changes */
  static char a[4096], b[4096];
  mkdir("d", 0755); symlink("/bin/true", "d/denytool");
  snprintf(a, 4096, "%s", absolute("d")); snprintf(b, 4096, "%s/bin", getenv("TOOLS")); name_a = a; name_b = b;
  while (!late()) {
    int p[2]; pipe(p);
    pid_t c = fork();
    if (c == 0) { dup2(p[1], 1); if (chdir(a)) _exit(1); pthread_t t; pthread_create(&t, NULL, swap_cwd, NULL); for (volatile int i = 0; i < 20000; i++) {} char *w[] = { "x", NULL }; execve("./denytool", w, environ); _exit(1); }
    close(p[1]);
    char text[300] = ""; ssize_t n, all = 0;
    while (all < 290 && (n = read(p[0], text + all, (size_t)(290 - all))) > 0) all += n;
    close(p[0]);
    waitpid(c, NULL, 0);
    if (strstr(text, "RAN-TOOL")) { printf("%s", text); return 0; }
  }
  return 1;
}

/* Changes. `.env` must be lost, `fine` is made anew. */
static int still(const char *path) { struct stat s; return lstat(path, &s) == 0; }
static int until_gone(int (*act)(void)) { while (!late()) { act(); if (!still(".env")) { stop = 1; return 0; } if (!still("fine")) write_text("fine", "x"); } stop = 1; return 1; }
static int a_unlink(void) { return unlink(box); }
static int a_unlinkat(void) { return unlinkat(AT_FDCWD, box, 0); }
static int a_rename(void) { return rename(box, "away"); }
MODE(unlink_path) { start("fine", ".env"); return until_gone(a_unlink); }
MODE(unlinkat_path) { start("fine", ".env"); return until_gone(a_unlinkat); }
MODE(rename_path) { start("fine", ".env"); return until_gone(a_rename); }
MODE(unlink_folder_link) { name_a = "plain"; name_b = "vault"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); while (!late()) { unlink("link/key"); if (!still("vault/key")) { stop = 1; return 0; } if (!still("plain/key")) write_text("plain/key", "x"); } stop = 1; return 1; }
static int is_short(const char *path) { struct stat s; return stat(path, &s) == 0 && s.st_size == 0; }
MODE(truncate_path) { start("fine", ".env"); while (!late()) { if (truncate(box, 0)) {} if (is_short(".env")) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(truncate_link) { name_a = "fine"; name_b = ".env"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); while (!late()) { if (truncate("link", 0)) {} if (is_short(".env")) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(chmod_path) { start("fine", ".env"); struct stat s; while (!late()) { chmod(box, 0777); if (stat(".env", &s) == 0 && (s.st_mode & 0777) == 0777) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(chmod_link) { name_a = "fine"; name_b = ".env"; name_now = "link"; symlink(name_a, "link"); pthread_create(&thread, NULL, swap_link, NULL); struct stat s; while (!late()) { chmod("link", 0777); if (stat(".env", &s) == 0 && (s.st_mode & 0777) == 0777) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(write_path) { start("fine", ".env"); while (!late()) { int f = open(box, O_WRONLY | O_TRUNC); close(f); if (is_short(".env")) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(write_flags) { /* openat2: reading is asked, writing is done */ box = "link"; symlink(".env", "link"); pthread_t t; pthread_create(&t, NULL, swap_flags, NULL); while (!late()) { int f = (int)syscall(SYS_openat2, AT_FDCWD, box, &how, sizeof how); close(f); if (is_short(".env")) { stop = 1; return 0; } } stop = 1; return 1; }
MODE(create_path) { box = malloc(64); start("fine-new", ".env-new"); while (!late()) { int f = open(box, O_WRONLY | O_CREAT, 0644); close(f); if (still(".env-new")) { puts("ESCAPED"); stop = 1; return 0; } unlink("fine-new"); } stop = 1; return 1; }
MODE(link_path) { start("fine", ".env"); while (!late()) { unlink("hard"); if (link(box, "hard") == 0) { int f = open("hard", O_RDONLY); if (f >= 0 && is_canary(f)) { stop = 1; return 0; } } } stop = 1; return 1; }
MODE(mkdir_path) { box = malloc(64); start("fine-dir", ".env-dir"); while (!late()) { mkdir(box, 0755); if (still(".env-dir")) { puts("ESCAPED"); stop = 1; return 0; } rmdir("fine-dir"); } stop = 1; return 1; }
MODE(symlink_path) { box = malloc(64); start("fine-sym", ".env-sym"); while (!late()) { symlink("x", box); if (still(".env-sym")) { puts("ESCAPED"); stop = 1; return 0; } unlink("fine-sym"); } stop = 1; return 1; }

/* Connections: an address that changes. BASE/servers holds the denied one, the row's folder the free one. */
static struct sockaddr_un addresses[2], *address_now;
static void *flip_address(void *unused) { while (!stop) { memcpy(address_now, &addresses[1], sizeof *address_now); memcpy(address_now, &addresses[0], sizeof *address_now); } return NULL; }
MODE(connect_unix) {
  snprintf(addresses[0].sun_path, 100, "free.sock"); snprintf(addresses[1].sun_path, 108, "%s/servers/docker.sock", getenv("BASE"));
  addresses[0].sun_family = addresses[1].sun_family = AF_UNIX;
  int l = socket(AF_UNIX, SOCK_STREAM, 0); if (bind(l, (struct sockaddr *)&addresses[0], sizeof addresses[0]) || listen(l, 100)) return fail("bind");
  address_now = malloc(sizeof *address_now); memcpy(address_now, &addresses[0], sizeof *address_now);
  pthread_create(&thread, NULL, flip_address, NULL);
  while (!late()) {
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)address_now, sizeof *address_now) == 0) {
      struct timeval t = { 0, 20000 }; setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
      struct sockaddr_un peer; socklen_t n = sizeof peer;
      if (getpeername(s, (struct sockaddr *)&peer, &n) == 0 && strstr(peer.sun_path, "docker")) { puts("ESCAPED"); stop = 1; return 0; }
      int a = accept(l, NULL, NULL); close(a);
    }
    close(s);
  }
  stop = 1; return 1;
}
static struct sockaddr_in ip[2], *ip_now;
static void *flip_ip(void *unused) { while (!stop) { ip_now->sin_addr = ip[1].sin_addr; ip_now->sin_addr = ip[0].sin_addr; } return NULL; }
MODE(connect_ip) {
  int port = atoi(getenv("DENIED_PORT") ? getenv("DENIED_PORT") : "0");
  for (int i = 0; i < 2; i++) { ip[i].sin_family = AF_INET; ip[i].sin_port = htons((uint16_t)port); inet_pton(AF_INET, i ? "127.0.0.9" : "127.0.0.1", &ip[i].sin_addr); }
  ip_now = malloc(sizeof *ip_now); *ip_now = ip[0];
  pthread_create(&thread, NULL, flip_ip, NULL);
  while (!late()) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)ip_now, sizeof *ip_now) == 0) { struct sockaddr_in peer; socklen_t n = sizeof peer; if (getpeername(s, (struct sockaddr *)&peer, &n) == 0 && peer.sin_addr.s_addr == ip[1].sin_addr.s_addr) { puts("ESCAPED"); stop = 1; return 0; } }
    close(s);
  }
  stop = 1; return 1;
}

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(thread_path), M(thread_path_raw), M(thread_path_open2), M(thread_path_opath), M(thread_path_folder), M(three_threads), M(vm_process), M(shared_page), M(file_page), M(written_memory), M(proc_mem), M(link_swap), M(link_swap_process), M(folder_link_swap), M(folder_link_swap_at), M(deep_link_swap), 
  M(exchange_files), M(exchange_folders), M(dirfd_swap), M(dirfd_swap_plain), M(cwd_swap), M(cwd_swap_process), M(exec_path), M(exec_words), M(exec_word_pointers), M(exec_link_swap), M(exec_exchange), M(exec_script_swap), M(exec_interpreter_swap), M(exec_fd_swap), M(exec_cwd_swap), M(unlink_path), M(unlinkat_path), M(rename_path),
  M(unlink_folder_link), M(truncate_path), M(truncate_link), M(chmod_path), M(chmod_link), M(write_path), M(write_flags), M(create_path), M(link_path), M(mkdir_path), M(symlink_path), M(connect_unix), M(connect_ip),
  { NULL, NULL },
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  deadline = milliseconds() + (argc > 2 ? atol(argv[2]) : 1000);
  signal(SIGPIPE, SIG_IGN);
  return choose(modes, argc, argv);
}
