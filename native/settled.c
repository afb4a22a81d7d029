/*
 * Reads that no rule can deny (src/evaluator/settled.ts): a path below one of these folders whose text, in small letters,
 * holds none of these literals. A byte beyond ASCII may fold to anything, so such a path is always asked.
 */
#include "guard.h"

struct settled settled[SETTLED_KINDS];

/* Two letters to one of so many bits as fit into a line of the processor's cache. */
static uint32_t pair_at(const char *text) { return ((uint32_t)(unsigned char)text[0] << 4 ^ (unsigned char)text[1]) % (8 * sizeof ((struct settled *)0)->pairs); }

/* Each literal by its first two letters: most positions of a path begin none. */
void settled_prepare(struct settled *settled) {
  settled->folder_lengths = realloc(settled->folder_lengths, settled->folder_count * sizeof *settled->folder_lengths + 1);
  if (settled->folder_lengths == NULL) die("there is no memory");
  for (size_t i = 0; i < settled->folder_count; i++) settled->folder_lengths[i] = strlen(settled->folders[i]);
  memset(settled->pairs, 0, sizeof settled->pairs);
  for (size_t i = 0; i < settled->literal_count; i++) {
    const char *literal = settled->literals[i];
    if (literal[0] == '\0' || literal[1] == '\0') memset(settled->pairs, 0xff, sizeof settled->pairs);
    else settled->pairs[pair_at(literal) / 8] |= (uint8_t)(1U << pair_at(literal) % 8);
  }
}

static int holds_literal(const struct settled *settled, const char *text) {
  for (const char *at = text; at[0] != '\0'; at++) {
    if ((settled->pairs[pair_at(at) / 8] >> pair_at(at) % 8 & 1) == 0) continue;
    for (size_t i = 0; i < settled->literal_count; i++) if (strncmp(at, settled->literals[i], strlen(settled->literals[i])) == 0) return 1;
  }
  return 0;
}

static int lower(const char *path, char *out, size_t size) {
  size_t at = 0;
  for (; path[at] != '\0' && at + 1 < size; at++) {
    unsigned char byte = (unsigned char)path[at];
    if (byte >= 0x80) return 0;
    out[at] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
  }
  out[at] = '\0';
  return path[at] == '\0';
}

/* What stands behind the folder that the path lies below; NULL when it lies below none. */
static const char *below(const struct settled *settled, const char *real) {
  for (size_t i = 0; i < settled->folder_count; i++) {
    size_t length = settled->folder_lengths[i];
    if (strncmp(real, settled->folders[i], length) == 0 && (real[length] == '/' || real[length] == '\0')) return real + length;
  }
  return NULL;
}

/* Of the session's own temporary folder nothing stands in the way of its being settled: what lies in it is looked at. */
static const char *looked_at(const char *real) {
  const char *rest = below(&settled[SETTLED_OWN], real);
  return rest == NULL ? real : rest;
}

/* The real path, in its plainest spelling. */
static int is_spelled(const char *requested, const char *base, const char *real) {
  if (requested == real || requested[0] == '/') return requested == real || strcmp(requested, real) == 0;
  size_t length = strcmp(base, "/") == 0 ? 0 : strlen(base);
  return strncmp(real, base, length) == 0 && real[length] == '/' && strcmp(requested, real + length + 1) == 0;
}

int is_settled(const struct settled *settled, const char *requested, const char *base, const char *real) {
  if (below(settled, real) == NULL) return 0;
  char text[2 * REAL_SIZE + 2];
  if (!lower(looked_at(real), text, REAL_SIZE) || holds_literal(settled, text)) return 0;
  if (is_spelled(requested, base, real)) return 1;
  /* Folding `//`, `./` and `../` could bring a literal together that the text has in pieces. */
  if (strstr(requested, "//") != NULL || strstr(requested, "./") != NULL) return 0;
  size_t length = 0;
  if (requested[0] != '/') {
    /* A literal may span what stands between folder and path. */
    if (!lower(base, text, REAL_SIZE)) return 0;
    length = strlen(text);
    text[length++] = '/';
  }
  return lower(requested, text + length, REAL_SIZE) && !holds_literal(settled, text);
}

/* What git itself writes all the time, and nobody runs: not `hooks` and `config`, which are of critical risk (src/risk/files.ts). */
static const char *const OF_GIT[] = {"index", "objects/", "refs/", "logs/", "HEAD", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "packed-refs"};

static int leads_into_git(const char *rest) {
  for (const char *at = rest; (at = strstr(at, "/.git/")) != NULL; at++) {
    int is_of_git = 0;
    for (size_t i = 0; i < sizeof OF_GIT / sizeof *OF_GIT; i++) is_of_git |= strncmp(at + 6, OF_GIT[i], strlen(OF_GIT[i])) == 0;
    if (!is_of_git) return 1;
  }
  return 0;
}

/* By its plainest spelling only, and of what git keeps only that (src/evaluator/settled.ts, settledWrites). */
int is_write_settled(const struct settled *settled, const char *requested, const char *base, const char *real) {
  const char *rest = below(settled, real);
  if (rest == NULL || rest[0] != '/' || leads_into_git(rest)) return 0;
  return is_spelled(requested, base, real) && is_settled(settled, real, "/", real);
}
