/*
 * Fills and clears the shim folder: some thousand links, which take a script engine ten times as long.
 *
 *   farm fill BIN LAUNCHER DIR...   links LAUNCHER under the name of every program in the DIRs; prints how many names
 *   farm clear BIN                  removes all files in BIN, BIN, and the folder it lies in when that is empty then
 *
 * Exit 1 with a reason on stderr when the folder cannot be filled or cleared.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names on one PATH beyond which something is wrong with it. */
enum { NAMES_LIMIT = 20000 };

static int fail(const char *what) {
  fprintf(stderr, "farm: %s: %s\n", what, strerror(errno));
  return 1;
}

static int is_hidden_entry(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
}

/* What scripts source by name (git's gettext.sh) must stay text; as a program of the system nobody starts it. */
static int is_sourced(const char *folder, const char *name) {
  size_t length = strlen(name);
  return length > 3 && strcmp(name + length - 3, ".sh") == 0 && (strncmp(folder, "/usr/", 5) == 0 || strncmp(folder, "/bin", 4) == 0);
}

/* The number of new names, -1 when no link can be made at all. */
static long fill_from(int bin, int launcher_dir, const char *launcher, const char *path, long room) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0; /* A folder on PATH that is not there is ordinary. */
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    close(fd);
    return 0;
  }
  long count = 0;
  for (struct dirent *entry; count < room && (entry = readdir(folder)) != NULL;) {
    if (is_hidden_entry(entry) || entry->d_type == DT_DIR) continue;
    if (is_sourced(path, entry->d_name)) continue;
    if (faccessat(fd, entry->d_name, X_OK, AT_EACCESS) < 0) continue;
    if (linkat(launcher_dir, launcher, bin, entry->d_name, 0) == 0) {
      count++;
    } else if (errno != EEXIST) {
      closedir(folder);
      return -1;
    }
  }
  closedir(folder);
  return count;
}

static int fill(int argc, char **argv) {
  int bin = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (bin < 0) return fail(argv[2]);
  long total = 0;
  for (int i = 4; i < argc; i++) {
    long count = fill_from(bin, AT_FDCWD, argv[3], argv[i], NAMES_LIMIT - total);
    if (count < 0) return fail("link");
    total += count;
  }
  printf("%ld\n", total);
  return 0;
}

static int clear(char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) return errno == ENOENT ? 0 : fail(path);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (!is_hidden_entry(entry)) unlinkat(dirfd(folder), entry->d_name, 0);
  }
  closedir(folder);
  if (rmdir(path) < 0) return fail(path);
  char *last = strrchr(path, '/');
  if (last != NULL && last != path) {
    *last = '\0';
    rmdir(path);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc >= 4 && strcmp(argv[1], "fill") == 0) return fill(argc, argv);
  if (argc == 3 && strcmp(argv[1], "clear") == 0) return clear(argv[2]);
  fprintf(stderr, "usage: farm fill BIN LAUNCHER DIR... | farm clear BIN\n");
  return 2;
}
