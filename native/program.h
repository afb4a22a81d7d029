/* The program that an execve(2) names, as exec.c finds it and start.c asks about it. */
#ifndef PATCHWORK_PROGRAM_H
#define PATCHWORK_PROGRAM_H

#include "guard.h"
#include "words.h"

enum { INTERPRETERS_LIMIT = 6 };

struct program {
  struct object object;
  struct stat runs;       /* the file that will be mapped: the program, or the last interpreter */
  struct stat maps;       /* what is mapped with it, where that is no loader of the system's */
  struct words words;     /* the argument list that it will see */
  struct words environment; /* of it, what changes what runs */
  int standing;           /* who will cover it */
  int is_asked;           /* it was for us to ask about it */
  int is_running;         /* stopped before its first instruction: /proc/PID/exe is what runs */
  struct names names;     /* as they were when it was looked for */
  int is_loader;          /* it runs the program that its words name */
  int is_foreign;         /* neither ELF nor script: only a registered handler can run it */
  struct words handed;    /* the path that such a handler gets */
  struct words chain[INTERPRETERS_LIMIT]; /* what each interpreter on the way is started with */
  struct stat chain_files[INTERPRETERS_LIMIT]; /* the files of those */
  int chain_length;
  char exe[REAL_SIZE];    /* as it is shown and looked up */
};

/* A program that the evaluator has called plain, this very file under that name: neither script nor anything that loads another one. */
int is_started_plain(struct request *request, struct program *program, const struct words *given);
/* 0 when it may start as it is, or -EACCES after the reason was told. `given`: the words as the caller wrote them. */
int may_start(struct request *request, struct program *program, const struct words *given);
/* An opinion on what is there by now. */
int ask_again(struct request *request, struct program *program, const struct words *given);
/* Of an environment, the variables that change what runs. */
void keep_what_changes(struct words *environment);

/* ---- handlers.c: 1 when that one is what runs; then `words` are those that it is started with ---- */
int handler_starts(int folder, const char *entry, const struct stat *runs, const struct program *program, struct words *words);

/* ---- verify.c ---- */
int is_launcher(const struct stat *stats);
/* Lets the call go on and looks at what came of it. */
void run_verified(struct request *request, struct program *program, const struct words *given);

#endif
