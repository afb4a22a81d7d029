/* A program that a policy denies: says that it ran, and with what. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char text[4096];
  int length = snprintf(text, sizeof text, "RAN-TOOL %d", argc);
  for (int i = 1; i < argc && i < 8 && length < 3800; i++) length += snprintf(text + length, 200, " %s", argv[i]);
  text[length++] = '\n';
  if (write(1, text, (size_t)length) < 0) { /* the file below tells */ }
  const char *record = getenv("RECORD");
  if (record) {
    int fd = open(record, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
      if (write(fd, text, (size_t)length) < 0) return 1;
      close(fd);
    }
  }
  return 0;
}
