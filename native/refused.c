/*
 * Calls that are closed to everybody, whatever they are given. The filter could refuse them by itself (filter.c does so for what
 * programs only try out); these it hands to the guard, for the words and the record. No handler here ever lets a call go on.
 */
#include "refused.h"
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/xattr.h>

static const struct kind {
  const char *what, *why;
} KINDS[] = {
  [MOUNT] = {"a mount", "other files would stand where those are that were judged"},
  [ROOT] = {"another root folder", "paths would stand for other files than those that are judged"},
  [NAMESPACE] = {"a new namespace", "a world of its own cannot be judged; containers and sandboxes of programs do not work inside a session"},
  [HANDLE] = {"a file by its handle", "it has no path that could be judged"},
  [DESCRIPTOR] = {"a descriptor of another process", "processes of a session keep their descriptors to themselves"},
  [MACHINE] = {"a change of the running system", "it reaches further than the session"},
  [CLOCK] = {"a change of the clock", "the log goes by it"},
  [TYPING] = {"typing into a terminal", "it would speak for the person who works there"},
  [FLAGS] = {"a change of a file's flags", "a descriptor that only reads would change the file"},
  [FILE_SYSTEM] = {"a change of the whole file system", "the session's own files are in it"},
  [RAW] = {"a raw socket", "its packets pass every address that is judged"},
};

#define ALL(name, kind) {__NR_##name, #name, kind}
const struct refused_call REFUSED[] = {
  ALL(mount, MOUNT), ALL(umount2, MOUNT), ALL(pivot_root, MOUNT), ALL(move_mount, MOUNT), ALL(open_tree, MOUNT), ALL(fsopen, MOUNT), ALL(fsmount, MOUNT),
  ALL(fsconfig, MOUNT), ALL(fspick, MOUNT), ALL(mount_setattr, MOUNT), {NR_open_tree_attr, "open_tree_attr", MOUNT},
  ALL(chroot, ROOT), ALL(setns, NAMESPACE), ALL(open_by_handle_at, HANDLE), ALL(pidfd_getfd, DESCRIPTOR),
  ALL(swapon, MACHINE), ALL(swapoff, MACHINE), ALL(reboot, MACHINE), ALL(init_module, MACHINE), ALL(finit_module, MACHINE), ALL(delete_module, MACHINE),
  ALL(sethostname, MACHINE), ALL(setdomainname, MACHINE), ALL(settimeofday, CLOCK), ALL(clock_settime, CLOCK),
};
const size_t REFUSED_COUNT = sizeof REFUSED / sizeof *REFUSED;

const struct refused_command REFUSED_COMMANDS[] = {
  /* TIOCSTI types for the user. */
  {0x5412, TYPING},
  /* These change a file through a descriptor that only reads: FS_IOC_SETFLAGS, FSSETXATTR, SETVERSION, ENABLE_VERITY, SET_ENCRYPTION_POLICY. */
  {0x40086602, FLAGS}, {0x401c5820, FLAGS}, {0x40087602, FLAGS}, {0x40806685, FLAGS}, {0x800c6613, FLAGS},
  /* FIFREEZE, FITHAW, FS_IOC_SHUTDOWN would stop the guard itself; SETFSLABEL, EXT4_IOC_RESIZE_FS, EXT4_IOC_SETFSUUID, EXT4_IOC_SWAP_BOOT. */
  {0xc0045877, FILE_SYSTEM}, {0xc0045878, FILE_SYSTEM}, {0x8004587d, FILE_SYSTEM}, {0x41009432, FILE_SYSTEM}, {0x40086610, FILE_SYSTEM}, {0x4008662c, FILE_SYSTEM}, {0x6611, FILE_SYSTEM},
  /* A snapshot gives every file a second path (btrfs: create, destroy, in both versions); XFS_IOC_OPEN_BY_HANDLE needs none at all. */
  {0x50009401, FILE_SYSTEM}, {0x50009417, FILE_SYSTEM}, {0x5000940e, FILE_SYSTEM}, {0x50009418, FILE_SYSTEM}, {0x5000940f, FILE_SYSTEM}, {0x5000943f, FILE_SYSTEM}, {0xc038586b, HANDLE},
};
const size_t REFUSED_COMMANDS_COUNT = sizeof REFUSED_COMMANDS / sizeof *REFUSED_COMMANDS;

