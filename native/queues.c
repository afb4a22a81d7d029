/*
 * Message queues, semaphore sets and shared memory of System V have no path, and the kernel does not say who made them, or names somebody
 * who is gone: the guard makes them for whoever asks, and knows those of the session by their numbers. To wait at one is the caller's own affair.
 */
#include "guard.h"
#include <stdatomic.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum kind { QUEUES, SETS, SEGMENTS, KINDS };
static const char *const NAMES[KINDS] = {"a message queue", "a semaphore", "shared memory"};
/* The low bits of a number are a place in the kernel's table, which nobody else has while it is there; it has no more places unless started so. */
enum { PLACES = 1 << 15, TRIES = 64 };
static _Atomic uint32_t made[KINDS][PLACES];

static _Atomic uint32_t *place_of(enum kind kind, int id) { return &made[kind][(unsigned)id % PLACES]; }
static uint32_t mark_of(int id) { return (uint32_t)id + 1; }
static int is_ours(enum kind kind, int id) { return id >= 0 && atomic_load(place_of(kind, id)) == mark_of(id); }

static int get(const struct request *request, enum kind kind, int flags) {
  int key = (int)request->args[0];
  if (kind == QUEUES) return (int)syscall(__NR_msgget, key, flags);
  return (int)syscall(kind == SETS ? __NR_semget : __NR_shmget, key, kind == SETS ? (uint64_t)(int)request->args[1] : request->args[1], flags);
}

/* Only calls that may make one (filter.c). Whether it did is known where it may do nothing else. */
static void make(struct request *request, enum kind kind, int flags) {
  if (worker_become_wholly(request->worker, request->process) < 0) return reply_error(request, EPERM);
  for (int tries = 0; tries < TRIES; tries++) {
    int id = get(request, kind, flags | IPC_CREAT | IPC_EXCL);
    if (id >= 0) {
      atomic_store(place_of(kind, id), mark_of(id));
      return reply_value(request, id);
    }
    if (errno != EEXIST || (flags & IPC_EXCL) != 0) return reply_error(request, errno);
    id = get(request, kind, flags & ~IPC_CREAT);
    if (id >= 0) return reply_value(request, id);
    /* Somebody removed it in between. */
    if (errno != ENOENT) return reply_error(request, errno);
  }
  reply_error(request, ENOSPC);
}

void on_msgget(struct request *request) { make(request, QUEUES, (int)request->args[1]); }
void on_semget(struct request *request) { make(request, SETS, (int)request->args[2]); }
void on_shmget(struct request *request) { make(request, SEGMENTS, (int)request->args[2]); }

static int is_there(enum kind kind, int id) {
  struct msqid_ds queue;
  struct semid_ds set;
  struct shmid_ds segment;
  union {
    struct semid_ds *set;
  } argument = {&set};
  int result = kind == QUEUES ? msgctl(id, IPC_STAT, &queue) : kind == SETS ? semctl(id, 0, IPC_STAT, argument) : shmctl(id, IPC_STAT, &segment);
  return result >= 0 || (errno != EINVAL && errno != EIDRM);
}

/* The number is in a register, so what goes on is what was looked at. */
static void use(struct request *request, enum kind kind) {
  int id = (int)request->args[0];
  if (is_ours(kind, id)) return reply_continue(request);
  worker_step_down(request->worker);
  if (!request_is_valid(request)) return;
  if (!is_there(kind, id)) return reply_error(request, errno);
  explain_rule(request, NAMES[kind], "a program outside of this session made it");
  reply_error(request, EACCES);
}

void on_queue(struct request *request) { use(request, QUEUES); }
void on_semaphore(struct request *request) { use(request, SETS); }
void on_shmat(struct request *request) { use(request, SEGMENTS); }

/* By a number that is given out again somebody else's would be ours: it is removed and forgotten in one. */
static void remove_ours(struct request *request, enum kind kind) {
  int id = (int)request->args[0];
  if (worker_become_wholly(request->worker, request->process) < 0) return reply_error(request, EPERM);
  if ((kind == QUEUES ? msgctl(id, IPC_RMID, NULL) : semctl(id, 0, IPC_RMID)) < 0) return reply_error(request, errno);
  uint32_t mark = mark_of(id);
  atomic_compare_exchange_strong(place_of(kind, id), &mark, 0);
  reply_value(request, 0);
}

/* How many there are, whose, and when they were used, which /proc/sysvipc shows as well. */
static int only_looks(enum kind kind, int command) {
  static const int COMMANDS[KINDS][5] = {
    [QUEUES] = {IPC_STAT, IPC_INFO, MSG_STAT, MSG_INFO, 13 /* MSG_STAT_ANY */},
    [SETS] = {IPC_STAT, IPC_INFO, SEM_STAT, SEM_INFO, 20 /* SEM_STAT_ANY */},
    [SEGMENTS] = {IPC_STAT, IPC_INFO, SHM_STAT, SHM_INFO, 15 /* SHM_STAT_ANY */},
  };
  for (size_t i = 0; i < 5; i++) if (COMMANDS[kind][i] == command) return 1;
  return 0;
}

static void control(struct request *request, enum kind kind, int command) {
  if (only_looks(kind, command)) reply_continue(request);
  /* A segment that was removed stays for those who have it, and who may still be given it; its number is not given out again soon. */
  else if (command == IPC_RMID && kind != SEGMENTS && is_ours(kind, (int)request->args[0])) remove_ours(request, kind);
  else use(request, kind);
}

void on_msgctl(struct request *request) { control(request, QUEUES, (int)request->args[1]); }
void on_semctl(struct request *request) { control(request, SETS, (int)request->args[2]); }
void on_shmctl(struct request *request) { control(request, SEGMENTS, (int)request->args[1]); }
