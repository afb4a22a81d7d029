/*
 * What becomes of a connection: the first bytes of the client are looked at, and left where they are, until the
 * evaluator has seen enough of them. Nothing of the client's reaches the host before, but a short message that may be
 * whole, or the beginning of a request, when nothing follows it: what follows then is judged together with it.
 */
#include "relay.h"
#include <linux/tcp.h>
#include <poll.h>

enum { LOOK_BYTES = 32 * 1024, SILENCE_MS = 200, READING_MS = 10000, CROWDED_MS = 20, REFUSING_MS = 1000, HTTP_MS = 5000, DRAIN_BYTES = 256 * 1024 };

static unsigned char bytes[LOOK_BYTES];

static void say(const struct connection *connection, const char *message) {
  struct request request = {.process = connection->process};
  if (connection->process != NULL) explain(&request, message);
}

static void decided(struct connection *connection) {
  connection_untime(connection);
  process_release(connection->process);
  connection->process = NULL;
}

/* What the client is still to read, before it is hung up on. */
void judge_refuse(struct connection *connection) {
  if (connection->stage != STAGE_REFUSING) {
    connection->seen = 0;
    connection->stage = STAGE_REFUSING;
    connection_time(connection, relay_now_ms() + REFUSING_MS);
  }
  while (connection->text_sent < connection->text_length) {
    ssize_t sent = send(connection->client.fd, connection->text + connection->text_sent, connection->text_length - connection->text_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return connection_watch_out(connection);
    if (sent <= 0) return connection_close(connection, 1);
    connection->text_sent += (size_t)sent;
    if (connection->text_sent == connection->text_length) shutdown(connection->client.fd, SHUT_WR);
  }
  /* Unread bytes at the close would take the answer away with them (RFC 9293, 3.10.4). */
  while (connection->seen < DRAIN_BYTES) {
    ssize_t got = recv(connection->client.fd, NULL, DRAIN_BYTES, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return connection_close(connection, 0);
    connection->seen += (size_t)got;
  }
  connection_close(connection, 0);
}

void connection_deny(struct connection *connection, const struct reply *reply) {
  say(connection, reply->message);
  decided(connection);
  if (reply->data_length == 0 || (connection->text = malloc(reply->data_length)) == NULL) return connection_close(connection, 1);
  memcpy(connection->text, reply->data, reply->data_length);
  connection->text_length = reply->data_length;
  connection->text_sent = 0;
  if (connection->stage == STAGE_REQUESTS) requests_drain(connection);
  else judge_refuse(connection);
}

static void fail(struct connection *connection, const char *why) {
  static struct reply reply;
  reply.effect = REPLY_FAILED;
  snprintf(reply.message, sizeof reply.message, "patchwork: denied\n  %s; what cannot be judged is denied", why);
  connection_deny(connection, &reply);
}

/* The relay that knows HTTP makes connections of its own. */
void judge_hand_over(struct connection *connection) {
  close(connection->upstream.fd);
  connection->up = connection->down = (struct flow){0};
  connection->upstream.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct address to = inet_loopback(AF_INET, connection->http_port);
  connection->stage = STAGE_HTTP;
  connection_time(connection, relay_now_ms() + HTTP_MS);
  int is_begun = connection->upstream.fd >= 0 && setsockopt(connection->upstream.fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){1}, sizeof(int)) == 0
    && (connect(connection->upstream.fd, &to.any, to.length) == 0 || errno == EINPROGRESS) && relay_watch(&connection->upstream, WATCHED | EPOLLOUT) == 0;
  if (!is_begun) connection_close(connection, 1);
}

/* Since it was connected; its end counts. */
static int has_spoken(int fd) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 || size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received || info.tcpi_bytes_received > 0;
}

static void go_by_http(struct connection *connection, const struct reply *reply) {
  /* What it said would be another connection's; where it has kept silent nobody can tell the difference. */
  if (connection->said_length > 0) return fail(connection, "its first line came with a pause, and the host has the beginning of it");
  if (connection->was_silent_allowed && has_spoken(connection->upstream.fd)) return fail(connection, "the host spoke before the program asked it by HTTP");
  connection->was_silent_allowed = 0;
  decided(connection);
  if ((connection->text = malloc(reply->data_length + 1)) == NULL) return connection_close(connection, 1);
  memcpy(connection->text, reply->data, reply->data_length);
  connection->text_length = reply->data_length;
  connection->text_sent = 0;
  connection->http_port = reply->port;
  if (connection->stage == STAGE_REQUESTS) requests_drain(connection);
  else judge_hand_over(connection);
}

