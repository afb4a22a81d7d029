/* Which handler takes which call: the other half of the table in filter.c. */
#include "refused.h"

static const struct {
  int number;
  handler *run;
} HANDLERS[] = {
#ifdef __NR_open
  {__NR_open, on_open}, {__NR_creat, on_creat}, {__NR_unlink, on_unlink}, {__NR_rmdir, on_rmdir}, {__NR_rename, on_rename},
  {__NR_link, on_link}, {__NR_symlink, on_symlink}, {__NR_mkdir, on_mkdir}, {__NR_mknod, on_mknod}, {__NR_chmod, on_chmod},
  {__NR_chown, on_chown}, {__NR_lchown, on_lchown}, {__NR_utime, on_utime}, {__NR_utimes, on_utimes}, {__NR_futimesat, on_futimesat},
#endif
#ifdef __NR_vfork
  {__NR_vfork, on_clone},
#endif
#ifdef __NR_renameat
  {__NR_renameat, on_renameat},
#endif
  {__NR_openat, on_openat}, {__NR_openat2, on_openat2}, {__NR_unlinkat, on_unlinkat}, {__NR_renameat2, on_renameat2},
  {__NR_linkat, on_linkat}, {__NR_symlinkat, on_symlinkat}, {__NR_mkdirat, on_mkdirat}, {__NR_mknodat, on_mknodat},
  {__NR_truncate, on_truncate}, {__NR_fchmod, on_fchmod}, {__NR_fchmodat, on_fchmodat}, {__NR_fchmodat2, on_fchmodat2},
  {__NR_fchown, on_fchown}, {__NR_fchownat, on_fchownat}, {__NR_utimensat, on_utimensat},
  {__NR_setxattr, on_setxattr}, {__NR_lsetxattr, on_lsetxattr}, {__NR_fsetxattr, on_fsetxattr},
  {__NR_removexattr, on_removexattr}, {__NR_lremovexattr, on_lremovexattr}, {__NR_fremovexattr, on_fremovexattr},
  {__NR_execve, on_execve}, {__NR_execveat, on_execveat},
  {__NR_connect, on_connect}, {__NR_bind, on_bind}, {__NR_sendto, on_sendto},
  {__NR_listen, on_listen}, {__NR_sendmsg, on_sendmsg}, {__NR_sendmmsg, on_sendmmsg}, {__NR_recvfrom, on_recvfrom},
  {__NR_getpeername, on_getpeername}, {__NR_getsockopt, on_socket_error}, {__NR_setsockopt, on_set_device}, {__NR_clone, on_clone_flags}, {__NR_io_setup, on_io_setup},
  {__NR_kill, on_kill}, {__NR_tkill, on_signal_thread}, {__NR_tgkill, on_signal_thread}, {__NR_rt_sigqueueinfo, on_signal_thread},
  {__NR_rt_tgsigqueueinfo, on_signal_thread}, {__NR_pidfd_send_signal, on_pidfd_signal}, {__NR_ptrace, on_ptrace},
  {__NR_process_vm_readv, on_process_memory}, {__NR_process_vm_writev, on_process_memory}, {__NR_prlimit64, on_prlimit},
  {__NR_getrlimit, on_getrlimit}, {__NR_setrlimit, on_setrlimit},
  {__NR_sched_setaffinity, on_pid_first}, {__NR_sched_setscheduler, on_pid_first}, {__NR_sched_setparam, on_pid_first},
  {__NR_sched_setattr, on_pid_first}, {__NR_setpriority, on_pid_second}, {__NR_ioprio_set, on_pid_second},
  {__NR_shmget, on_shmget}, {__NR_shmat, on_shmat}, {__NR_shmctl, on_shmctl}, {__NR_msgget, on_msgget}, {__NR_msgsnd, on_queue}, {__NR_msgrcv, on_queue}, {__NR_msgctl, on_msgctl},
  {__NR_semget, on_semget}, {__NR_semop, on_semaphore}, {__NR_semtimedop, on_semaphore}, {__NR_semctl, on_semctl},
  {__NR_setuid, on_new_ids}, {__NR_setgid, on_new_ids}, {__NR_setreuid, on_new_ids}, {__NR_setregid, on_new_ids},
  {__NR_setresuid, on_new_ids}, {__NR_setresgid, on_new_ids}, {__NR_setfsuid, on_new_ids}, {__NR_setfsgid, on_new_ids},
  {__NR_setgroups, on_new_ids}, {__NR_capset, on_new_ids},
  {__NR_unshare, on_unshare}, {__NR_landlock_restrict_self, on_restrict_self}, {__NR_ioctl, on_ioctl}, {__NR_socket, on_socket},
};

enum { TABLE_SIZE = 1024 };
static handler *table[TABLE_SIZE];
static pthread_once_t is_filled = PTHREAD_ONCE_INIT;

static void fill(void) {
  for (size_t i = 0; i < sizeof HANDLERS / sizeof *HANDLERS; i++) table[HANDLERS[i].number] = HANDLERS[i].run;
  for (size_t i = 0; i < REFUSED_COUNT; i++) table[REFUSED[i].number] = on_refused;
}

handler *handler_for(int number) {
  pthread_once(&is_filled, fill);
  return number >= 0 && number < TABLE_SIZE ? table[number] : NULL;
}

int is_quick(int number) {
  static const int NUMBERS[] = {
#ifdef __NR_open
    __NR_open, __NR_mkdir, __NR_unlink, __NR_rmdir,
#endif
#ifdef __NR_vfork
    __NR_vfork,
#endif
    __NR_openat, __NR_execve, __NR_execveat, __NR_connect, __NR_clone, __NR_mkdirat, __NR_unlinkat, __NR_semop, __NR_semtimedop, __NR_msgsnd, __NR_msgrcv,
  };
  for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) if (NUMBERS[i] == number) return 1;
  return 0;
}
