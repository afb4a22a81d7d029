/*
 * The few system calls the launcher needs. On Linux (x86-64, AArch64) without a C library: no loader, no relocation, no
 * locale, so that a start costs what the kernel charges. Elsewhere the same names come from the C library.
 * Every function returns a negative errno on failure, as the kernel does.
 */
#ifndef PATCHWORK_SYS_H
#define PATCHWORK_SYS_H

#include <stddef.h>
#include <stdint.h>

/* Tests set it to 0 to build the codec with a C library and its sanitizers. */
#ifndef FREESTANDING
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define FREESTANDING 1
#else
#define FREESTANDING 0
#endif
#endif

struct file_id {
  uint64_t device;
  uint64_t inode;
  uint32_t mode;
};

/* Of the values below only the sign and these errnos are looked at. */
#define E_NOENT 2
#define E_INTR 4
#define E_NOEXEC 8
#define E_ACCES 13
#define E_AGAIN 11

#define MODE_TYPE 0170000u
#define MODE_REGULAR 0100000u

static long sys_read(int fd, void *buffer, size_t size);
static long sys_write(int fd, const void *buffer, size_t size);
static long sys_close(int fd);
static long sys_exec(const char *path, char *const argv[], char *const envp[]);
/* Executable by this process: access(2) with X_OK, by effective ids. */
static long sys_can_execute(const char *path);
static long sys_file_id(const char *path, struct file_id *id);
static long sys_own_path(char *buffer, size_t size);
static long sys_cwd(char *buffer, size_t size);
static long sys_pid(void);
/* A connected Unix stream socket, closed on exec. */
static long sys_connect_unix(const char *path);
/* 1 when there is something to read, 0 after the time. */
static long sys_wait_readable(int fd, int milliseconds);
/* Zeroed memory, never given back. NULL when there is none. */
static void *sys_memory(size_t size);
static void sys_exit(int status) __attribute__((noreturn));

#if FREESTANDING
#include "sys-linux.h"
#else
#include "sys-libc.h"
#endif

#endif
