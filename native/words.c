/* Reads argument lists out of the process that asks. */
#include "words.h"

enum { WORDS_BYTES_LIMIT = 8 * 1024 * 1024 }; /* more than execve(2) takes */

int words_add(struct words *words, const char *text, size_t length) {
  if (words->length + length + 1 > WORDS_BYTES_LIMIT) return -E2BIG;
  if (words->length + length + 1 > words->capacity) {
    size_t capacity = (words->length + length + 1) * 2;
    char *bytes = realloc(words->bytes, capacity);
    if (bytes == NULL) return -ENOMEM;
    words->bytes = bytes;
    words->capacity = capacity;
  }
  memcpy(words->bytes + words->length, text, length);
  words->length += length;
  words->bytes[words->length++] = '\0';
  words->count++;
  return 0;
}

/* What was read of late, page by page: the strings of a list lie in few, though not one behind the other. */
enum { PAGE = 4096, PAGES = 8 };
struct pages {
  uint64_t number[PAGES];
  size_t length[PAGES];
  char bytes[PAGES][PAGE];
};

/* What stands at `address`: how many bytes there are to the end of its page, or -errno. */
static ssize_t look_at(const struct request *request, struct pages *pages, uint64_t address, const char **text) {
  uint64_t number = address / PAGE;
  size_t slot = number % PAGES, offset = address % PAGE;
  if (pages->number[slot] != number || pages->length[slot] == 0) {
    pages->length[slot] = 0;
    ssize_t got = read_some(request, number * PAGE, pages->bytes[slot], PAGE);
    if (got < 0) return got;
    pages->number[slot] = number;
    pages->length[slot] = (size_t)got;
  }
  if (offset >= pages->length[slot]) return -EFAULT;
  *text = pages->bytes[slot] + offset;
  return (ssize_t)(pages->length[slot] - offset);
}

/* A string of any length, behind what is there already. */
static int words_read(const struct request *request, uint64_t address, struct words *words, struct pages *pages) {
  size_t start = words->length;
  for (;;) {
    const char *text;
    ssize_t there = look_at(request, pages, address, &text);
    if (there < 0) return (int)there;
    size_t room = (size_t)there, length = strnlen(text, room);
    int error = words_add(words, text, length);
    if (error < 0) return error;
    if (length < room) return 0;
    /* The string goes on: the end that was put behind the piece is not its own. */
    words->length--;
    words->count--;
    address += room;
    if (words->length - start > 128 * PAGE) return -E2BIG; /* MAX_ARG_STRLEN is 32 pages */
  }
}

int words_read_list(const struct request *request, uint64_t address, struct words *words) {
  uint64_t pointers[512];
  struct pages pages;
  memset(pages.length, 0, sizeof pages.length);
  while (address != 0) {
    size_t chunk = (4096 - (address & 4095)) / 8;
    if (chunk == 0) chunk = 1;
    ssize_t got = read_some(request, address, pointers, chunk * 8);
    if (got < 8) return got < 0 ? (int)got : -EFAULT;
    for (size_t i = 0; i < (size_t)got / 8; i++) {
      if (pointers[i] == 0) return 0;
      int error = words_read(request, pointers[i], words, &pages);
      if (error < 0) return error;
    }
    address += (uint64_t)got / 8 * 8;
  }
  return 0;
}
