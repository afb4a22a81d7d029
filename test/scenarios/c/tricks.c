/* Roundabout ways: what a call does that its own words do not say. `tricks MODE WORDS…` */
#include "scenario.h"
#include <elf.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define MODE(name) static int name(int argc, char **argv)

static long until_ms;
static void for_ms(long ms) { until_ms = milliseconds() + ms; }
static int is_time_left(void) { return milliseconds() < until_ms; }

static int read_whole(const char *path, char **bytes, size_t *size) {
  int fd = open(path, O_RDONLY);
  struct stat s;
  if (fd < 0 || fstat(fd, &s) < 0) return -1;
  *bytes = malloc((size_t)s.st_size + 4096);
  *size = (size_t)s.st_size;
  ssize_t n = read(fd, *bytes, *size);
  close(fd);
  return n == (ssize_t)*size ? 0 : -1;
}

static int write_program(const char *path, const char *bytes, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (fd < 0) return -1;
  ssize_t n = write(fd, bytes, size);
  close(fd);
  return n == (ssize_t)size ? 0 : -1;
}

static int start(const char *path) { char *words[] = { "ls", "one", "two", NULL }; execve(path, words, environ); perror("exec"); return 1; }

/* ---- copies of a program that are not quite the same ---- */
MODE(copy_appended) { char *b; size_t n; if (read_whole(argv[1], &b, &n)) return fail("read"); b[n++] = 'x'; if (write_program("ls", b, n)) return fail("write"); return start("./ls"); }
MODE(copy_section_name) { /* a byte that nobody runs */ char *b; size_t n; if (read_whole(argv[1], &b, &n)) return fail("read"); Elf64_Ehdr *h = (Elf64_Ehdr *)b; h->e_shoff = 0; h->e_shnum = 0; h->e_shstrndx = 0; if (write_program("ls", b, n)) return fail("write"); return start("./ls"); }
MODE(copy_ident) { char *b; size_t n; if (read_whole(argv[1], &b, &n)) return fail("read"); b[EI_PAD] = 7; if (write_program("ls", b, n)) return fail("write"); return start("./ls"); }
static Elf64_Phdr *table(char *b) { return (Elf64_Phdr *)(b + ((Elf64_Ehdr *)b)->e_phoff); }
static int start_changed(const char *path, void (*change)(char *b, size_t *n)) { char *b; size_t n; if (read_whole(path, &b, &n)) return fail("read"); b = realloc(b, n + 16384); memset(b + n, 0, 16384); change(b, &n); if (write_program("ls", b, n)) return fail("write"); return start("./ls"); }
static void other_class(char *b, size_t *n) { (void)n; b[EI_CLASS] = ELFCLASS32; }
static void other_order(char *b, size_t *n) { (void)n; b[EI_DATA] = ELFDATA2MSB; }
static void more_to_run(char *b, size_t *n) { (void)n; for (int i = 0; i < ((Elf64_Ehdr *)b)->e_phnum; i++) if (table(b)[i].p_type == PT_LOAD && (table(b)[i].p_flags & PF_W) == 0) table(b)[i].p_flags |= PF_X; }
static void longer_to_run(char *b, size_t *n) { (void)n; for (int i = 0; i < ((Elf64_Ehdr *)b)->e_phnum; i++) if (table(b)[i].p_type == PT_LOAD && (table(b)[i].p_flags & PF_X) != 0) table(b)[i].p_filesz += 8, table(b)[i].p_memsz += 8; }
static void far_table(char *b, size_t *n) { /* at the end of the file, and mapped there in place of a note */
  Elf64_Ehdr *h = (Elf64_Ehdr *)b;
  size_t at = (*n + 4095) & ~4095UL, size = h->e_phnum * sizeof(Elf64_Phdr);
  Elf64_Phdr *to = (Elf64_Phdr *)(b + at), moved;
  uint64_t where = 0;
  memcpy(to, table(b), size);
  int note = -1;
  for (int i = 0; i < h->e_phnum; i++) if (to[i].p_type == PT_LOAD && to[i].p_vaddr >= where) where = to[i].p_vaddr / 4096 * 4096 + 0x1000000;
  for (int i = 0; i < h->e_phnum; i++) {
    if (to[i].p_type == PT_NOTE && note < 0) note = i;
    if (to[i].p_type == PT_PHDR) to[i].p_offset = at, to[i].p_vaddr = to[i].p_paddr = where;
  }
  if (note >= 0) {
    moved = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_offset = at, .p_vaddr = where, .p_filesz = size, .p_memsz = size, .p_align = 4096 };
    moved.p_paddr = moved.p_vaddr;
    memmove(to + note, to + note + 1, (size_t)(h->e_phnum - note - 1) * sizeof *to);
    to[h->e_phnum - 1] = moved;
  }
  h->e_phoff = at;
  *n = at + size;
}
MODE(copy_class) { (void)argc; return start_changed(argv[1], other_class); }
MODE(copy_order) { (void)argc; return start_changed(argv[1], other_order); }
MODE(copy_more_to_run) { (void)argc; return start_changed(argv[1], more_to_run); }
MODE(copy_longer_to_run) { (void)argc; return start_changed(argv[1], longer_to_run); }
MODE(copy_far_table) { (void)argc; return start_changed(argv[1], far_table); }
MODE(copy_appended_memfd) { char *b; size_t n; if (read_whole(argv[1], &b, &n)) return fail("read"); int f = (int)syscall(SYS_memfd_create, "ls", 1); if (write(f, b, n) < 0 || write(f, "xyz", 3) < 0) return fail("write"); char *words[] = { "ls", NULL }; fexecve(f, words, environ); return fail("exec"); }
MODE(copy_many) { char *b; size_t n; if (read_whole(argv[1], &b, &n)) return fail("read"); b = realloc(b, n + 300000); memset(b + n, 'x', 300000); if (write_program("ls", b, n + 300000)) return fail("write"); return start("./ls"); }

