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

/* What was read last: the kernel lays the strings of a list out one behind the other, so most lie here already. */
enum { PAGE = 4096, WINDOW_SIZE = 4 * PAGE };
struct window {
  uint64_t from;
  size_t length;
  char bytes[WINDOW_SIZE];
};

/* To the end of a page, since what is behind it is mostly not wanted; more of a string that goes on. */
static int window_move(const struct request *request, struct window *window, uint64_t address) {
  size_t size = window->length > 0 && window->from + window->length == address ? WINDOW_SIZE : PAGE - (address & (PAGE - 1));
  ssize_t got = read_some(request, address, window->bytes, size);
  if (got < 0) return (int)got;
  window->from = address;
  window->length = (size_t)got;
  return 0;
}

/* A string of any length, behind what is there already. */
static int words_read(const struct request *request, uint64_t address, struct words *words, struct window *window) {
  size_t start = words->length;
  for (;;) {
    int error = address >= window->from && address - window->from < window->length ? 0 : window_move(request, window, address);
    if (error < 0) return error;
    const char *text = window->bytes + (address - window->from);
    size_t room = window->length - (size_t)(address - window->from), length = strnlen(text, room);
    error = words_add(words, text, length);
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
  struct window window;
  window.from = window.length = 0;
  while (address != 0) {
    size_t chunk = (4096 - (address & 4095)) / 8;
    if (chunk == 0) chunk = 1;
    ssize_t got = read_some(request, address, pointers, chunk * 8);
    if (got < 8) return got < 0 ? (int)got : -EFAULT;
    for (size_t i = 0; i < (size_t)got / 8; i++) {
      if (pointers[i] == 0) return 0;
      int error = words_read(request, pointers[i], words, &window);
      if (error < 0) return error;
    }
    address += (uint64_t)got / 8 * 8;
  }
  return 0;
}
