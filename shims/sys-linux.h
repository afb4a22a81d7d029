/* sys.h on Linux without a C library. Numbers from asm/unistd.h, structures from the kernel's UAPI headers. */

#if defined(__x86_64__)
enum { NR_read = 0, NR_write = 1, NR_close = 3, NR_mmap = 9, NR_connect = 42, NR_socket = 41, NR_execve = 59, NR_exit_group = 231, NR_getcwd = 79, NR_getpid = 39, NR_readlinkat = 267, NR_faccessat2 = 439, NR_faccessat = 269, NR_statx = 332, NR_ppoll = 271 };

static long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

/* The kernel enters with the stack as described in the System V ABI, 3.4.1: argc, argv, NULL, envp, NULL, auxv. */
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call start\n");
#else
enum { NR_read = 63, NR_write = 64, NR_close = 57, NR_mmap = 222, NR_connect = 203, NR_socket = 198, NR_execve = 221, NR_exit_group = 94, NR_getcwd = 17, NR_getpid = 172, NR_readlinkat = 78, NR_faccessat2 = 439, NR_faccessat = 48, NR_statx = 291, NR_ppoll = 73 };

static long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  and sp, x0, #-16\n"
    "  bl start\n");
#endif

/* The compiler may call these for copies and comparisons that it makes itself. */
void *memcpy(void *to, const void *from, size_t size) {
  char *t = to;
  const char *f = from;
  while (size-- > 0) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  char *t = to;
  while (size-- > 0) *t++ = (char)value;
  return to;
}

static long sys_read(int fd, void *buffer, size_t size) { return syscall6(NR_read, fd, (long)buffer, (long)size, 0, 0, 0); }
static long sys_write(int fd, const void *buffer, size_t size) { return syscall6(NR_write, fd, (long)buffer, (long)size, 0, 0, 0); }
static long sys_close(int fd) { return syscall6(NR_close, fd, 0, 0, 0, 0, 0); }
static long sys_exec(const char *path, char *const argv[], char *const envp[]) { return syscall6(NR_execve, (long)path, (long)argv, (long)envp, 0, 0, 0); }
static long sys_pid(void) { return syscall6(NR_getpid, 0, 0, 0, 0, 0, 0); }

enum { AT_FDCWD_ = -100, AT_EACCESS_ = 0x200, X_OK_ = 1, E_NOSYS = 38 };

static long sys_can_execute(const char *path) {
  long result = syscall6(NR_faccessat2, AT_FDCWD_, (long)path, X_OK_, AT_EACCESS_, 0, 0);
  if (result == -E_NOSYS) result = syscall6(NR_faccessat, AT_FDCWD_, (long)path, X_OK_, 0, 0, 0);
  return result;
}

/* struct statx of linux/stat.h, as far as it is read: mode at 28, inode at 32, device at 136. */
static long sys_file_id(const char *path, struct file_id *id) {
  uint64_t buffer[32];
  long result = syscall6(NR_statx, AT_FDCWD_, (long)path, 0, 0x103, (long)buffer, 0); /* STATX_TYPE | STATX_MODE | STATX_INO */
  if (result < 0) return result;
  const unsigned char *bytes = (const unsigned char *)buffer;
  id->mode = (uint32_t)bytes[28] | (uint32_t)bytes[29] << 8;
  id->inode = buffer[4];
  uint64_t major = (uint64_t)(uint32_t)buffer[17], minor = buffer[17] >> 32;
  /* makedev(3): the form in which stat(2) gives the device to other programs. */
  id->device = (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~(uint64_t)0xff) << 12 | (major & ~(uint64_t)0xfff) << 32;
  return 0;
}

static long sys_own_path(char *buffer, size_t size) {
  long length = syscall6(NR_readlinkat, AT_FDCWD_, (long)"/proc/self/exe", (long)buffer, (long)size - 1, 0, 0);
  if (length >= 0) buffer[length] = '\0';
  return length;
}

static long sys_cwd(char *buffer, size_t size) {
  long length = syscall6(NR_getcwd, (long)buffer, (long)size, 0, 0, 0, 0);
  /* "(unreachable)/…" is no path (getcwd(2)). */
  if (length > 0 && buffer[0] == '/') return length;
  /* A folder that was removed: its old path, with a mark behind it (proc_pid_cwd(5)). Names in it still mean something. */
  length = syscall6(NR_readlinkat, AT_FDCWD_, (long)"/proc/self/cwd", (long)buffer, (long)size - 1, 0, 0);
  if (length <= 0 || buffer[0] != '/') return -E_NOENT;
  static const char mark[] = " (deleted)";
  long at = length - (long)(sizeof mark - 1);
  int is_marked = at > 0;
  for (size_t i = 0; is_marked && i < sizeof mark - 1; i++) is_marked = buffer[(size_t)at + i] == mark[i];
  buffer[is_marked ? at : length] = '\0';
  return length + 1;
}

struct unix_address {
  uint16_t family;
  char path[108];
};

static long sys_connect_unix(const char *path) {
  struct unix_address address = {.family = 1, .path = {0}};
  size_t at = 0;
  while (path[at] != '\0' && at < sizeof address.path - 1) {
    address.path[at] = path[at];
    at++;
  }
  if (path[at] != '\0') return -E_NOENT;
  long fd = syscall6(NR_socket, 1, 1 | 02000000, 0, 0, 0, 0); /* AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC */
  if (fd < 0) return fd;
  long result;
  do result = syscall6(NR_connect, fd, (long)&address, sizeof address, 0, 0, 0);
  while (result == -E_INTR);
  if (result < 0) {
    sys_close((int)fd);
    return result;
  }
  return fd;
}

static long sys_wait_readable(int fd, int milliseconds) {
  struct { int fd; short events; short revents; } poll = {fd, 1, 0};
  struct { long seconds; long nanoseconds; } time = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
  return syscall6(NR_ppoll, (long)&poll, 1, (long)&time, 0, 0, 0);
}

static void *sys_memory(size_t size) {
  long result = syscall6(NR_mmap, 0, (long)size, 3, 0x22, -1, 0); /* PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS */
  return result < 0 && result > -4096 ? NULL : (void *)result;
}

static void sys_exit(int status) {
  for (;;) syscall6(NR_exit_group, status, 0, 0, 0, 0, 0);
}
