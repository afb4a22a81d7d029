/* The calls that are held, and what their handlers have in common. */
#ifndef PATCHWORK_HANDLERS_H
#define PATCHWORK_HANDLERS_H

#include "common.h"
#include "judge.h"

/* ---- files-open.c: what the forms of open(2) have in common ---- */
struct opening {
  int dirfd;
  char path[PATH_MAX];
  int flags;
  mode_t mode;
};
void open_judged(struct request *request, uint64_t path, struct opening *opening);
/* Opens what is judged already. */
void open_object(struct request *request, struct object *object, int flags);
/* Makes a file that is not there yet, with the caller's umask; the descriptor, or -errno. */
int create_at(const struct request *request, int folder, const char *name, const struct opening *opening);
int check_flags(const struct open_request *how, size_t size);

/* ---- handlers: files-open.c files-openat2.c files-change.c files-attributes.c exec.c sockets.c processes.c queues.c ---- */
handler on_open, on_openat, on_openat2, on_creat;
handler on_unlink, on_unlinkat, on_rmdir, on_rename, on_renameat, on_renameat2, on_link, on_linkat, on_symlink, on_symlinkat;
handler on_mkdir, on_mkdirat, on_mknod, on_mknodat, on_truncate;
handler on_chmod, on_fchmod, on_fchmodat, on_fchmodat2, on_chown, on_lchown, on_fchown, on_fchownat;
handler on_utime, on_utimes, on_futimesat, on_utimensat;
handler on_setxattr, on_lsetxattr, on_fsetxattr, on_removexattr, on_lremovexattr, on_fremovexattr;
handler on_execve, on_execveat;
handler on_connect, on_bind, on_listen, on_sendto, on_sendmsg, on_sendmmsg, on_recvfrom, on_getpeername, on_socket_error, on_set_device, on_join;
/* sockets-group.c: setsockopt(2) that tells others of a group */
int is_join(int level, int name);
handler on_kill, on_signal_thread, on_pidfd_signal, on_pid_first, on_pid_second, on_prlimit, on_getrlimit, on_setrlimit, on_process_memory, on_ptrace, on_new_ids, on_clone, on_io_setup;
handler on_msgget, on_semget, on_shmget, on_queue, on_semaphore, on_shmat, on_msgctl, on_semctl, on_shmctl;
handler on_refused, on_unshare, on_restrict_self, on_clone_flags, on_ioctl, on_socket;

/* A session socket that a process of the session listens on. */
void sockets_remember(dev_t device, ino_t inode);

/* ---- elf.c ---- */
void elf_learn_loaders(void);
int elf_is_loader(const struct stat *stats);
/* All of them are where they were, and what they were. */
int elf_are_loaders_there(void);
int elf_interpreter(int fd, char *name, size_t size);
int elf_is_only(pid_t pid, const struct stat *program, const struct stat *interpreter);

/* ---- disks.c ---- */
int keeps_times(int fd);
int is_disk_local(int fd);

/* ---- closed.c ---- */
void closed_learn(void);
/* Closed to everybody, whoever asks by what name; the reason was told. */
int is_closed(struct request *request, const struct stat *stats, int is_write, const char *real);

/* ---- terminals.c ---- */
/* Consoles, serial lines and pseudo-terminals: somebody may work there. */
int is_terminal(unsigned device_major);
/* The terminal is that of somebody outside of the session, and nothing that the process was given. */
int is_others_terminal(const struct request *request, dev_t device);

/* ---- devices.c ---- */
int is_device_closed(const struct request *request, dev_t device, int is_write, const char *real);

#endif
