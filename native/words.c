/* Reads argument lists out of the process that asks. */
#include "words.h"
#include <sys/uio.h>

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

/* A string of any length, page by page, behind what is there already. */
static int words_read(const struct request *request, uint64_t address, struct words *words) {
  size_t start = words->length;
  char page[4096];
  for (;;) {
    size_t chunk = 4096 - (address & 4095);
    struct iovec ours = {page, chunk}, theirs = {(void *)(uintptr_t)address, chunk};
    ssize_t got = process_vm_readv((pid_t)request->notification->pid, &ours, 1, &theirs, 1, 0);
    if (got <= 0) return got < 0 && errno != EFAULT ? -EPERM : -EFAULT;
    size_t length = strnlen(page, (size_t)got);
    int error = words_add(words, page, length);
    if (error < 0) return error;
    if (length < (size_t)got) return 0;
    /* The string goes on: the end that was put behind the piece is not its own. */
    words->length--;
    words->count--;
    address += (uint64_t)got;
    if (words->length - start > 128 * 4096) return -E2BIG; /* MAX_ARG_STRLEN is 32 pages */
  }
}

int words_read_list(const struct request *request, uint64_t address, struct words *words) {
  uint64_t pointers[512];
  while (address != 0) {
    size_t chunk = (4096 - (address & 4095)) / 8;
    if (chunk == 0) chunk = 1;
    struct iovec ours = {pointers, chunk * 8}, theirs = {(void *)(uintptr_t)address, chunk * 8};
    ssize_t got = process_vm_readv((pid_t)request->notification->pid, &ours, 1, &theirs, 1, 0);
    if (got < 8) return got < 0 && errno != EFAULT ? -EPERM : -EFAULT;
    for (size_t i = 0; i < (size_t)got / 8; i++) {
      if (pointers[i] == 0) return 0;
      int error = words_read(request, pointers[i], words);
      if (error < 0) return error;
    }
    address += (uint64_t)got / 8 * 8;
  }
  return 0;
}
