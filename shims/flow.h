/* Bytes on their way from one descriptor to another (read(2), write(2)). */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

enum { BUFFER = 4096 };

/* In one direction. Read when empty, so that the slower end sets the pace. */
struct flow {
  char bytes[BUFFER];
  size_t start, end;
};

static int is_empty(const struct flow *flow) {
  return flow->start == flow->end;
}

/* What read(2) says. */
static ssize_t fill(struct flow *flow, int fd) {
  ssize_t size = read(fd, flow->bytes, BUFFER);
  flow->start = 0;
  flow->end = size > 0 ? (size_t)size : 0;
  return size;
}

/* After a -1: nothing is wrong. */
static int is_later(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* -1 when nobody takes it any more. A pipe that is ready at all takes PIPE_BUF bytes without blocking (pipe(7)). */
static int drain(struct flow *flow, int fd) {
  size_t left = flow->end - flow->start;
  ssize_t size = write(fd, flow->bytes + flow->start, left < PIPE_BUF ? left : PIPE_BUF);
  if (size > 0) flow->start += (size_t)size;
  return size >= 0 || is_later() ? 0 : -1;
}
