/*
 * The file that an ELF program names as its interpreter (PT_INTERP, elf(5)): the kernel maps it too, and begins there. The
 * system's own loaders are known; any other is judged as a program, and what was mapped in the end is looked at.
 */
#include "guard.h"
#include <elf.h>
#include <stdatomic.h>
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
  if (pread(fd, &header, sizeof header, 0) != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64) return 0;
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

/* Whether a line of /proc/PID/maps shows nothing, the program, its interpreter, or a loader of the system's. */
static int is_expected(const char *line, const struct stat *program, const struct stat *interpreter) {
  unsigned long inode = 0;
  int path_at = 0;
  if (sscanf(line, "%*s %*s %*s %*s %lu %n", &inode, &path_at) != 1 || path_at == 0) return 0;
  const char *path = line + path_at;
  if (path[0] != '/') return 1;
  struct stat stats;
  if (stat(path, &stats) == 0) return is_same(program, &stats) || is_same(interpreter, &stats) || elf_is_loader(&stats);
  /* A file without a name any more. */
  return inode == program->st_ino || (interpreter->st_ino != 0 && inode == interpreter->st_ino);
}

/* At the exec stop: nothing else than these files was mapped. `interpreter` has no inode where there is none. */
int elf_is_only(pid_t pid, const struct stat *program, const struct stat *interpreter) {
  char path[32], line[PATH_MAX + 256];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL) return 0;
  int is_only = 1;
  while (is_only && fgets(line, sizeof line, maps) != NULL) {
    size_t length = strlen(line);
    if (length == 0 || line[length - 1] != '\n') is_only = 0;
    else line[length - 1] = '\0', is_only = is_expected(line, program, interpreter);
  }
  is_only = is_only && !ferror(maps);
  fclose(maps);
  return is_only;
}
