/* The seccomp filter: which calls the kernel holds back for the guard, which it refuses outright. One row a call; those that are explained are in refused.c. */
#include "refused.h"
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum test { ALWAYS, UNLESS_ANY, IF_ANY, IF_EQUAL, IF_NONZERO, IF_NOT_SELF, IF_OPTION };

struct row {
  int number;
  uint32_t result;
  enum test test;
  int argument;
  uint32_t value;
};

#define NOTIFY SECCOMP_RET_USER_NOTIF
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))
/* O_PATH gives neither content nor change: what is done with it is judged then. */
#define O_PATH_BIT 010000000u

static const struct row ROWS[] = {
#ifdef __NR_open
  {__NR_open, NOTIFY, UNLESS_ANY, 1, O_PATH_BIT}, {__NR_creat, NOTIFY, ALWAYS, 0, 0},
  {__NR_unlink, NOTIFY, ALWAYS, 0, 0}, {__NR_rmdir, NOTIFY, ALWAYS, 0, 0}, {__NR_rename, NOTIFY, ALWAYS, 0, 0},
  {__NR_link, NOTIFY, ALWAYS, 0, 0}, {__NR_symlink, NOTIFY, ALWAYS, 0, 0}, {__NR_mkdir, NOTIFY, ALWAYS, 0, 0},
  {__NR_mknod, NOTIFY, ALWAYS, 0, 0}, {__NR_chmod, NOTIFY, ALWAYS, 0, 0}, {__NR_chown, NOTIFY, ALWAYS, 0, 0},
  {__NR_lchown, NOTIFY, ALWAYS, 0, 0}, {__NR_utime, NOTIFY, ALWAYS, 0, 0}, {__NR_utimes, NOTIFY, ALWAYS, 0, 0},
  {__NR_futimesat, NOTIFY, ALWAYS, 0, 0},
#endif
  {__NR_openat, NOTIFY, UNLESS_ANY, 2, O_PATH_BIT}, {__NR_openat2, NOTIFY, ALWAYS, 0, 0},
  {__NR_unlinkat, NOTIFY, ALWAYS, 0, 0}, {__NR_renameat2, NOTIFY, ALWAYS, 0, 0}, {__NR_linkat, NOTIFY, ALWAYS, 0, 0},
#ifdef __NR_renameat
  {__NR_renameat, NOTIFY, ALWAYS, 0, 0},
#endif
  {__NR_symlinkat, NOTIFY, ALWAYS, 0, 0}, {__NR_mkdirat, NOTIFY, ALWAYS, 0, 0}, {__NR_mknodat, NOTIFY, ALWAYS, 0, 0},
  {__NR_truncate, NOTIFY, ALWAYS, 0, 0}, {__NR_fchmod, NOTIFY, ALWAYS, 0, 0}, {__NR_fchmodat, NOTIFY, ALWAYS, 0, 0},
  {__NR_fchmodat2, NOTIFY, ALWAYS, 0, 0}, {__NR_fchown, NOTIFY, ALWAYS, 0, 0}, {__NR_fchownat, NOTIFY, ALWAYS, 0, 0},
  {__NR_utimensat, NOTIFY, ALWAYS, 0, 0}, {__NR_setxattr, NOTIFY, ALWAYS, 0, 0}, {__NR_lsetxattr, NOTIFY, ALWAYS, 0, 0},
  {__NR_fsetxattr, NOTIFY, ALWAYS, 0, 0}, {__NR_removexattr, NOTIFY, ALWAYS, 0, 0}, {__NR_lremovexattr, NOTIFY, ALWAYS, 0, 0},
  {__NR_fremovexattr, NOTIFY, ALWAYS, 0, 0}, {NR_setxattrat, REFUSE(ENOSYS), ALWAYS, 0, 0}, {NR_removexattrat, REFUSE(ENOSYS), ALWAYS, 0, 0},
  {NR_file_setattr, REFUSE(ENOSYS), ALWAYS, 0, 0},

  {__NR_execve, NOTIFY, ALWAYS, 0, 0}, {__NR_execveat, NOTIFY, ALWAYS, 0, 0},

  {__NR_connect, NOTIFY, ALWAYS, 0, 0}, {__NR_bind, NOTIFY, ALWAYS, 0, 0}, {__NR_sendto, NOTIFY, IF_NONZERO, 4, 0},
  /* MSG_FASTOPEN connects without connect(2). */
  {__NR_sendmsg, REFUSE(EOPNOTSUPP), IF_ANY, 2, 0x20000000u}, {__NR_sendmmsg, REFUSE(EOPNOTSUPP), IF_ANY, 3, 0x20000000u},
  /* The address lies in memory, and which socket it is cannot be seen from here. */
  {__NR_sendmsg, NOTIFY, ALWAYS, 0, 0}, {__NR_sendmmsg, NOTIFY, ALWAYS, 0, 0}, {__NR_recvfrom, NOTIFY, IF_NONZERO, 4, 0},
  {__NR_listen, NOTIFY, ALWAYS, 0, 0}, {__NR_getpeername, NOTIFY, ALWAYS, 0, 0}, {__NR_getsockopt, NOTIFY, IF_OPTION, SOL_SOCKET, SO_ERROR},
  /* A route through somebody else's address: IP_OPTIONS, IPV6_RTHDR, IPV6_2292PKTOPTIONS; an SMC socket in place of TCP's (TCP_ULP). */
  {__NR_setsockopt, REFUSE(EPERM), IF_OPTION, IPPROTO_IP, 4}, {__NR_setsockopt, REFUSE(EPERM), IF_OPTION, IPPROTO_IPV6, 57}, {__NR_setsockopt, REFUSE(EPERM), IF_OPTION, IPPROTO_IPV6, 6},
  {__NR_setsockopt, REFUSE(ENOPROTOOPT), IF_OPTION, IPPROTO_TCP, 31},
  /* A device: SO_BINDTODEVICE, SO_BINDTOIFINDEX, IP_UNICAST_IF, IPV6_UNICAST_IF, IPV6_PKTINFO. */
  {__NR_setsockopt, NOTIFY, IF_OPTION, SOL_SOCKET, SO_BINDTODEVICE}, {__NR_setsockopt, NOTIFY, IF_OPTION, SOL_SOCKET, 62},
  {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IP, 50}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IPV6, 76}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IPV6, 50},
  /* A group to join (sockets-group.c). */
  {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IP, 35}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IP, 39}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IP, 42}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IP, 46},
  {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IPV6, 20}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IPV6, 42}, {__NR_setsockopt, NOTIFY, IF_OPTION, IPPROTO_IPV6, 46},

  {__NR_kill, NOTIFY, ALWAYS, 0, 0}, {__NR_pidfd_send_signal, NOTIFY, ALWAYS, 0, 0},
  {__NR_rt_sigqueueinfo, NOTIFY, ALWAYS, 0, 0}, {__NR_ptrace, NOTIFY, ALWAYS, 0, 0},
  {__NR_process_vm_readv, NOTIFY, ALWAYS, 0, 0}, {__NR_process_vm_writev, NOTIFY, ALWAYS, 0, 0},
  {__NR_prlimit64, NOTIFY, IF_EQUAL, 1, RLIMIT_LOCKS}, {__NR_getrlimit, NOTIFY, IF_EQUAL, 0, RLIMIT_LOCKS}, {__NR_setrlimit, NOTIFY, IF_EQUAL, 0, RLIMIT_LOCKS},
  {__NR_setrlimit, REFUSE(0), IF_EQUAL, 0, RLIMIT_CORE}, {__NR_prlimit64, NOTIFY, IF_NONZERO, 0, 0}, {__NR_sched_setaffinity, NOTIFY, IF_NONZERO, 0, 0},
  {__NR_sched_setscheduler, NOTIFY, IF_NONZERO, 0, 0}, {__NR_sched_setparam, NOTIFY, IF_NONZERO, 0, 0},
  {__NR_sched_setattr, NOTIFY, IF_NONZERO, 0, 0}, {__NR_setpriority, NOTIFY, IF_NONZERO, 1, 0}, {__NR_ioprio_set, NOTIFY, IF_NONZERO, 1, 0},
  /* Nobody in particular is everybody of a group, or of the user: the guard and the session among them. */
  {__NR_setpriority, NOTIFY, IF_NONZERO, 0, 0}, {__NR_ioprio_set, NOTIFY, IF_ANY, 0, 2},
  {__NR_migrate_pages, REFUSE(EPERM), IF_NONZERO, 0, 0}, {__NR_move_pages, REFUSE(EPERM), IF_NONZERO, 0, 0},
  {__NR_process_mrelease, REFUSE(EPERM), ALWAYS, 0, 0},
  {NR_process_madvise, REFUSE(EPERM), ALWAYS, 0, 0},

  /* Ways past the filter, or into other worlds than the one that is judged. */
  {__NR_io_uring_setup, REFUSE(ENOSYS), ALWAYS, 0, 0}, {__NR_io_uring_enter, REFUSE(ENOSYS), ALWAYS, 0, 0}, {__NR_io_uring_register, REFUSE(ENOSYS), ALWAYS, 0, 0},
  {__NR_landlock_restrict_self, NOTIFY, ALWAYS, 0, 0},
  {__NR_userfaultfd, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_perf_event_open, REFUSE(EACCES), ALWAYS, 0, 0},
  /* TypeScript tries for it, and takes inotify(7) then. */
  {__NR_fanotify_init, REFUSE(EPERM), ALWAYS, 0, 0},
  {__NR_bpf, REFUSE(EPERM), ALWAYS, 0, 0},
  {__NR_add_key, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_request_key, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_keyctl, REFUSE(EPERM), ALWAYS, 0, 0},
  {__NR_unshare, NOTIFY, IF_ANY, 0, NEW_NAMESPACES}, {__NR_clone, NOTIFY, IF_ANY, 0, NEW_NAMESPACES_OF_CLONE},
