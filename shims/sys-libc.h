/* sys.h by way of the C library: macOS, and Linux on other processors. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

static long checked(long result) { return result < 0 ? -errno : result; }

static long sys_read(int fd, void *buffer, size_t size) { return checked(read(fd, buffer, size)); }
static long sys_write(int fd, const void *buffer, size_t size) { return checked(write(fd, buffer, size)); }
static long sys_close(int fd) { return checked(close(fd)); }
static long sys_exec(const char *path, char *const argv[], char *const envp[]) { return checked(execve(path, argv, envp)); }
static long sys_pid(void) { return getpid(); }
static long sys_can_execute(const char *path) { return checked(faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)); }

static long sys_file_id(const char *path, struct file_id *id) {
  struct stat stats;
  if (stat(path, &stats) < 0) return -errno;
  id->device = (uint64_t)stats.st_dev;
  id->inode = (uint64_t)stats.st_ino;
  id->mode = (uint32_t)stats.st_mode;
  return 0;
}

static long sys_own_path(char *buffer, size_t size) {
#ifdef __APPLE__
  uint32_t length = (uint32_t)size;
  return _NSGetExecutablePath(buffer, &length) == 0 ? (long)strlen(buffer) : -E_NOENT;
#else
  long length = readlink("/proc/self/exe", buffer, size - 1);
  if (length < 0) return -errno;
  buffer[length] = '\0';
  return length;
#endif
}

static long sys_cwd(char *buffer, size_t size) { return getcwd(buffer, size) == NULL ? -errno : (long)strlen(buffer) + 1; }

static long sys_connect_unix(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -E_NOENT;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return -errno;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    if (errno == EINTR) continue;
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

static long sys_wait_readable(int fd, int milliseconds) {
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  return checked(poll(&poll_fd, 1, milliseconds));
}

static void *sys_memory(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static void sys_exit(int status) { _exit(status); }