static void go_on(struct connection *connection, uint64_t length) {
  decided(connection);
  size_t said = connection->said_length;
  connection->said_length = 0;
  if (length > said) return requests_pass(connection, length - said);
  if (length > 0) return fail(connection, "the evaluator's answer cannot be read");
  if (connection->stage == STAGE_REQUESTS) return fail(connection, "the evaluator's answer cannot be read");
  splice_open(connection);
}

/* They are the first in the socket; what of them was said before is not. The host waits for them: there is room. */
static int pass_said(struct connection *connection, size_t length) {
  size_t fresh = length - connection->said_length;
  unsigned char *said = length > connection->said_length && length <= connection->asked ? realloc(connection->said, length) : NULL;
  if (said == NULL) return 0;
  connection->said = said;
  if (recv(connection->client.fd, said + connection->said_length, fresh, MSG_DONTWAIT) != (ssize_t)fresh) return 0;
  if (send(connection->upstream.fd, said + connection->said_length, fresh, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)fresh) return 0;
  connection->said_length = length;
  connection->seen = connection->asked = 0;
  connection->is_silent = 1;
  return 1;
}

static void on_answer(void *context, const struct reply *reply) {
  struct connection *connection = context;
  int was_paused = connection->is_paused, was_silent = connection->asked == 0 && connection->is_silent && !connection->has_ended;
  connection->is_paused = 0;
  connection->is_waiting = 0;
  connection->question = 0;
  if (reply->effect == REPLY_ALLOW && connection->asked > 0 && !was_paused) beginning_remember(connection, reply);
  if (reply->effect == REPLY_DENY) beginning_forget(connection);
  free(connection->copy);
  connection->copy = NULL;
  switch (reply->effect) {
    case REPLY_ALLOW:
      if (was_paused && !pass_said(connection, (size_t)reply->length)) return connection_close(connection, 1);
      if (!was_silent && !was_paused) return go_on(connection, (uint64_t)reply->length);
      connection->was_silent_allowed = 1;
      connection->down.is_open = 1;
      connection_untime(connection);
      splice_run(connection);
      break;
    case REPLY_MORE:
      if (was_silent) connection_untime(connection);
      else if (connection->asked >= LOOK_BYTES || connection->has_ended) return fail(connection, "what the program sent cannot be read");
      else {
        uint64_t pause = relay_now_ms() + SILENCE_MS;
        connection->may_pause = reply->length > 0 && !was_paused;
        connection_time(connection, connection->may_pause && pause < connection->next_look ? pause : connection->next_look);
      }
      break;
    case REPLY_HTTP: return go_by_http(connection, reply);
    default: return connection_deny(connection, reply);
  }
  if (!connection->is_gone) judge_look(connection);
}

static void describe(struct text *fields, const char *op, const struct connection *connection) {
  char host[INET6_ADDRSTRLEN];
  inet_text(&connection->original, host);
  text_reset(fields);
  text_add(fields, ",\"op\":\"%s\",\"pid\":%d,\"standing\":%d,\"host\":\"%s\",\"port\":%d", op, connection->pid, connection->standing, host, inet_port(&connection->original));
}

static void add_bytes(struct text *fields, size_t length) {
  text_add(fields, ",\"bytes\":\"");
  text_add_base64(fields, bytes, length);
  text_add(fields, "\"");
}

/* The same was allowed a moment ago: it goes on once it is written down, and the evaluator hears of it afterwards. */
static int goes_as_before(struct connection *connection, size_t length) {
  static struct text facts, more;
  struct known known;
  if (connection->was_silent_allowed || length == 0 || length >= LOOK_BYTES || relay_channel.fd < 0 || !beginning_is_known(connection, bytes, length, &known)) return 0;
  describe(&facts, "passed", connection);
  text_reset(&more);
  add_bytes(&more, length);
  if (!notice_pass(&facts, &more, (const char *)known.word, known.length)) return 0;
  go_on(connection, known.is_counted ? length : 0);
  return 1;
}

