/* One held call in the hands of a worker, and what keeps still or near while it is. */
#ifndef PATCHWORK_REQUEST_H
#define PATCHWORK_REQUEST_H

#include "common.h"
#include "evaluator.h"
#include "process.h"

/* ---- notify.c: one notification in the hands of a worker ---- */
struct worker {
  struct evaluator evaluator;
  int is_leading;        /* it receives; the others wait for it to step down */
  int is_somebody_else;
  int is_wholly;         /* not only where files are concerned */
  struct text question;
  struct answer answer;
  struct credentials own, as; /* as: whom it acts as */
};
struct request {
  const struct seccomp_notif *notification;
  const uint64_t *args;
  uint64_t id;
  int number;
  struct process *process;
  struct worker *worker;
  int is_answered;
  int taken; /* a descriptor of the caller's that is closed before the answer, by which he may think it gone; 0 for none */
};
void reply_value(struct request *request, int64_t value);
void reply_error(struct request *request, int error);
void reply_continue(struct request *request);
/* Hands a copy of `fd` over as the result, and closes it. */
void reply_descriptor(struct request *request, int fd, int is_cloexec);
int request_is_valid(const struct request *request);
ssize_t read_some(const struct request *request, uint64_t address, void *buffer, size_t size);
/* The whole of it or nothing; -errno. */
int read_memory(const struct request *request, uint64_t address, void *buffer, size_t size);
int write_memory(const struct request *request, uint64_t address, const void *buffer, size_t size);
/* A string with its end; -EFAULT, or -ENAMETOOLONG when `size` bytes hold no end. */
int read_string(const struct request *request, uint64_t address, char *buffer, size_t size);
/* A copy of the target's own descriptor; -errno. */
int take_descriptor(const struct request *request, int fd);
/* Before anything that may take long: another worker receives meanwhile. */
void worker_step_down(struct worker *worker);
void worker_step_down_unless_local(struct worker *worker, int fd);
/* 0, or -EPERM when its credentials cannot be read or taken on: then nothing may be done for it. */
int worker_become(struct worker *worker, const struct process *process);
/* For one call that goes by more than that; 0, or -EPERM. */
int worker_become_wholly(struct worker *worker, const struct process *process);
void worker_restore(struct worker *worker);
/* For a moment with the guard's own rights, and back. */
int worker_step_out(struct worker *worker);
void worker_step_in(struct worker *worker, int was_somebody_else);
/* Another thread acts as that one does. 0, or -1 with errno. */
int worker_resemble(const struct worker *worker);
void *worker_run(void *worker);
typedef void handler(struct request *request);
handler *handler_for(int number);
/* It steps down by itself, where it has to wait. */
int is_quick(int number);
/* Runs `handler` for the request in a thread of its own, for calls that may wait for ever. */
void run_aside(struct request *request, handler *aside, void *context);
void *request_context(void);
void let_interrupt(int is_on);
/* The kernel restarts the call or ends it with EINTR, as the caller's signal handler wants it (signal(7)). */
#define RESTART 512
/* Wakes a thread that waits. */
#define WAKE (SIGRTMAX - 1)

/* ---- near.c: guard and caller on one processor ---- */
struct near {
  cpu_set_t theirs;
  pid_t tid;
  int is_kept;
  uint64_t began;
};
void near_learn(void);
void near_take_short_turns(void);
/* The caller must not run on its own between these two: what it starts would stay as narrow. */
void near_begin(struct near *near, pid_t tid);
void near_end(const struct near *near);

/* ---- still.c: whether what a process hands to the kernel stays as it is while it is held ---- */
void still_never(void);
void still_note_device(dev_t device);
int still_has_own_memory(pid_t pid, pid_t parent);
int still_has_one_thread(int folder);
int still_is_alone(const struct process *process);
int still_is_worth_it(struct process *process);
int still_is(struct process *process, uint64_t address);
uint64_t still_page(void);

/* ---- domains.c: sandboxes of the tree's own ---- */
/* syscall(2) for the caller of the request, in its own sandbox where it has one; from `folder` then, unless that is -1. */
long act_for(const struct request *request, int folder, long number, long a, long b, long c, long d, long e);

#endif
