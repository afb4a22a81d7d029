/* Reads what the evaluator answers: one flat JSON object whose values are strings, numbers or lists of strings. */
#include "relay.h"

struct cursor {
  const char *at, *end;
};

static int take(struct cursor *cursor, char byte) {
  if (cursor->at >= cursor->end || *cursor->at != byte) return 0;
  cursor->at++;
  return 1;
}

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* Behind the opening quote. What does not fit into `size` is cut; 0 when the string is broken. */
static int read_text(struct cursor *cursor, char *out, size_t size) {
  size_t length = 0;
  while (cursor->at < cursor->end) {
    char byte = *cursor->at++;
    if (byte == '"') {
      out[length] = '\0';
      return 1;
    }
    if ((unsigned char)byte < 0x20) return 0;
    if (byte == '\\') {
      if (cursor->at >= cursor->end) return 0;
      byte = *cursor->at++;
      if (byte == 'n') byte = '\n';
      else if (byte == 't') byte = '\t';
      else if (byte == 'b' || byte == 'f' || byte == 'r') byte = '?';
      else if (byte == 'u') {
        if (cursor->end - cursor->at < 4) return 0;
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = hex_value(cursor->at[i]);
          if (digit < 0) return 0;
          code = code << 4 | digit;
        }
        cursor->at += 4;
        byte = code >= 0x20 && code < 0x7f ? (char)code : '?';
      } else if (byte != '"' && byte != '\\' && byte != '/') return 0;
    }
    if (length + 1 < size) out[length++] = byte;
  }
  return 0;
}

static int read_number(struct cursor *cursor, long *number) {
  const char *start = cursor->at;
  *number = 0;
  while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' && cursor->at - start < 9) *number = *number * 10 + (*cursor->at++ - '0');
  return cursor->at > start;
}

static int read_list(struct cursor *cursor, char ***list, size_t *count) {
  char item[REAL_SIZE];
  if (take(cursor, ']')) return 1;
  do {
    if (!take(cursor, '"') || !read_text(cursor, item, sizeof item)) return 0;
    if (list == NULL) continue;
    char **longer = realloc(*list, (*count + 1) * sizeof **list);
    if (longer == NULL) return 0;
    *list = longer;
    if ((longer[*count] = strdup(item)) == NULL) return 0;
    (*count)++;
  } while (take(cursor, ','));
  return take(cursor, ']');
}

int answer_parse(const char *line, size_t length, struct answer *answer, struct settled *settled) {
  struct cursor cursor = {line, line + length};
  int is_version = 0, is_ours = 0, is_deny = 0, is_settled = 0, has_message = 0;
  char key[32], value[16];
  answer->is_allowed = answer->is_relayed = 0;
  answer->standing = -1;
  answer->is_loader = 0;
  answer->is_plain = 0;
  answer->may_repeat = 0;
  answer->message[0] = '\0';
  if (!take(&cursor, '{')) return 0;
  do {
    if (!take(&cursor, '"') || !read_text(&cursor, key, sizeof key) || !take(&cursor, ':')) return 0;
    if (take(&cursor, '"')) {
      int is_message = strcmp(key, "message") == 0;
      if (!read_text(&cursor, is_message ? answer->message : value, is_message ? sizeof answer->message : sizeof value)) return 0;
      has_message |= is_message;
      if (strcmp(key, "effect") == 0) {
        answer->is_relayed = strcmp(value, "relay") == 0;
        answer->is_allowed = answer->is_relayed || strcmp(value, "allow") == 0;
        is_deny = strcmp(value, "deny") == 0;
        is_settled = strcmp(value, "settled") == 0;
      }
    } else if (take(&cursor, '[')) {
      int kind = strncmp(key, "covered", 7) == 0 ? SETTLED_COVERED : strncmp(key, "write", 5) == 0 ? SETTLED_WRITES : strcmp(key, "wallFolders") == 0 ? SETTLED_WALL : strcmp(key, "ownFolders") == 0 ? SETTLED_OWN : SETTLED_AGENT;
      struct settled *set = settled == NULL ? NULL : &settled[kind];
      int is_folders = strstr(key, "olders") != NULL;
      if (!read_list(&cursor, set == NULL ? NULL : is_folders ? &set->folders : &set->literals, set == NULL ? NULL : is_folders ? &set->folder_count : &set->literal_count)) return 0;
    } else {
      long number;
      if (!read_number(&cursor, &number)) return 0;
      if (strcmp(key, "v") == 0) is_version = number == 1;
      if (strcmp(key, "id") == 0) is_ours = number == 1;
      if (strcmp(key, "loader") == 0) answer->is_loader = number == 1;
      if (strcmp(key, "standing") == 0) answer->standing = (int)number;
      if (strcmp(key, "plain") == 0) answer->is_plain = number == 1;
      if (strcmp(key, "repeat") == 0) answer->may_repeat = number == 1;
    }
  } while (take(&cursor, ','));
  if (!take(&cursor, '}') || cursor.at != cursor.end || !is_version) return 0;
  if (answer->is_allowed) return is_ours;
  if (is_settled) return is_ours && settled != NULL;
  return is_deny && has_message;
}