static void ask(struct connection *connection, size_t length) {
  static struct text fields;
  if (!channel_has_room(&relay_channel)) {
    connection->is_crowded = 1;
    connection->is_paused = 0;
    return connection_time(connection, relay_now_ms() + CROWDED_MS);
  }
  describe(&fields, "relay", connection);
  add_bytes(&fields, length);
  text_add(&fields, ",\"ended\":%d,\"silent\":%d,\"again\":%d", connection->has_ended, (length == 0 && !connection->has_ended) || connection->is_paused, connection->stage == STAGE_REQUESTS);
  connection->asked = length;
  connection->is_crowded = 0;
  free(connection->copy);
  connection->copy = length > 0 && length <= BEGINNING_BYTES ? malloc(length) : NULL;
  if (connection->copy != NULL) memcpy(connection->copy, bytes, length);
  connection->news = relay_news;
  notices_flush();
  connection->question = channel_ask(&relay_channel, &fields, on_answer, connection);
  if (connection->question == 0) return fail(connection, "the evaluator of this session cannot be reached");
  connection->is_waiting = 1;
  connection_time(connection, relay_now_ms() + ANSWER_TIME_MS);
}

/* What the client has said that is not decided yet; its length, or -1. */
static ssize_t look(const struct connection *connection) {
  size_t before = connection->said_length;
  if (before > 0) memcpy(bytes, connection->said, before);
  ssize_t got = recv(connection->client.fd, bytes + before, sizeof bytes - before, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 ? got + (ssize_t)before : got;
}

/* Nothing has followed for a while. */
static void ask_paused(struct connection *connection) {
  connection->may_pause = 0;
  ssize_t length = look(connection);
  if (length <= 0 || (size_t)length != connection->seen) return judge_look(connection);
  connection->is_paused = 1;
  ask(connection, (size_t)length);
}

/* New bytes of the client, or its end. */
void judge_look(struct connection *connection) {
  if (connection->stage == STAGE_RESOLVING) return dns_tcp_look(connection);
  if (connection->stage == STAGE_REFUSING) return judge_refuse(connection);
  int is_between = connection->stage == STAGE_REQUESTS && connection->up.left == 0 && connection->up.held == 0 && !connection->up.is_closed;
  if ((connection->stage != STAGE_JUDGING && !is_between) || connection->is_waiting) return;
  /* Asked first: what comes together with the end is then among the bytes. */
  struct pollfd end = {.fd = connection->client.fd, .events = POLLRDHUP};
  int has_ended = poll(&end, 1, 0) == 1 && (end.revents & POLLRDHUP) != 0;
  ssize_t got = look(connection);
  if (got < 0 && errno != EAGAIN) return connection_close(connection, 1);
  if (is_between && got == 0) return requests_end(connection);
  if (is_between && got < 0) return;
  size_t length = got < 0 ? 0 : (size_t)got;
  has_ended |= got == 0;
  if (length > 0 && connection->seen == 0) connection->next_look = relay_now_ms() + READING_MS;
  int is_news = length > connection->seen || (has_ended && !connection->has_ended) || connection->is_crowded;
  connection->seen = length;
  connection->has_ended = (unsigned)has_ended;
  if (is_news && !goes_as_before(connection, length)) ask(connection, length);
}

void judge_begin(struct connection *connection) {
  connection->stage = connection->is_resolver ? STAGE_RESOLVING : STAGE_JUDGING;
  connection->seen = connection->asked = 0;
  connection->next_look = 0;
  connection_time(connection, relay_now_ms() + SILENCE_MS);
  judge_look(connection);
}

void judge_time(struct connection *connection) {
  if (connection->stage == STAGE_DRAINING && connection->down.held == 0) return requests_drained(connection);
  if (connection->stage != STAGE_JUDGING && connection->stage != STAGE_REQUESTS) return connection_close(connection, connection->stage != STAGE_REFUSING);
  if (connection->is_waiting) {
    channel_forget(&relay_channel, connection->question);
    return fail(connection, "the evaluator of this session did not answer");
  }
  if (connection->seen > 0 && connection->may_pause) return ask_paused(connection);
  if (connection->seen > 0 && !connection->is_crowded) return fail(connection, "the program took too long to say what it wants");
  if (connection->seen == 0 && !connection->is_silent) {
    connection->is_silent = 1;
    return ask(connection, 0);
  }
  judge_look(connection);
}

/* The relay that knows HTTP can be written to. */
void judge_write(struct connection *connection) {
  while (connection->text_sent < connection->text_length) {
    ssize_t sent = send(connection->upstream.fd, connection->text + connection->text_sent, connection->text_length - connection->text_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return connection_close(connection, 1);
    connection->text_sent += (size_t)sent;
  }
  splice_open(connection);
}
