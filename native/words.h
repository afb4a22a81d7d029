/* Argument lists and environments: strings one behind the other, each with its end, as the kernel lays them out. */
#ifndef PATCHWORK_WORDS_H
#define PATCHWORK_WORDS_H

#include "guard.h"

struct words {
  char *bytes;
  size_t length, capacity, count;
};

/* 0 or -errno. */
int words_add(struct words *words, const char *text, size_t length);
/* The strings of the caller's list at `address`, of any number and length that execve(2) takes. */
int words_read_list(const struct request *request, uint64_t address, struct words *words);

#endif