/* ---- a program that comes in by another door ---- */
static int write_interpreted(const char *path, const char *interpreter, int class) { /* the kernel maps what PT_INTERP names, and begins there */
  char *b; size_t n;
  if (read_whole("/proc/self/exe", &b, &n)) return fail("read");
  Elf64_Ehdr *h = (Elf64_Ehdr *)b;
  int found = 0;
  for (int i = 0; i < h->e_phnum; i++) if (table(b)[i].p_type == PT_INTERP) { table(b)[i].p_offset = n; table(b)[i].p_filesz = table(b)[i].p_memsz = strlen(interpreter) + 1; strcpy(b + n, interpreter); found = 1; }
  b[EI_CLASS] = class;
  return !found || write_program(path, b, n + strlen(interpreter) + 1) ? fail("write") : 0;
}
MODE(elf_interpreter) { (void)argc; return write_interpreted("odd", argv[1], ELFCLASS64) ? 1 : start("./odd"); }
MODE(elf_interpreter_class) { /* and it is not looked at again because it is new */ (void)argc; if (write_interpreted("odd", argv[1], ELFCLASS32)) return 1; usleep(100000); return start("./odd"); }

static const char *flip_a, *flip_b, *flip_at;
static volatile int go_on = 1;
static void *flip_links(void *unused);
static void run_once(const char *path, char *const words[]);
MODE(elf_interpreter_swap) { /* its name is a link that changes */
  (void)argc;
  if (write_interpreted("odd", "./flip", ELFCLASS64)) return 1;
  flip_a = argv[1]; flip_b = access("/lib64/ld-linux-x86-64.so.2", X_OK) == 0 ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1"; flip_at = "flip"; symlink(flip_b, "flip");
  pthread_t t;
  pthread_create(&t, NULL, flip_links, NULL);
  for_ms(atoi(argv[2]));
  while (is_time_left()) { char *words[] = { "odd", "nothing", NULL }; run_once("./odd", words); }
  go_on = 0;
  return 0;
}
static void *flip_files(void *unused) { (void)unused; while (go_on) { unlink("new"); if (link("denied", "new") == 0) rename("new", "flip"); unlink("new"); if (link("harmless", "new") == 0) rename("new", "flip"); } return NULL; }
MODE(elf_interpreter_gone) { /* what was mapped has lost its name to a harmless one, which is found by what is said of a lost name, too */
  (void)argc;
  char *b; size_t n;
  if (write_interpreted("odd", "./flip", ELFCLASS64) || read_whole(argv[1], &b, &n) || write_program("denied", b, n) || read_whole("/bin/true", &b, &n) || write_program("harmless", b, n)) return 1;
  if (link("harmless", "flip") || link("harmless", "flip (deleted)") || link("harmless", "new (deleted)")) return fail("link");
  usleep(100000);
  pthread_t t;
  pthread_create(&t, NULL, flip_files, NULL);
  for_ms(atoi(argv[2]));
  while (is_time_left()) { char *words[] = { "odd", "nothing", NULL }; run_once("./odd", words); }
  go_on = 0;
  return 0;
}
static void *flip_links(void *unused) {
  (void)unused;
  for (int i = 0; go_on; i++) { unlink("flip.new"); if (symlink(i & 1 ? flip_a : flip_b, "flip.new") == 0) rename("flip.new", flip_at); }
  return NULL;
}
static const char *LOADER_NAMES[] = { "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1" };
static const char *loader(void) { return access(LOADER_NAMES[0], X_OK) == 0 ? LOADER_NAMES[0] : LOADER_NAMES[1]; }

