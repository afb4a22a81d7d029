/* Whether it may be, by what was allowed before or by a question, and how a refusal is told. */
#ifndef PATCHWORK_JUDGE_H
#define PATCHWORK_JUDGE_H

#include "common.h"
#include "path.h"

/* ---- outside.c ---- */
/* -EACCES, after the reason was told. */
int refuse_outside(const struct request *request, pid_t owner, const char *real, int is_write);

/* ---- memory.c: what was allowed ---- */
struct key {
  uint64_t high, low;
};
struct key key_make(const char *text, size_t length);
int key_is_known(struct key key);
void key_remember(struct key key);

/* ---- judge.c ---- */
/* Removing a name (UNLINK) takes nothing else with it: it is no folder, or an empty one. */
enum action { ACTION_READ, ACTION_WRITE, ACTION_CREATE, ACTION_DELETE, ACTION_UNLINK };
/* 0, or -EACCES after the reason was told. */
int judge_file(struct request *request, enum action action, const char *requested, const char *base, const char *real);
/* The folder `from` gets that path, with all that lies in it. */
int judge_folder(struct request *request, const char *requested, const char *base, const char *real, const char *from);
/* A read that needs no question: settled, or allowed before. */
int is_read_known(const struct process *process, const char *requested, const char *base, const char *real);
/* A read whose path leads through no link: `base` and `requested` joined are `real`. */
int judge_plain_read(struct request *request, const char *requested, const char *base, const char *real);
/* `transport` of an address: "tcp", "tcp-unheard" where nobody listens, "udp"; NULL for a Unix socket. */
int judge_host(struct request *request, const char *host, int port, const char *transport);
void explain(const struct request *request, const char *message);
/* Refusals that no policy opens: said once to each process, and told to the evaluator. */
void explain_rule(const struct request *request, const char *what, const char *why);
void explain_file_rule(const struct request *request, int is_write, const char *real, const char *what, const char *why);

/* ---- told.c ---- */
struct refusal {
  const char *action, *call, *real, *what, *why;
};
void refusals_start(void);
/* 0 when the process has heard of it. */
int refusal_tell(const struct request *request, const struct refusal *refusal);
/* At the end all of them, whether it is time or not. */
void refusals_tell_counts(int is_end);

/* ---- refused.c ---- */
const char *call_name(int number);
/* An exec failed: where that is for rights that nobody inside has, it says so. */
void explain_rights(const struct request *request, int program);

#endif
