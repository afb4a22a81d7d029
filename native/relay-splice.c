/*
 * Bytes from one socket to the other, without a copy of ours: by way of a pipe (splice(2)) that a direction has only
 * while something is in it. When slow readers hold all pipes, bytes are copied out of the one socket's queue and into
 * the other's, and stay in the first until the second has taken them: no memory, no descriptor, and nobody waits.
 */
#include "relay.h"

enum { PIPES = 64, PIPE_BYTES = 256 * 1024, PIECE = 256 * 1024, COPY_BYTES = 64 * 1024, TURN_BYTES = 2 * 1024 * 1024 };

static int pipes[PIPES][2], *unused[PIPES];
static int made, unused_count;
static struct connection *ready, *turn;

static int *take_pipe(void) {
  if (unused_count > 0) return unused[--unused_count];
  if (made == PIPES || pipe2(pipes[made], O_CLOEXEC | O_NONBLOCK) < 0) return NULL;
  fcntl(pipes[made][0], F_SETPIPE_SZ, PIPE_BYTES);
  return pipes[made++];
}

static void give_pipe(struct flow *flow) {
  if (flow->pipe == NULL) return;
  unused[unused_count++] = flow->pipe;
  flow->pipe = NULL;
}

/* Of a connection that ends with bytes in its pipe: the pipe is made anew. */
static void drop_pipe(struct flow *flow) {
  if (flow->pipe != NULL && flow->held > 0) {
    close(flow->pipe[0]), close(flow->pipe[1]);
    if (pipe2(flow->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
      /* Its place stays empty: splice(2) fails on it, and the connection with it. */
      flow->pipe[0] = flow->pipe[1] = -1;
      flow->pipe = NULL;
    } else fcntl(flow->pipe[0], F_SETPIPE_SZ, PIPE_BYTES);
  }
  flow->held = 0;
  give_pipe(flow);
}

/* Bytes moved; 0 at the end; -errno. */
static ssize_t copy(int from, int to, size_t most) {
  static char bytes[COPY_BYTES];
  ssize_t got = recv(from, bytes, most < sizeof bytes ? most : sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
  if (got <= 0) return got < 0 ? -errno : 0;
  ssize_t sent = send(to, bytes, (size_t)got, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return -errno;
  return recv(from, NULL, (size_t)sent, MSG_TRUNC | MSG_DONTWAIT) == sent ? sent : -EIO;
}

enum { WAITS, GOES_ON, BROKEN };

static int move(struct flow *flow, int from, int to) {
  for (size_t moved = 0; moved < TURN_BYTES;) {
    if (flow->held > 0) {
      ssize_t out = splice(flow->pipe[0], NULL, to, NULL, flow->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (out < 0 && errno == EAGAIN) return flow->is_blocked = 1, WAITS;
      if (out <= 0) return BROKEN;
      flow->held -= (size_t)out;
      continue;
    }
    size_t piece = flow->is_counted && flow->left < PIECE ? (size_t)flow->left : PIECE;
    if (piece == 0) {
      give_pipe(flow);
      return WAITS;
    }
    if (flow->pipe == NULL) flow->pipe = take_pipe();
    ssize_t in = flow->pipe == NULL ? copy(from, to, piece) : splice(from, NULL, flow->pipe[1], NULL, piece, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (flow->pipe == NULL && in < 0) {
      flow->is_blocked = 1; /* or has nothing */
      errno = (int)-in;
      in = -1;
    }
    if (in > 0) {
      moved += (size_t)in;
      if (flow->is_counted) flow->left -= (size_t)in;
      if (flow->pipe != NULL) flow->held = (size_t)in;
      continue;
    }
    give_pipe(flow);
    if (in < 0) return errno == EAGAIN ? WAITS : BROKEN;
    flow->has_ended = flow->is_closed = 1;
    if (!flow->is_followed) shutdown(to, SHUT_WR);
    return WAITS;
  }
  return GOES_ON;
}

void splice_forget(struct connection *connection) {
  drop_pipe(&connection->up);
  drop_pipe(&connection->down);
  if (!connection->is_ready) return;
  for (struct connection **at = &ready; *at != NULL; at = &(*at)->ready_next) {
    if (*at != connection) continue;
    *at = connection->ready_next;
    break;
  }
  for (struct connection **at = &turn; *at != NULL; at = &(*at)->ready_next) {
    if (*at != connection) continue;
    *at = connection->ready_next;
    break;
  }
}

void splice_run(struct connection *connection) {
  int client = connection->client.fd, upstream = connection->upstream.fd, result = WAITS, was_counting = connection->up.left > 0 || connection->up.held > 0;
  if (connection->up.is_open && !connection->up.is_closed) result = move(&connection->up, client, upstream);
  if (result != BROKEN && connection->down.is_open && !connection->down.is_closed) {
    int other = move(&connection->down, upstream, client);
    if (other != WAITS) result = other;
  }
  if (result == BROKEN) return connection_close(connection, 1);
  if (connection->up.is_blocked || connection->down.is_blocked) connection_watch_out(connection);
  if (connection->is_gone) return;
  if (connection->stage == STAGE_DRAINING && connection->down.is_closed) return requests_drained(connection);
  if (connection->up.is_closed && connection->down.is_closed) return connection_close(connection, 0);
  if (result == GOES_ON && !connection->is_ready) {
    connection->is_ready = 1;
    connection->ready_next = ready;
    ready = connection;
  }
  if (connection->stage == STAGE_REQUESTS && was_counting && connection->up.left == 0) judge_look(connection);
}

/* Everybody in turn: a connection that could go on for ever lets the others go on as well. */
void splice_again(void) {
  turn = ready;
  ready = NULL;
  while (turn != NULL) {
    struct connection *connection = turn;
    turn = connection->ready_next;
    connection->is_ready = 0;
    splice_run(connection);
  }
}

int splice_has_ready(void) { return ready != NULL; }

void splice_open(struct connection *connection) {
  connection_untime(connection);
  connection->stage = STAGE_OPEN;
  connection->up.is_open = connection->down.is_open = 1;
  free(connection->text);
  connection->text = NULL;
  splice_run(connection);
}