static void run_once(const char *path, char *const words[]) {
  pid_t c = fork();
  if (c == 0) { int null = open("/dev/null", O_WRONLY); dup2(null, 2); execve(path, words, environ); _exit(1); }
  int s;
  waitpid(c, &s, 0);
}
MODE(loader_link_swap) { flip_a = argv[1]; flip_b = "/bin/true"; flip_at = "flip"; symlink(flip_b, "flip"); pthread_t t; pthread_create(&t, NULL, flip_links, NULL); for_ms(atoi(argv[2])); while (is_time_left()) { char *words[] = { "ld.so", "./flip", NULL }; run_once(loader(), words); } go_on = 0; return 0; }
MODE(exec_link_twice) { flip_a = argv[1]; flip_b = "/bin/true"; flip_at = "flip"; symlink(flip_b, "flip"); pthread_t t[3]; for (int i = 0; i < 2; i++) pthread_create(&t[i], NULL, flip_links, NULL); for_ms(atoi(argv[2])); while (is_time_left()) { char *words[] = { "true", NULL }; run_once("./flip", words); } go_on = 0; return 0; }

static char *content[2];
static size_t content_size[2];
static void *flip_content(void *unused) { (void)unused; for (int i = 0; go_on; i++) { int fd = open("prog", O_WRONLY | O_TRUNC); if (fd < 0) { usleep(50); continue; } if (write(fd, content[i & 1], content_size[i & 1]) < 0) {} close(fd); usleep((unsigned)(random() % 900)); } return NULL; }
MODE(exec_content_swap) { /* the same file, with other content between question and start */
  if (read_whole(argv[1], &content[0], &content_size[0]) || read_whole("/bin/true", &content[1], &content_size[1]) || write_program("prog", content[1], content_size[1])) return fail("copy");
  pthread_t t; pthread_create(&t, NULL, flip_content, NULL);
  for_ms(atoi(argv[2]));
  while (is_time_left()) { char *words[] = { "true", NULL }; run_once("./prog", words); }
  go_on = 0;
  return 0;
}
static void wait_until_forgotten(void) { if (getenv("PATCHWORK")) usleep(5500000); }
MODE(gone_original) { /* the program is moved away, and forgotten */ char moved[4096]; snprintf(moved, sizeof moved, "%s/../moved-%d", argv[1], getpid()); char *s = strrchr(argv[1], '/'); snprintf(moved, sizeof moved, "%.*s/moved-%d", (int)(s - argv[1]), argv[1], getpid()); if (rename(argv[1], moved)) return fail("rename"); wait_until_forgotten(); pid_t c = fork(); if (c == 0) _exit(start(moved)); wait(NULL); rename(moved, argv[1]); return 0; }
MODE(gone_original_copy) { char *b; size_t n; char moved[4096]; char *s = strrchr(argv[1], '/'); snprintf(moved, sizeof moved, "%.*s/moved-%d", (int)(s - argv[1]), argv[1], getpid()); if (read_whole(argv[1], &b, &n) || write_program("ls", b, n) || rename(argv[1], moved)) return fail("copy"); wait_until_forgotten(); pid_t c = fork(); if (c == 0) _exit(start("./ls")); wait(NULL); rename(moved, argv[1]); return 0; }