#ifdef __NR_vfork
  {__NR_vfork, NOTIFY, ALWAYS, 0, 0},
#endif
  /* Its flags lie in memory; C libraries fall back to clone(2). */
  {__NR_clone3, REFUSE(ENOSYS), ALWAYS, 0, 0},
  {__NR_acct, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_kexec_load, REFUSE(EPERM), ALWAYS, 0, 0},
#ifdef __NR_kexec_file_load
  {__NR_kexec_file_load, REFUSE(EPERM), ALWAYS, 0, 0},
#endif
#ifdef __NR_iopl
  {__NR_iopl, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_ioperm, REFUSE(EPERM), ALWAYS, 0, 0},
#endif
  /* Those that may make one; the others only find it. */
  {__NR_msgget, NOTIFY, IF_ANY, 1, IPC_CREAT}, {__NR_msgget, NOTIFY, IF_EQUAL, 0, IPC_PRIVATE}, {__NR_semget, NOTIFY, IF_ANY, 2, IPC_CREAT}, {__NR_semget, NOTIFY, IF_EQUAL, 0, IPC_PRIVATE},
  {__NR_shmget, NOTIFY, IF_ANY, 2, IPC_CREAT}, {__NR_shmget, NOTIFY, IF_EQUAL, 0, IPC_PRIVATE}, {__NR_shmctl, NOTIFY, ALWAYS, 0, 0},
  {__NR_msgsnd, NOTIFY, ALWAYS, 0, 0}, {__NR_msgrcv, NOTIFY, ALWAYS, 0, 0}, {__NR_msgctl, NOTIFY, ALWAYS, 0, 0},
  {__NR_semop, NOTIFY, ALWAYS, 0, 0}, {__NR_semtimedop, NOTIFY, ALWAYS, 0, 0}, {__NR_semctl, NOTIFY, ALWAYS, 0, 0},
  {__NR_shmat, NOTIFY, ALWAYS, 0, 0}, {__NR_io_setup, NOTIFY, ALWAYS, 0, 0}, {NR_quotactl_fd, REFUSE(EPERM), ALWAYS, 0, 0},
