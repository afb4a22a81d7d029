/* The threads of the tree: who they are, what is known of them, and who covers them. */
#ifndef PATCHWORK_PROCESS_H
#define PATCHWORK_PROCESS_H

#include "common.h"

/* ---- process.c: what is known of the threads of the tree ---- */
struct credentials {
  uid_t euid, fsuid;
  gid_t egid, fsgid;
  uint64_t effective;
  size_t group_count;
  gid_t groups[64];
};
struct process {
  pid_t tid, tgid;
  pid_t parent;           /* when it was first seen */
  int folder;             /* /proc/TID, which stays that thread's and no other's */
  int pidfd;              /* of a thread that leads its process; -1 for the others */
  /* Written under the lock of process.c, read by whoever holds an entry. */
  atomic_int standing;    /* who covers it: STANDING_AGENT, or a number that the evaluator gave */
  atomic_int domain;      /* the sandbox that it built around itself (domains.c); 0 for none */
  int is_inside;
  atomic_int is_loader;   /* it runs a dynamic loader, which loads a program by opening it */
  atomic_int is_threaded; /* it has made threads, or had some when they were counted: at its first call */
  atomic_int is_counted;
  atomic_int is_shared;   /* its memory is not its own, as far as is known (still.c) */
  atomic_int pagemap;     /* of its memory, for still.c; -1 before it is needed */
  atomic_int memory;      /* the same, for notify.c */
  atomic_int past[2];     /* those of its last program, while somebody may use them */
  atomic_int reads;       /* plain ones of its program, as far as that matters */
  int is_opening;         /* a read was let go on, and may be under way (walk.c) */
  atomic_int is_seized;   /* interrupted in that */
  int users;
  struct process *next;
  uint64_t used;
};
void process_limit(unsigned long descriptors);
struct process *process_acquire(pid_t tid);
void process_release(struct process *process);
/* The same, of a process whose call was received. */
struct process *process_arrive(pid_t tid);
/* It begins a new program. `memory`: /proc/PID/mem, which is its entry's from now on; -1 when that cannot be opened. */
void process_renew(pid_t tgid, int memory);
/* For a call that reads much of it. */
void process_open_memory(struct process *process);
void process_set_threaded(pid_t tgid);
void process_let_open(struct process *process);
void process_end_opening(pid_t tid);
int process_seize_opening(pid_t tid);
size_t process_all_opening(pid_t *pids, size_t most);
void process_set_standing(pid_t tgid, int standing);
/* For good, and for all that it starts: when its new program begins. */
void process_mark(pid_t pid, int standing, int domain);
void process_set_domain(pid_t tgid, int domain);
/* As it is written on it; 0 for none. */
int process_domain(pid_t pid);
void process_set_loader(pid_t tgid, int is_loader);
int process_is_inside(pid_t pid);
/* A signal that it would take now (aside.c). */
int process_has_signal(const struct process *process);
/* ---- process-facts.c ---- */
/* Parent and thread group: 0, or -1 when it is gone. `pidfd`: of a thread that leads its process, or -1. */
int process_family(int folder, int pidfd, pid_t *tgid, pid_t *parent);
int process_umask(const struct process *process, mode_t *mask);
/* No descriptor is left for it. 0 where the limit is so high that nobody reaches it, and before Linux 6.2, which does not count them. */
int process_is_full(const struct process *process);
int process_credentials(const struct process *process, struct credentials *credentials);
/* Every process of the tree; calls back with its pid, returns how many there are. */
int process_each(void (*visit)(pid_t pid, void *context), void *context);

#endif