/* Calls that are judged, and refused now and then: their names for the record. */
#define NAME(name) {__NR_##name, #name, 0}
static const struct refused_call JUDGED[] = {
  NAME(kill), NAME(tkill), NAME(tgkill), NAME(rt_sigqueueinfo), NAME(rt_tgsigqueueinfo), NAME(pidfd_send_signal), NAME(ptrace), NAME(process_vm_readv), NAME(process_vm_writev),
  NAME(prlimit64), NAME(sched_setaffinity), NAME(sched_setscheduler), NAME(sched_setparam), NAME(sched_setattr), NAME(setpriority), NAME(ioprio_set), NAME(shmat), NAME(shmctl),
  NAME(msgsnd), NAME(msgrcv), NAME(msgctl), NAME(semop), NAME(semtimedop), NAME(semctl),
  NAME(mknodat), NAME(execve), NAME(execveat), NAME(socket), NAME(ioctl), NAME(unshare), NAME(clone),
#ifdef __NR_mknod
  NAME(mknod),
#endif
};

static const struct refused_call *find(const struct refused_call *calls, size_t count, int number) {
  for (size_t i = 0; i < count; i++) if (calls[i].number == number) return &calls[i];
  return NULL;
}

const char *call_name(int number) {
  const struct refused_call *call = find(REFUSED, REFUSED_COUNT, number);
  if (call == NULL) call = find(JUDGED, sizeof JUDGED / sizeof *JUDGED, number);
  return call == NULL ? "a system call" : call->name;
}

static void refuse(struct request *request, enum refused_kind kind, int error) {
  explain_rule(request, KINDS[kind].what, KINDS[kind].why);
  reply_error(request, error);
}

void on_refused(struct request *request) {
  const struct refused_call *call = find(REFUSED, REFUSED_COUNT, request->number);
  refuse(request, call == NULL ? MACHINE : call->kind, EPERM);
}

/* Only with flags that make a namespace (filter.c). */
void on_unshare(struct request *request) { refuse(request, NAMESPACE, EPERM); }

void on_clone_flags(struct request *request) {
  if ((request->args[0] & NEW_NAMESPACES_OF_CLONE) != 0) on_unshare(request);
  else on_clone(request);
}

void on_ioctl(struct request *request) {
  enum refused_kind kind = FILE_SYSTEM;
  for (size_t i = 0; i < REFUSED_COMMANDS_COUNT; i++) if (REFUSED_COMMANDS[i].number == (uint32_t)request->args[1]) kind = REFUSED_COMMANDS[i].kind;
  refuse(request, kind, EPERM);
}

/* Raw, packet and ping sockets (filter.c), each with the errno that a kernel without them, or without the right to them, has. */
void on_socket(struct request *request) {
  int is_raw = ((int)request->args[1] & 0xf) == SOCK_RAW;
  refuse(request, RAW, (int)request->args[0] == AF_PACKET ? EAFNOSUPPORT : is_raw ? EPERM : EACCES);
}

/* The superuser's ping(8): a file with rights that are not to be had is not executed (capabilities(7)), and EPERM is all that is said. */
void explain_rights(const struct request *request, int program) {
  char path[40];
  struct vfs_cap_data rights;
  if (!session.may_change_ids) return;
  snprintf(path, sizeof path, "/proc/self/fd/%d", program);
  if (getxattr(path, "security.capability", &rights, sizeof rights) < (ssize_t)XATTR_CAPS_SZ_2) return;
  if ((rights.magic_etc & VFS_CAP_FLAGS_EFFECTIVE) == 0 || (rights.data[0].permitted & (1U << CAP_NET_RAW | 1U << CAP_NET_ADMIN)) == 0) return;
  explain_rule(request, "a program with rights of the network's", "raw packets pass every address that is judged");
}