#ifdef __NR_uselib
  {__NR_uselib, REFUSE(ENOSYS), ALWAYS, 0, 0},
#endif
  {__NR_adjtimex, REFUSE(EPERM), ALWAYS, 0, 0}, {__NR_clock_adjtime, REFUSE(EPERM), ALWAYS, 0, 0},
  {__NR_quotactl, REFUSE(EPERM), ALWAYS, 0, 0},
  /* What /proc says of a process is what the guard and the evaluator go by. */
  {__NR_prctl, REFUSE(EPERM), IF_EQUAL, 0, PR_SET_MM},
};

/* Commands of ioctl(2) that are closed without a word: TIOCLINUX, which asks the console for its keys; TIOCCONS takes its text. USERFAULTFD_IOC_NEW: /dev/userfaultfd does what the call does. */
static const uint32_t CLOSED_COMMANDS[] = {0x541c, 0x541d, 0xaa00};

/* What a process with capabilities may change of itself: from then on its files are opened as whom it became. */
static const int NEW_IDS[] = {__NR_setuid, __NR_setgid, __NR_setreuid, __NR_setregid, __NR_setresuid, __NR_setresgid, __NR_setfsuid, __NR_setfsgid, __NR_setgroups, __NR_capset};

enum { PROGRAM_LIMIT = 1024 };
struct program {
  struct sock_filter code[PROGRAM_LIMIT];
  unsigned short length;
};

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t when_true, uint8_t when_false) {
  program->code[program->length++] = (struct sock_filter){code, when_true, when_false, k};
}

