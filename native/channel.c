/* A connection to the evaluator on which many questions wait at once: answers carry the number of their question, in any order. */
#include "relay.h"

enum { ANSWER_LIMIT = 512 * 1024, OUT_LIMIT = 8 * 1024 * 1024 };

int channel_has_room(const struct channel *channel) { return channel->fd < 0 || (channel->waiting < CHANNEL_QUESTIONS / 2 && channel->out.length - channel->sent < OUT_LIMIT); }

int channel_wants_out(const struct channel *channel) { return channel->sent < channel->out.length; }

static struct pending *pending_of(struct channel *channel, uint32_t id) {
  struct pending *at = &channel->pending[id % CHANNEL_QUESTIONS];
  return id != 0 && at->run != NULL && at->id == id ? at : NULL;
}

void channel_flush(struct channel *channel) {
  while (channel->fd >= 0 && channel_wants_out(channel)) {
    ssize_t sent = send(channel->fd, channel->out.bytes + channel->sent, channel->out.length - channel->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    /* A broken one is noticed, and closed, where answers are read. */
    if (sent <= 0) return;
    channel->sent += (size_t)sent;
  }
  text_reset(&channel->out);
  channel->sent = 0;
  /* One large burst need not be kept for ever. */
  if (channel->out.capacity > 1024 * 1024) text_free(&channel->out);
}

uint32_t channel_ask(struct channel *channel, const struct text *fields, on_reply *run, void *context) {
  if (channel->fd < 0 || channel->waiting == CHANNEL_QUESTIONS) return 0;
  do channel->next_id = channel->next_id % (1U << 29) + 1;
  while (channel->pending[channel->next_id % CHANNEL_QUESTIONS].run != NULL);
  uint32_t id = channel->next_id;
  channel->pending[id % CHANNEL_QUESTIONS] = (struct pending){id, run, context};
  channel->waiting++;
  text_add(&channel->out, "{\"v\":1,\"id\":%u,\"pep\":\"guard\"", id);
  text_add_bytes(&channel->out, fields->bytes, fields->length);
  text_add(&channel->out, "}\n");
  channel_flush(channel);
  return pending_of(channel, id) == NULL ? 0 : id;
}

void channel_forget(struct channel *channel, uint32_t id) {
  struct pending *pending = pending_of(channel, id);
  if (pending == NULL) return;
  pending->run = NULL;
  channel->waiting--;
}

/* Whatever still waits is told that there is no answer. */
void channel_close(struct channel *channel) {
  static struct reply failed;
  if (channel->fd < 0) return;
  close(channel->fd);
  channel->fd = -1;
  failed.effect = REPLY_FAILED;
  snprintf(failed.message, sizeof failed.message, "patchwork: denied\n  the evaluator of this session cannot be reached; what cannot be judged is denied");
  for (size_t i = 0; i < CHANNEL_QUESTIONS; i++) {
    struct pending pending = channel->pending[i];
    channel->pending[i].run = NULL;
    if (pending.run != NULL) pending.run(pending.context, &failed);
  }
  channel->waiting = 0;
}

static int take_line(struct channel *channel, const char *line, size_t length) {
  static struct reply reply;
  uint32_t id;
  if (!reply_parse(line, length, &id, &reply)) return 0;
  if (reply.has_news) relay_news++;
  struct pending *pending = pending_of(channel, id);
  /* Taken back meanwhile. */
  if (pending == NULL) return 1;
  struct pending found = *pending;
  channel_forget(channel, id);
  found.run(found.context, &reply);
  return 1;
}

void channel_ready(struct channel *channel, uint32_t events) {
  if ((events & EPOLLOUT) != 0) channel_flush(channel);
  while (channel->fd >= 0) {
    if (channel->in_length == channel->in_capacity) {
      size_t capacity = channel->in_capacity * 2 + 16 * 1024;
      char *longer = channel->in_capacity >= ANSWER_LIMIT ? NULL : realloc(channel->in, capacity);
      if (longer == NULL) return channel_close(channel);
      channel->in = longer;
      channel->in_capacity = capacity;
    }
    ssize_t got = recv(channel->fd, channel->in + channel->in_length, channel->in_capacity - channel->in_length, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return channel_close(channel);
    channel->in_length += (size_t)got;
    char *start = channel->in, *end;
    while ((end = memchr(start, '\n', channel->in_length - (size_t)(start - channel->in))) != NULL) {
      if (!take_line(channel, start, (size_t)(end - start))) return channel_close(channel);
      if (channel->fd < 0) return;
      start = end + 1;
    }
    channel->in_length -= (size_t)(start - channel->in);
    memmove(channel->in, start, channel->in_length);
  }
}
