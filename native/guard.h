/*
 * The kernel guard: starts the agent under a seccomp filter, receives what the kernel holds back for it, asks the
 * session's evaluator, and acts itself wherever acting is the only way without a race. It never parses policy.
 * Any failure is a denial.
 */
#ifndef PATCHWORK_GUARD_H
#define PATCHWORK_GUARD_H

#include "handlers.h"

/* ---- filter.c, agent.c ---- */
int filter_install(int has_scopes, int may_change_ids);
int landlock_scope(void);
/* ---- wall.c ---- */
enum { WALL_ABI = 3 };
int wall_build(char *const *folders, size_t count);
pid_t agent_start(char *const argv[], const char *file, char *const envp[], const sigset_t *mask);
int agent_release(void);
int probe(void);
/* ---- peers.c ---- */
int tell_peers(int count, char *const numbers[]);

/* ---- supervise.c ---- */
int supervise(const sigset_t *signals);
void agent_ended(pid_t pid, int status);
/*
 * Traces it no more. One that is being killed stands still no more, and cannot be let go of: it is waited for, because its
 * parent, which waits for it too, is told only when we were. Called by the thread that traces it.
 */
void let_go(pid_t tid, int signal);
void end_tree_and_exit(void) __attribute__((noreturn));

#endif