#define LOW_WORD(argument) (uint32_t)(offsetof(struct seccomp_data, args) + 8u * (unsigned)(argument))
#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define ANY (BPF_JMP | BPF_JSET | BPF_K)
#define ABOVE (BPF_JMP | BPF_JGT | BPF_K)
#define GIVE (BPF_RET | BPF_K)

/* Enters with the call's number in the accumulator and leaves it there for the next row. */
static void add_row(struct program *program, const struct row *row) {
  const uint32_t number_at = (uint32_t)offsetof(struct seccomp_data, nr);
  switch (row->test) {
    case ALWAYS:
      add(program, EQUAL, (uint32_t)row->number, 0, 1);
      add(program, GIVE, row->result, 0, 0);
      return;
    case UNLESS_ANY:
      add(program, EQUAL, (uint32_t)row->number, 0, 4);
      add(program, LOAD, LOW_WORD(row->argument), 0, 0);
      add(program, ANY, row->value, 0, 1);
      add(program, GIVE, SECCOMP_RET_ALLOW, 0, 0);
      add(program, GIVE, row->result, 0, 0);
      return;
    case IF_NONZERO:
      add(program, EQUAL, (uint32_t)row->number, 0, 6);
      add(program, LOAD, LOW_WORD(row->argument), 0, 0);
      add(program, EQUAL, 0, 0, 2);
      add(program, LOAD, LOW_WORD(row->argument) + 4, 0, 0);
      add(program, EQUAL, 0, 1, 0);
      add(program, GIVE, row->result, 0, 0);
      add(program, LOAD, number_at, 0, 0);
      return;
    case IF_OPTION: /* of getsockopt(2), setsockopt(2): level, name */
      add(program, EQUAL, (uint32_t)row->number, 0, 6);
      add(program, LOAD, LOW_WORD(1), 0, 0);
      add(program, EQUAL, (uint32_t)row->argument, 0, 3);
      add(program, LOAD, LOW_WORD(2), 0, 0);
      add(program, EQUAL, row->value, 0, 1);
      add(program, GIVE, row->result, 0, 0);
      add(program, LOAD, number_at, 0, 0);
      return;
    default:
      add(program, EQUAL, (uint32_t)row->number, 0, 4);
      add(program, LOAD, LOW_WORD(row->argument), 0, 0);
      add(program, row->test == IF_ANY ? ANY : EQUAL, row->value, 0, 1);
      add(program, GIVE, row->result, 0, 0);
      add(program, LOAD, number_at, 0, 0);
  }
}

