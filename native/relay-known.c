/*
 * What was just allowed and may be repeated: the evaluator says so where its answer hangs on nothing else, and hears of each
 * repetition afterwards, for the record (`passed`). It is good for one process, one address and one second.
 */
#include "relay.h"

enum { SLOTS = 256, KNOWN_MS = 1000 };

/* A beginning: its first and its last bytes are as they were, and between them stands one word, of whatever length. */
struct beginning {
  pid_t pid;
  int standing;
  unsigned news;
  unsigned char is_again, has_ended;
  struct address address;
  uint64_t until;
  size_t head, tail, length; /* of the one that was judged; all of it when head and tail meet */
  int is_counted;
  unsigned char bytes[BEGINNING_BYTES];
};
static struct beginning beginnings[SLOTS];

static struct beginning *slot_of(const struct connection *connection) {
  uint64_t hash = 14695981039346656037ULL ^ (uint64_t)connection->pid ^ (uint64_t)(connection->stage == STAGE_REQUESTS) << 32;
  for (socklen_t i = 0; i < connection->original.length; i++) hash = (hash ^ (unsigned char)connection->original.bytes[i]) * 1099511628211ULL;
  return &beginnings[(hash >> 32) % SLOTS];
}

/* Printable ASCII without the blank: no reader of any protocol ends a word there. */
static int is_word(const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) if (bytes[i] <= 0x20 || bytes[i] >= 0x7f) return 0;
  return length > 0;
}

/* What was asked about is kept in `copy`: by now the client may have said more. */
void beginning_remember(const struct connection *connection, const struct reply *reply) {
  size_t head = (size_t)reply->head, tail = (size_t)reply->tail, length = connection->asked;
  int is_counted = reply->length > 0;
  if (connection->copy == NULL || head + tail == 0 || head > length || tail > length - head || (is_counted && (size_t)reply->length != length) || connection->news != relay_news) return;
  struct beginning *slot = slot_of(connection);
  *slot = (struct beginning){.pid = connection->pid, .standing = connection->standing, .news = connection->news, .is_again = connection->stage == STAGE_REQUESTS, .has_ended = connection->has_ended, .address = connection->original, .until = relay_now_ms() + KNOWN_MS, .head = head, .tail = tail, .length = length, .is_counted = is_counted};
  memcpy(slot->bytes, connection->copy, length);
}

/* Something of it was denied. */
void beginning_forget(const struct connection *connection) { slot_of(connection)->pid = 0; }

int beginning_is_known(const struct connection *connection, const unsigned char *bytes, size_t length, struct known *known) {
  const struct beginning *slot = slot_of(connection);
  if (slot->pid != connection->pid || slot->standing != connection->standing || slot->news != relay_news || slot->is_again != (connection->stage == STAGE_REQUESTS) || slot->has_ended != connection->has_ended || slot->until <= relay_now_ms()) return 0;
  if (slot->address.length != connection->original.length || memcmp(slot->address.bytes, connection->original.bytes, slot->address.length) != 0) return 0;
  size_t word = slot->length - slot->head - slot->tail;
  if (length < slot->head + slot->tail || (word == 0 && length != slot->length)) return 0;
  if (memcmp(bytes, slot->bytes, slot->head) != 0 || memcmp(bytes + length - slot->tail, slot->bytes + slot->length - slot->tail, slot->tail) != 0) return 0;
  if (word > 0 && !is_word(bytes + slot->head, length - slot->head - slot->tail)) return 0;
  *known = (struct known){.is_counted = slot->is_counted, .word = bytes + slot->head, .length = length - slot->head - slot->tail};
  return 1;
}

/* ---- connections that go straight to their host ---- */
int relay_tell(const struct process *process, const struct address *address) {
  static const struct text nothing = {",\"bytes\":\"\"", 11, 0};
  struct text fields = {NULL, 0, 0};
  char host[INET6_ADDRSTRLEN];
  inet_text(address, host);
  text_add(&fields, ",\"op\":\"passed\",\"pid\":%d,\"standing\":%d,\"host\":\"%s\",\"port\":%d", process->tgid, process->standing, host, inet_port(address));
  int may_pass = notice_pass(&fields, &nothing, "", 0);
  text_free(&fields);
  return may_pass;
}