/* An answer to the relay or the resolver: effect, message, port, and bytes in base 64 (`reply`, `head`). */
int reply_parse(const char *line, size_t length, uint32_t *id, struct reply *reply) {
  static __thread char encoded[CHANNEL_DATA / 3 * 4 + 8];
  static const char *const EFFECTS[] = {[REPLY_DENY] = "deny", [REPLY_ALLOW] = "allow", [REPLY_MORE] = "more", [REPLY_HTTP] = "http"};
  struct cursor cursor = {line, line + length};
  char key[32], ignored[8];
  long number, version = 0;
  reply->effect = REPLY_FAILED;
  reply->message[0] = '\0';
  reply->data_length = 0;
  reply->port = reply->has_news = 0;
  reply->length = reply->head = reply->tail = 0;
  *id = 0;
  if (!take(&cursor, '{')) return 0;
  do {
    if (!take(&cursor, '"') || !read_text(&cursor, key, sizeof key) || !take(&cursor, ':')) return 0;
    if (take(&cursor, '"')) {
      if (strcmp(key, "effect") == 0) {
        if (!read_text(&cursor, ignored, sizeof ignored)) return 0;
        for (int i = REPLY_DENY; i <= REPLY_HTTP; i++) if (strcmp(ignored, EFFECTS[i]) == 0) reply->effect = i;
      } else if (strcmp(key, "message") == 0) {
        if (!read_text(&cursor, reply->message, sizeof reply->message)) return 0;
      } else if (strcmp(key, "reply") == 0 || strcmp(key, "head") == 0) {
        if (!read_text(&cursor, encoded, sizeof encoded)) return 0;
        ssize_t size = base64_decode(encoded, strlen(encoded), reply->data, sizeof reply->data);
        if (size < 0) return 0;
        reply->data_length = (size_t)size;
      } else if (!read_text(&cursor, ignored, sizeof ignored)) return 0;
    } else {
      if (!read_number(&cursor, &number)) return 0;
      if (strcmp(key, "v") == 0) version = number;
      if (strcmp(key, "id") == 0) *id = (uint32_t)number;
      if (strcmp(key, "port") == 0) reply->port = (int)number;
      if (strcmp(key, "length") == 0) reply->length = number;
      if (strcmp(key, "news") == 0) reply->has_news = number == 1;
      if (strcmp(key, "same") == 0) reply->head = number;
      if (strcmp(key, "rest") == 0) reply->tail = number;
    }
  } while (take(&cursor, ','));
  return take(&cursor, '}') && cursor.at == cursor.end && version == 1 && reply->effect != REPLY_FAILED;
}
