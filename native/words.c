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

void pages_forget(struct pages *pages) { memset(pages->length, 0, sizeof pages->length); }

/* What stands at `address`: how many bytes there are to the end of its page, or -errno. `place`: where it is put, if it is in neither. */
static ssize_t look_at(const struct request *request, struct pages *pages, uint64_t address, size_t place, const char **text) {
  uint64_t number = address / PAGE;
  size_t among = number % STRING_PAGES, offset = address % PAGE;
  const size_t places[] = {STRING_PAGES, among};
  int is_there = 0;
  for (size_t i = 0; i < 2 && !is_there; i++) if (pages->length[places[i]] > 0 && pages->number[places[i]] == number) place = places[i], is_there = 1;
  if (!is_there) {
    pages->length[place] = 0;
    ssize_t got = read_some(request, number * PAGE, pages->bytes[place], PAGE);
    if (got < 0) return got;
    pages->number[place] = number;
    pages->length[place] = (size_t)got;
  }
  if (offset >= pages->length[place]) return -EFAULT;
  *text = pages->bytes[place] + offset;
  return (ssize_t)(pages->length[place] - offset);
}

/* A string of any length, behind what is there already. */
static int words_read(const struct request *request, uint64_t address, struct words *words, struct pages *pages) {
  size_t start = words->length;
  for (;;) {
    const char *text;
    ssize_t there = look_at(request, pages, address, address / PAGE % STRING_PAGES, &text);
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

int pages_read_number(const struct request *request, struct pages *pages, uint64_t address, uint64_t *number) {
  const char *bytes;
  ssize_t there = look_at(request, pages, address, STRING_PAGES, &bytes);
  if (there < 0) return (int)there;
  /* Half of it may lie on the next page. */
  if ((size_t)there < sizeof *number) return read_memory(request, address, number, sizeof *number);
  memcpy(number, bytes, sizeof *number);
  return 0;
}

int words_read_list(const struct request *request, struct pages *pages, uint64_t address, struct words *words) {
  if (address == 0) return 0;
  for (;; address += sizeof address) {
    uint64_t pointer;
    int error = pages_read_number(request, pages, address, &pointer);
    if (error < 0 || pointer == 0) return error;
    error = words_read(request, pointer, words, pages);
    if (error < 0) return error;
  }
}