/* ---- names ---- */
static int show_path(const char *path) { return show(open(path, O_RDONLY)); }
MODE(move_then_read) { /* FROM TO FILE */ if (rename(argv[1], argv[2])) perror("rename"); return show_path(argv[3]); }
MODE(exchange_then_read) { if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], 2)) perror("exchange"); return show_path(argv[3]); }
MODE(move_into) { /* FROM TO: what it holds has another name afterwards */ if (rename(argv[1], argv[2])) return fail("rename"); puts("moved"); return 0; }
static void *flip_folder(void *unused) { (void)unused; while (go_on) { syscall(SYS_renameat2, AT_FDCWD, "way", AT_FDCWD, "way2", 2); } return NULL; }
MODE(link_of_link) { /* the folder on the way changes between two looks: FILE in vault, a link of the same name in mine */
  mkdir("mine", 0755); symlink("/etc/hostname", "mine/key"); symlink("mine", "way"); symlink("vault", "way2");
  pthread_t t; pthread_create(&t, NULL, flip_folder, NULL);
  for_ms(atoi(argv[1]));
  int hit = 0;
  for (int i = 0; is_time_left() && !hit; i++) {
    struct stat s;
    unlink("got");
    if (linkat(AT_FDCWD, "way/key", AT_FDCWD, "got", 0) == 0 && lstat("got", &s) == 0 && S_ISREG(s.st_mode)) hit = 1;
  }
  go_on = 0;
  return hit ? show_path("got") : 1;
}

/* ---- the kernel writes a file for us ---- */
MODE(core_file) { /* a dump of memory, in the folder where the process is */
  pid_t c = fork();
  if (c == 0) { struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY }; getrlimit(RLIMIT_CORE, &l); l.rlim_cur = l.rlim_max; if (setrlimit(RLIMIT_CORE, &l)) perror("setrlimit"); if (chdir(argv[1])) { perror("chdir"); _exit(1); } abort(); }
  int s;
  waitpid(c, &s, 0);
  return 0;
}
MODE(core_file_raw) { pid_t c = fork(); if (c == 0) { struct { uint64_t cur, max; } l = { ~0ULL, ~0ULL }; if (syscall(SYS_prlimit64, 0, RLIMIT_CORE, &l, NULL) && (l.cur = l.max = 1 << 30, syscall(SYS_setrlimit, RLIMIT_CORE, &l))) perror("limit"); if (chdir(argv[1])) { perror("chdir"); _exit(1); } abort(); } int s; waitpid(c, &s, 0); return 0; }

