/* Argument lists and environments: strings one behind the other, each with its end, as the kernel lays them out. */
#ifndef PATCHWORK_WORDS_H
#define PATCHWORK_WORDS_H

#include "guard.h"

struct words {
  char *bytes;
  size_t length, capacity, count;
};

/* What was read of late, page by page: the strings of a list lie in few, though not one behind the other. The last place is for the pointers. */
enum { PAGE = 4096, STRING_PAGES = 8, PAGES };
struct pages {
  uint64_t number[PAGES];
  size_t length[PAGES];
  char bytes[PAGES][PAGE];
};

/* 0 or -errno. */
int words_add(struct words *words, const char *text, size_t length);
void pages_forget(struct pages *pages);
/* A number of the machine's own size; 0 or -errno. */
int pages_read_number(const struct request *request, struct pages *pages, uint64_t address, uint64_t *number);
/* The strings of the caller's list at `address`, of any number and length that execve(2) takes. */
int words_read_list(const struct request *request, struct pages *pages, uint64_t address, struct words *words);

#endif
