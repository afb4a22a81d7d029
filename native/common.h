/* What all of the guard goes by: the system, the sizes, the session. */
#ifndef PATCHWORK_COMMON_H
#define PATCHWORK_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "kernel.h"

enum {
  WORKERS = 4,
  ANSWER_TIME_MS = 15000,
  PATIENCE_MS = 250, /* with an evaluator that was waited for as long already */
  REAL_SIZE = PATH_MAX + 64,
  STANDING_AGENT = 0,
};
/* What a standing is added to as a limit of a process; src/evaluator/lineage.ts reads it as well. */
#define STANDING_MARK ((rlim_t)1 << 40)
/* The same for the sandbox of its own, below it: the soft limit. */
#define DOMAIN_MARK ((rlim_t)1 << 39)

/* What is known of the session; written before the first worker starts, read-only afterwards. */
struct session {
  int listener;              /* the notification descriptor */
  pid_t guard, agent, owner; /* owner: the session's own process, our parent */
  const char *socket_path;   /* the evaluator's */
  char runtime[REAL_SIZE];   /* the folder it lies in, links followed */
  dev_t launcher_device;     /* the shims: they ask for themselves */
  ino_t launcher_inode;
  dev_t proc_device;
  int is_apart;              /* our own signals reach nobody but the tree */
  int is_scoped;             /* Landlock keeps signals and abstract sockets inside */
  int may_change_ids;        /* the agent has capabilities: its processes may become somebody else */
};
extern struct session session;

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
