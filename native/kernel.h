/* Constants and structures that are newer than the oldest kernel headers we build against. Numbers from the kernel's UAPI. */
#ifndef PATCHWORK_KERNEL_H
#define PATCHWORK_KERNEL_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <sys/syscall.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif
#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd 438
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 439
#endif
#ifndef __NR_clone3
#define __NR_clone3 435
#endif
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_restrict_self 446
#endif
#define NR_landlock_add_rule 445
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif
#ifndef __NR_process_mrelease
#define __NR_process_mrelease 448
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#define NR_process_madvise 440
#define NR_quotactl_fd 443
#define NR_setxattrat 463
#define NR_removexattrat 466
#define NR_open_tree_attr 467
#define NR_file_setattr 469
#define NR_NEWEST NR_file_setattr /* Linux 6.18: what a later one does was looked at by nobody here */

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION (1U << 0)
#endif
/* struct landlock_ruleset_attr as of ABI 6. */
struct landlock_scopes {
  __u64 handled_access_fs;
  __u64 handled_access_net;
  __u64 scoped;
};
#define LANDLOCK_SCOPE_ABSTRACT 1ULL
#define LANDLOCK_SCOPE_SIGNALS 2ULL
#define LANDLOCK_SCOPE_ABI 6

/* struct sched_attr: in linux/sched/types.h, and in newer C libraries' sched.h; not in both at once. */
struct scheduling {
  __u32 size, policy;
  __u64 flags;
  __s32 nice;
  __u32 priority;
  __u64 runtime, deadline, period;
};

/* linux/openat2.h cannot be included beside fcntl.h everywhere. */
struct open_request {
  __u64 flags;
  __u64 mode;
  __u64 resolve;
};
#define RESOLVE_NO_XDEV_ 0x01
#define RESOLVE_NO_MAGICLINKS_ 0x02
#define RESOLVE_NO_SYMLINKS_ 0x04
#define RESOLVE_BENEATH_ 0x08
#define RESOLVE_IN_ROOT_ 0x10
#define RESOLVE_CACHED_ 0x20

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the guard knows x86-64 and AArch64"
#endif

#endif