/* ---- others' things ---- */
MODE(shm_read) { /* a segment of another program: its number */ char *at = shmat(atoi(argv[1]), NULL, SHM_RDONLY); if (at == (void *)-1) return fail("shmat"); printf("%s\n", at); return 0; }
MODE(shm_key) { int id = shmget((key_t)strtol(argv[1], NULL, 0), 0, 0); if (id < 0) return fail("shmget"); char *at = shmat(id, NULL, 0); if (at == (void *)-1) return fail("shmat"); printf("%s\n", at); return 0; }
MODE(shm_set) { struct shmid_ds d; if (shmctl(atoi(argv[1]), IPC_STAT, &d)) return fail("IPC_STAT"); if (shmctl(atoi(argv[1]), IPC_SET, &d)) return fail("IPC_SET"); puts("ESCAPED"); return 0; }
MODE(shm_remove) { if (shmctl(atoi(argv[1]), IPC_RMID, NULL)) return fail("IPC_RMID"); puts("ESCAPED"); return 0; }
MODE(shm_hold) { /* outside: says its number, and waits */ int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); char *at = shmat(id, NULL, 0); if (at == (void *)-1) return fail("shmat"); strcpy(at, "SEGMENT-OF-OTHERS"); shmctl(id, IPC_RMID, NULL); printf("%d\n", id); fflush(stdout); char c; while (read(0, &c, 1) > 0) {} return 0; }
struct note { long type; char text[40]; };
MODE(queue_hold) { /* outside: a queue with a message, a set, a key under which there is always a queue */ int q = msgget(IPC_PRIVATE, 0666), s = semget(IPC_PRIVATE, 1, 0666); key_t key = 0x50570000 | (getpid() & 0xffff); struct note n = { 1, "QUEUE-OF-OTHERS" }; for (int i = 0; i < 40; i++) msgsnd(q, &n, sizeof n.text, 0); semop(s, &(struct sembuf){ 0, 7, 0 }, 1); printf("%d %d %d\n", q, s, key); fflush(stdout); fcntl(0, F_SETFL, O_NONBLOCK); char c; int k; do { k = msgget(key, IPC_CREAT | 0666); usleep(20000); } while (read(0, &c, 1) < 0 && errno == EAGAIN); msgctl(q, IPC_RMID, NULL); msgctl(k, IPC_RMID, NULL); semctl(s, 0, IPC_RMID); return 0; }
MODE(queue_read) { struct note n; if (msgrcv(atoi(argv[1]), &n, sizeof n.text, 0, IPC_NOWAIT) < 0) return fail("msgrcv"); puts(n.text); return 0; }
MODE(queue_write) { struct note n = { 2, "do this" }; if (msgsnd(atoi(argv[1]), &n, sizeof n.text, IPC_NOWAIT)) return fail("msgsnd"); puts("ESCAPED"); return 0; }
MODE(queue_key) { struct note n = { 2, "do this" }; int q = msgget(atoi(argv[1]), IPC_CREAT | 0666); if (q < 0 || msgsnd(q, &n, sizeof n.text, IPC_NOWAIT)) return fail("msgsnd"); puts("ESCAPED"); return 0; }
MODE(queue_set) { struct msqid_ds d; if (msgctl(atoi(argv[1]), IPC_STAT, &d)) return fail("IPC_STAT"); if (msgctl(atoi(argv[1]), IPC_SET, &d)) return fail("IPC_SET"); puts("ESCAPED"); return 0; }
MODE(queue_remove) { int q = msgget(atoi(argv[1]), 0); if (q < 0 || msgctl(q, IPC_RMID, NULL)) return fail("IPC_RMID"); puts("ESCAPED"); return 0; }
MODE(queue_next) { /* as long as ours is there its number is no other's */ int q = msgget(IPC_PRIVATE, 0666); msgctl(q, IPC_RMID, NULL); return queue_read(argc, argv); }
MODE(set_change) { if (semop(atoi(argv[1]), (struct sembuf[]){ { 0, -1, IPC_NOWAIT }, { 0, 1, 0 } }, 2)) return fail("semop"); puts("ESCAPED"); return 0; }
MODE(set_timed) { struct timespec t = { 1, 0 }; if (semtimedop(atoi(argv[1]), (struct sembuf[]){ { 0, 1, 0 }, { 0, -1, 0 } }, 2, &t)) return fail("semtimedop"); puts("ESCAPED"); return 0; }
MODE(set_value) { if (semctl(atoi(argv[1]), 0, GETVAL) < 0) return fail("GETVAL"); puts("ESCAPED"); return 0; }
MODE(set_set) { if (semctl(atoi(argv[1]), 0, SETVAL, 7)) return fail("SETVAL"); puts("ESCAPED"); return 0; }
MODE(terminal_write) { int fd = open(argv[1], O_RDWR | O_NOCTTY); if (fd < 0) return fail(argv[1]); if (write(fd, "\r", 1) != 1) return fail("write"); puts("ESCAPED"); return 0; }
MODE(terminal_steal) { setsid(); int fd = open(argv[1], O_RDWR | O_NOCTTY); if (fd < 0) return fail(argv[1]); if (ioctl(fd, TIOCSCTTY, 1)) perror("TIOCSCTTY"); puts("ESCAPED"); return 0; }
MODE(terminal_path) { /* through a descriptor that names it only */ int p = open(argv[1], O_PATH); char link[64]; snprintf(link, 64, "/proc/self/fd/%d", p); int fd = open(link, O_RDWR | O_NOCTTY); if (fd < 0) return fail("open"); puts("ESCAPED"); return 0; }

/* ---- switches of the kernel ---- */
MODE(mm_exe) { /* a process that says that it runs another program */ int fd = open(argv[1], O_RDONLY); if (prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0) && errno != EBUSY) return fail("PR_SET_MM"); puts("ESCAPED"); return 0; }
MODE(freeze) { int fd = open(argv[1], O_RDONLY); if (ioctl(fd, 0xc0045878 /* FITHAW */, 0) == 0 || errno == EINVAL) puts("ESCAPED"); else perror("FITHAW"); return 0; }
MODE(clock_adjust) { char room[256] = { 0 }; if (syscall(SYS_clock_adjtime, 0, room) < 0) return fail("clock_adjtime"); *(unsigned *)room = 0x8000 /* nothing that exists alone: ADJ_OFFSET_SINGLESHOT */; puts("ESCAPED"); return 0; }
MODE(kernel_log) { char b[64]; if (syscall(SYS_syslog, 3, b, sizeof b) < 0) return fail("syslog"); puts("ESCAPED"); return 0; }
MODE(open_write) { int f = open(argv[1], O_WRONLY); if (f < 0) return fail(argv[1]); puts("ESCAPED"); return 0; }

