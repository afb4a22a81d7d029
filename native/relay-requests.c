/*
 * Plain HTTP, request by request: the evaluator reads each head and says how many bytes of the client belong to that
 * request; so many go to the host, then the next head is looked at. Answers flow as they come: nobody judges them.
 */
#include "relay.h"

/* Since the host's last byte. A host that has nothing to answer hangs up at once when it hears that nothing follows. */
enum { DRAIN_MS = 1000 };

void requests_pass(struct connection *connection, uint64_t length) {
  connection->stage = STAGE_REQUESTS;
  connection->seen = connection->asked = 0;
  connection->has_ended = connection->is_silent = connection->was_silent_allowed = 0;
  connection->up.left = length;
  connection->up.is_counted = 1;
  connection->up.is_open = connection->down.is_open = 1;
  splice_run(connection);
}

/* The client will ask nothing more; it may still be answered. */
void requests_end(struct connection *connection) {
  connection_untime(connection);
  connection->stage = STAGE_OPEN;
  connection->up.has_ended = connection->up.is_closed = 1;
  if (connection->down.is_closed) return connection_close(connection, 0);
  shutdown(connection->upstream.fd, SHUT_WR);
}

/* Before a request that the host is not to have, or not from us: answers to those before it come first. */
void requests_drain(struct connection *connection) {
  if (connection->stage != STAGE_DRAINING) {
    connection->stage = STAGE_DRAINING;
    connection->up.has_ended = connection->up.is_closed = 1;
    connection->down.is_followed = 1;
    shutdown(connection->upstream.fd, SHUT_WR);
  }
  connection_time(connection, relay_now_ms() + DRAIN_MS);
  splice_run(connection);
}

void requests_drained(struct connection *connection) {
  if (connection->http_port != 0) judge_hand_over(connection);
  else judge_refuse(connection);
}