/*
 * socket(2): Unix sockets, TCP, UDP, and the netlink of interfaces and routes. The others reach the network, the host of
 * a virtual machine or the kernel past every address that is judged (raw, packet, ping, vsock, SCTP, MPTCP, XDP, ALG …).
 */
static void add_socket_kinds(struct program *program) {
  add(program, EQUAL, __NR_socket, 0, 28);
  add(program, LOAD, LOW_WORD(0), 0, 0);
  add(program, EQUAL, AF_UNIX, 25, 0);
  add(program, EQUAL, AF_INET, 7, 0);
  add(program, EQUAL, AF_INET6, 6, 0);
  add(program, EQUAL, AF_NETLINK, 2, 0);
  add(program, EQUAL, AF_PACKET, 20, 0);
  add(program, GIVE, REFUSE(EAFNOSUPPORT), 0, 0);
  add(program, LOAD, LOW_WORD(2), 0, 0);
  add(program, EQUAL, 0, 18, 0); /* NETLINK_ROUTE */
  add(program, GIVE, REFUSE(EPROTONOSUPPORT), 0, 0);
  add(program, LOAD, LOW_WORD(1), 0, 0);
  add(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
  add(program, EQUAL, SOCK_STREAM, 9, 0);
  add(program, EQUAL, SOCK_DGRAM, 2, 0);
  add(program, EQUAL, SOCK_RAW, 11, 0);
  add(program, GIVE, REFUSE(EPERM), 0, 0);
  add(program, LOAD, LOW_WORD(2), 0, 0);
  add(program, EQUAL, 0, 9, 0);
  add(program, EQUAL, IPPROTO_UDP, 8, 0);
  add(program, EQUAL, IPPROTO_ICMP, 6, 0);
  add(program, EQUAL, IPPROTO_ICMPV6, 5, 0);
  add(program, GIVE, REFUSE(EACCES), 0, 0);
  add(program, LOAD, LOW_WORD(2), 0, 0);
  add(program, EQUAL, 0, 3, 0);
  add(program, EQUAL, IPPROTO_TCP, 2, 0);
  add(program, GIVE, REFUSE(EPROTONOSUPPORT), 0, 0);
  add(program, GIVE, NOTIFY, 0, 0);
  add(program, GIVE, SECCOMP_RET_ALLOW, 0, 0);
}

/* Of ioctl(2), whatever descriptor they are given: those of `numbers` give `result`. */
static void add_commands(struct program *program, const uint32_t *numbers, size_t count, uint32_t result) {
  add(program, EQUAL, __NR_ioctl, 0, (uint8_t)(count + 4));
  add(program, LOAD, LOW_WORD(1), 0, 0);
  for (size_t i = 0; i < count; i++) add(program, EQUAL, numbers[i], (uint8_t)(count - i + 1), 0);
  add(program, LOAD, (uint32_t)offsetof(struct seccomp_data, nr), 0, 0);
  add(program, BPF_JMP | BPF_JA, 1, 0, 0);
  add(program, GIVE, result, 0, 0);
}

static void add_closed(struct program *program) {
  uint32_t numbers[32];
  for (size_t i = 0; i < REFUSED_COUNT; i++) add_row(program, &(struct row){REFUSED[i].number, NOTIFY, ALWAYS, 0, 0});
  for (size_t i = 0; i < REFUSED_COMMANDS_COUNT; i++) numbers[i] = REFUSED_COMMANDS[i].number;
  add_commands(program, numbers, REFUSED_COMMANDS_COUNT, NOTIFY);
  add_commands(program, CLOSED_COMMANDS, sizeof CLOSED_COMMANDS / sizeof *CLOSED_COMMANDS, REFUSE(EPERM));
}

/* clone(2) that shares memory, folder or descriptors: threads, and what is none (still.c). */
static void add_sharing(struct program *program) {
  add(program, EQUAL, __NR_clone, 0, 4);
  add(program, LOAD, LOW_WORD(0), 0, 0);
  add(program, ANY, 0x700u, 0, 1);     /* CLONE_VM, CLONE_FS, CLONE_FILES */
  add(program, GIVE, NOTIFY, 0, 0);
  add(program, LOAD, (uint32_t)offsetof(struct seccomp_data, nr), 0, 0);
}

static void build(struct program *program, int has_scopes, int may_change_ids) {
  const uint32_t number_at = (uint32_t)offsetof(struct seccomp_data, nr);
  program->length = 0;
  /* 32-bit entry points name other calls with the same numbers. */
  add(program, LOAD, (uint32_t)offsetof(struct seccomp_data, arch), 0, 0);
  add(program, EQUAL, NATIVE_ARCH, 1, 0);
  add(program, GIVE, REFUSE(ENOSYS), 0, 0);
  add(program, LOAD, (uint32_t)offsetof(struct seccomp_data, nr), 0, 0);
#ifdef __x86_64__
  add(program, ANY, 0x40000000u, 0, 1); /* x32 */
  add(program, GIVE, REFUSE(ENOSYS), 0, 0);
#endif
  add(program, ABOVE, NR_NEWEST, 0, 1);
  add(program, GIVE, REFUSE(ENOSYS), 0, 0);
  /* The kernel writes a core file wherever the process stands, and asks nobody: the limit stays at nothing, raised in name only. */
  add(program, EQUAL, __NR_prlimit64, 0, 8);
  add(program, LOAD, LOW_WORD(1), 0, 0);
  add(program, EQUAL, RLIMIT_CORE, 0, 5);
  add(program, LOAD, LOW_WORD(2), 0, 0);
  add(program, EQUAL, 0, 0, 2);
  add(program, LOAD, LOW_WORD(2) + 4, 0, 0);
  add(program, EQUAL, 0, 1, 0);
  add(program, GIVE, REFUSE(0), 0, 0);
  add(program, LOAD, number_at, 0, 0);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) add_row(program, &ROWS[i]);
  add_closed(program);
  add_socket_kinds(program);
  add_sharing(program);
  /* A process that cannot be looked into cannot be judged: the wish is granted in name only. */
  add(program, EQUAL, __NR_prctl, 0, 6);
  add(program, LOAD, LOW_WORD(0), 0, 0);
  add(program, EQUAL, PR_SET_DUMPABLE, 0, 3);
  add(program, LOAD, LOW_WORD(1), 0, 0);
  add(program, EQUAL, 0, 0, 1);
  add(program, GIVE, REFUSE(0), 0, 0);
  add(program, GIVE, SECCOMP_RET_ALLOW, 0, 0);
  if (!has_scopes) {
    add_row(program, &(struct row){__NR_tkill, NOTIFY, ALWAYS, 0, 0});
    add_row(program, &(struct row){__NR_tgkill, NOTIFY, ALWAYS, 0, 0});
    add_row(program, &(struct row){__NR_rt_tgsigqueueinfo, NOTIFY, ALWAYS, 0, 0});
  }
  for (size_t i = 0; may_change_ids && i < sizeof NEW_IDS / sizeof *NEW_IDS; i++) add_row(program, &(struct row){NEW_IDS[i], NOTIFY, ALWAYS, 0, 0});
  add(program, GIVE, SECCOMP_RET_ALLOW, 0, 0);
}

/* The notification descriptor, or -errno. The caller has set no_new_privs. */
int filter_install(int has_scopes, int may_change_ids) {
  static struct program program;
  build(&program, has_scopes, may_change_ids);
  struct sock_fprog filter = {program.length, program.code};
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  long fd = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  return fd < 0 ? -errno : (int)fd;
}
