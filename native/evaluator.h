/* The talk with the evaluator: questions, what it has settled beforehand, and what it is told afterwards. */
#ifndef PATCHWORK_EVALUATOR_H
#define PATCHWORK_EVALUATOR_H

#include "common.h"

/* ---- wire.c: the evaluator ---- */
struct text {
  char *bytes;
  size_t length, capacity;
};
void text_reset(struct text *text);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_json(struct text *text, const char *value, size_t length);
void text_free(struct text *text);

/* ---- settled.c: reads that no rule can deny ---- */
struct settled {
  char **folders, **literals;
  size_t folder_count, literal_count, *folder_lengths;
  uint8_t pairs[64];
};
void settled_prepare(struct settled *settled);
int is_settled(const struct settled *settled, const char *requested, const char *base, const char *real);
int is_write_settled(const struct settled *settled, const char *requested, const char *base, const char *real);
/* Reads of the agent, of what is covered; what is made, written and removed. */
enum { SETTLED_AGENT, SETTLED_COVERED, SETTLED_WRITES, SETTLED_WALL /* its folders alone, for wall.c */, SETTLED_OWN /* the same: the session's temporary folder */, SETTLED_KINDS };
extern struct settled settled[SETTLED_KINDS];

struct answer {
  int is_allowed;
  int is_relayed; /* allowed, by way of the relay */
  int standing; /* -1 when the answer names none */
  int is_loader;
  int is_plain; /* the program may start with any words */
  int may_repeat; /* connections like it, for a moment */
  char message[8192];
};
int evaluator_greet(const char *path, const char *token);
int evaluator_admits(int fd, int wants_settled);
/* A connection for one question at a time. */
struct evaluator {
  int fd;
  int is_due;       /* the last question was not answered in time */
  struct text rest; /* what of it did not go out */
};
void evaluator_say_left(struct evaluator *evaluator, int count);
/* 0 when an answer came; otherwise `answer` is a denial that says what failed. */
int evaluator_ask(struct evaluator *evaluator, const struct text *question, struct answer *answer);
/* The same for a question that was sent. */
int evaluator_hear(struct evaluator *evaluator, struct answer *answer);
/* How much of it went out: all, unless the other end is gone or takes no more for ANSWER_TIME_MS (with MSG_DONTWAIT: now). */
size_t send_most(int fd, const char *bytes, size_t length, int flags);
/* `settled`: SETTLED_KINDS of them, or NULL where no such answer is expected. */
int answer_parse(const char *line, size_t length, struct answer *answer, struct settled *settled);

/* ---- notices.c: what ran, on a connection of its own ---- */
void notices_greet(const char *path, const char *token);
int notices_are_admitted(void);
void notices_start(void);
int notice_add(const struct text *notice);
/* 0 when the evaluator does not take them. */
int notices_flush(void);
/* Of what is about to pass: who and where from its `op` on; what else the evaluator is to hear; the path of a request. */
/* The same of one text: its first `facts` bytes are written down where that is wanted, and all of it is told. */
int notice_pass_split(const struct text *notice, size_t facts);
int notice_pass(const struct text *facts, const struct text *more, const char *path, size_t length);
/* What is left, and then the last word; nothing is taken any more. */
void notices_end(int left);

/* ---- ahead.c: what is written down before it passes; only for notices.c ---- */
void ahead_open(const char *path);
int ahead_is_wanted(void);
int ahead_holds(void);
unsigned long ahead_write(const struct text *facts, const char *path, size_t length);
int ahead_take(void);
void ahead_give(int half, int is_recorded);

#endif
