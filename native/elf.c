/*
 * The file that an ELF program names as its interpreter (PT_INTERP, elf(5)): the kernel maps it too, and begins there. The
 * system's own loaders are known; any other is judged as a program, and what was mapped in the end is looked at.
 */
#include "guard.h"
#include <elf.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

static const char *const LOADERS[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"};
enum { LOADER_COUNT = sizeof LOADERS / sizeof *LOADERS };
static struct stat loaders[LOADER_COUNT];

/* Before the agent starts: what it puts in their place later is no loader of the system's. */
void elf_learn_loaders(void) {
  for (size_t i = 0; i < LOADER_COUNT; i++) if (stat(LOADERS[i], &loaders[i]) < 0) loaders[i].st_ino = 0;
}

static int is_same(const struct stat *a, const struct stat *b) { return a->st_ino != 0 && a->st_ino == b->st_ino && a->st_dev == b->st_dev; }

int elf_is_loader(const struct stat *stats) {
  for (size_t i = 0; i < LOADER_COUNT; i++) if (is_same(&loaders[i], stats)) return 1;
  return 0;
}

/* Looked at once in a second, and after each name that is given. */
int elf_are_loaders_there(void) {
  static _Atomic uint64_t looked_at;
  struct names names = names_look();
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  uint64_t now = (uint64_t)names.changes << 32 ^ (uint64_t)time.tv_sec;
  if (names.is_quiet && atomic_load(&looked_at) == now) return 1;
  struct stat stats;
  for (size_t i = 0; i < LOADER_COUNT; i++) if (loaders[i].st_ino != 0 && (stat(LOADERS[i], &stats) < 0 || !is_same(&loaders[i], &stats))) return 0;
  atomic_store(&looked_at, now);
  return 1;
}

/* 1 with the name in `name`; 0 when the program names none, or one of the system's loaders; -errno for what the kernel does not run either. */
int elf_interpreter(int fd, char *name, size_t size) {
  Elf64_Ehdr header;
  /* By its machine: the kernel does not look at the class. */
  if (pread(fd, &header, sizeof header, 0) != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine == EM_386 || header.e_machine == EM_ARM) return 0;
  /* The kernel takes headers of this size only (load_elf_phdrs). */
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum < 1 || header.e_phnum > 65536 / sizeof(Elf64_Phdr)) return -ENOEXEC;
  for (size_t i = 0; i < header.e_phnum; i++) {
    Elf64_Phdr segment;
    if (pread(fd, &segment, sizeof segment, (off_t)(header.e_phoff + i * sizeof segment)) != sizeof segment) return -ENOEXEC;
    if (segment.p_type != PT_INTERP) continue;
    if (segment.p_filesz < 2 || segment.p_filesz > PATH_MAX || segment.p_filesz > size) return -ENOEXEC;
    if (pread(fd, name, segment.p_filesz, (off_t)segment.p_offset) != (ssize_t)segment.p_filesz || name[segment.p_filesz - 1] != '\0') return -ENOEXEC;
    struct stat stats;
    for (size_t loader = 0; loader < LOADER_COUNT; loader++) if (strcmp(name, LOADERS[loader]) == 0) return stat(name, &stats) < 0 || !elf_is_loader(&stats);
    return 1;
  }
  return 0;
}

enum { LINE_SIZE = PATH_MAX + 256, FILE_SIZE = 48 };

/* Of a line of /proc/PID/maps (proc_pid_maps(5)): device and inode of the file as they are shown there, which may be others than stat(2) tells; its path, NULL for none. */
static const char *split(char *line, char file[FILE_SIZE]) {
  char device[24];
  unsigned long inode;
  int path_at = 0;
  if (sscanf(line, "%*s %*s %*s %23s %lu %n", device, &inode, &path_at) != 2 || path_at == 0 || line[path_at] != '/') return NULL;
  snprintf(file, FILE_SIZE, "%s %lu", device, inode);
  return line + path_at;
}

/* How an open file is shown there: it is mapped here, and looked for. */
static int show_mapped(int fd, char file[FILE_SIZE]) {
  char line[LINE_SIZE];
  int is_found = 0;
  void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
  FILE *maps = page == MAP_FAILED ? NULL : fopen("/proc/self/maps", "re");
  while (maps != NULL && !is_found && fgets(line, sizeof line, maps) != NULL) is_found = strtoul(line, NULL, 16) == (uintptr_t)page && split(line, file) != NULL;
  if (maps != NULL) fclose(maps);
  if (page != MAP_FAILED) munmap(page, 1);
  return is_found;
}

static int is_as_it_was(const struct stat *then, const struct stat *now) { return is_same(then, now) && then->st_size == now->st_size && then->st_ctim.tv_sec == now->st_ctim.tv_sec && then->st_ctim.tv_nsec == now->st_ctim.tv_nsec; }

/* By its path, which may lead to another file by now: so what is found there must be what was mapped, too. Nobody can write a program that runs; its interpreter has to be as it was. */
static int is_expected(const char *path, const char *file, const struct stat *program, const struct stat *interpreter) {
  char found[FILE_SIZE];
  struct stat stats;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  int is_one = fd >= 0 && fstat(fd, &stats) == 0 && (is_same(program, &stats) || is_as_it_was(interpreter, &stats) || elf_is_loader(&stats)) && show_mapped(fd, found) && strcmp(found, file) == 0;
  if (fd >= 0) close(fd);
  return is_one;
}

/* At the exec stop: nothing else than these files was mapped, and the system's loaders. `interpreter` has no inode where there is none. */
int elf_is_only(pid_t pid, const struct stat *program, const struct stat *interpreter) {
  char own[32], maps_path[32], line[LINE_SIZE], file[FILE_SIZE], last[FILE_SIZE] = "";
  snprintf(own, sizeof own, "/proc/%d/exe", pid);
  snprintf(maps_path, sizeof maps_path, "/proc/%d/maps", pid);
  FILE *maps = fopen(maps_path, "re");
  if (maps == NULL) return 0;
  int is_only = 1;
  while (is_only && fgets(line, sizeof line, maps) != NULL) {
    size_t length = strlen(line);
    if (length == 0 || line[length - 1] != '\n') is_only = 0;
    else {
      line[length - 1] = '\0';
      const char *path = split(line, file);
      if (path == NULL || strcmp(file, last) == 0) continue;
      /* A program without a name is found by its process. */
      is_only = is_expected(own, file, program, interpreter) || is_expected(path, file, program, interpreter);
      strcpy(last, file);
    }
  }
  is_only = is_only && !ferror(maps);
  fclose(maps);
  return is_only;
}
