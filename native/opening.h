/* open(2): what its files share. */
#ifndef PATCHWORK_OPENING_H
#define PATCHWORK_OPENING_H

#include "guard.h"

#define CREATES(flags) (((flags) & O_CREAT) != 0)
#define IS_TMPFILE(flags) (((flags) & O_TMPFILE) == O_TMPFILE)
/* What is ours to set: descriptors of the guard close on exec, wait for nobody, and take no terminal. */
#define OURS (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* Of the flags that open(2) knows and a read may have; openat2(2) takes no others. */
#define READ_FLAGS (O_APPEND | O_ASYNC | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME)

/* The status flags as the caller wanted them; O_NONBLOCK was ours. Closes `fd`. */
void hand_over(struct request *request, int fd, int flags, int was_nonblocking);
/* Resolved first, judged, opened then: everything but plain reads. */
void open_resolved(struct request *request, const struct opening *opening, const struct base *base);

/* ---- files-read.c: each answers the request; open_plainly gives 0 when it did not. `is_still`: what the path was read from stands still ---- */
int open_plainly(struct request *request, const struct opening *opening, int is_still);
void open_read(struct request *request, const struct opening *opening, const struct base *base);

/* ---- files-create.c ---- */
void open_write(struct request *request, const struct opening *opening, const struct base *base);

#endif