/* ---- what is closed by what it is ---- */
static int escaped(const char *what) { printf("ESCAPED %s\n", what); return 0; }
/* A group of its own, so that nobody else is changed when it succeeds; who is 0, as for all of a user. */
MODE(group_priority) { setpgid(0, 0); int now = getpriority(PRIO_PGRP, 0); return setpriority(PRIO_PGRP, 0, now < 19 ? now + 1 : now) == 0 ? escaped("setpriority") : fail("setpriority"); }
MODE(group_io_priority) { setpgid(0, 0); return syscall(SYS_ioprio_set, 2, 0, 2 << 13 | 5) == 0 ? escaped("ioprio_set") : fail("ioprio_set"); }
MODE(fault_device) { int fd = open("/dev/userfaultfd", O_RDWR); if (fd < 0) return fail("open"); return ioctl(fd, 0xaa00 /* USERFAULTFD_IOC_NEW */, O_CLOEXEC) >= 0 ? escaped("userfaultfd") : fail("ioctl"); }
MODE(shut_down) { /* the command arrives, and finds no argument */ int fd = open(argv[1], O_RDONLY); return ioctl(fd, 0x8004587d /* FS_IOC_SHUTDOWN */, NULL) < 0 && errno == EFAULT ? escaped("FS_IOC_SHUTDOWN") : fail("ioctl"); }
MODE(set_version) { int fd = open(argv[1], O_RDONLY), version = 7; return ioctl(fd, 0x40087602 /* FS_IOC_SETVERSION */, &version) == 0 ? escaped("FS_IOC_SETVERSION") : fail("ioctl"); }
MODE(write_library) { /* of the C library, which the session runs from */
  char line[4096], path[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps)) if (strstr(line, "libc.so") && sscanf(strchr(line, '/'), "%4095s", path) == 1) return open(path, O_RDWR) >= 0 ? escaped(path) : fail(path);
  return fail("maps");
}
MODE(read_disk) { /* whichever there is */
  char path[300];
  DIR *folder = opendir("/dev");
  struct stat s;
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    if (lstat(path, &s) == 0 && S_ISBLK(s.st_mode) && open(path, O_RDONLY) >= 0) return escaped(path);
  }
  return fail("/dev");
}

static const struct mode modes[] = {
  { "copy_appended", copy_appended }, { "copy_section_name", copy_section_name }, { "copy_ident", copy_ident }, { "copy_appended_memfd", copy_appended_memfd }, { "copy_many", copy_many },
  { "elf_interpreter", elf_interpreter }, { "elf_interpreter_class", elf_interpreter_class }, { "elf_interpreter_gone", elf_interpreter_gone }, { "copy_class", copy_class }, { "copy_order", copy_order }, { "copy_more_to_run", copy_more_to_run }, { "copy_longer_to_run", copy_longer_to_run }, { "copy_far_table", copy_far_table },
   { "elf_interpreter_swap", elf_interpreter_swap }, { "loader_link_swap", loader_link_swap }, { "exec_link_twice", exec_link_twice }, { "exec_content_swap", exec_content_swap }, { "gone_original", gone_original }, { "gone_original_copy", gone_original_copy },
  { "move_then_read", move_then_read }, { "exchange_then_read", exchange_then_read }, { "move_into", move_into }, { "link_of_link", link_of_link },
  { "core_file", core_file }, { "core_file_raw", core_file_raw }, { "shm_hold", shm_hold }, { "shm_read", shm_read }, { "shm_key", shm_key }, { "shm_set", shm_set }, { "shm_remove", shm_remove }, { "queue_hold", queue_hold }, { "queue_read", queue_read }, { "queue_write", queue_write }, { "queue_key", queue_key }, { "queue_set", queue_set }, { "queue_remove", queue_remove }, { "queue_next", queue_next },
  { "set_change", set_change }, { "set_timed", set_timed }, { "set_value", set_value }, { "set_set", set_set }, { "terminal_write", terminal_write }, { "terminal_steal", terminal_steal }, { "terminal_path", terminal_path },
  { "mm_exe", mm_exe }, { "freeze", freeze }, { "clock_adjust", clock_adjust }, { "kernel_log", kernel_log }, { "open_write", open_write },
  { "group_priority", group_priority }, { "group_io_priority", group_io_priority }, { "fault_device", fault_device }, { "shut_down", shut_down }, { "set_version", set_version }, { "write_library", write_library }, { "read_disk", read_disk }, { NULL, NULL },
};
int main(int argc, char **argv) {
  static char path[4096];
  for (int i = 1; i < argc; i++) if (argv[i][0] == '@') { snprintf(path, sizeof path, "%s/%s", getenv("TOOLS"), argv[i] + 1); argv[i] = path; }
  return choose(modes, argc, argv);
}
