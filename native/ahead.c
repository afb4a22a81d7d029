/*
 * Under fail-closed nothing happens that is not on record. What passes unasked is written here before it passes, a line
 * each, in a file beside the session's log; the evaluator hears of it a moment later and puts it into the log itself.
 * Two halves take turns: while the evaluator puts one on record the other is written to; then a zero empties the first.
 * What a killed session leaves here that its log has not is read by src/audit/ahead.ts. Callers hold the lock of notices.c.
 */
#include "guard.h"
#include <time.h>

enum { HALF_BYTES = 128 * 1024, PATH_BYTES = 256, KEY_BYTES = 16 };

static int file = -1, is_wanted, at;
static size_t used[2];
static unsigned long number;

/* Before the wall is built. Without the file everything is asked about. */
void ahead_open(const char *path) {
  is_wanted = path != NULL;
  if (is_wanted) file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int ahead_is_wanted(void) { return is_wanted; }
int ahead_holds(void) { return file >= 0 && (used[0] > 0 || used[1] > 0); }

/* What stands there stays there. */
static void stop(void) {
  close(file);
  file = -1;
}

/*
 * Of the path of a request what can be no secret (docs/record.md): up to where parameters begin, and no word as long as a key
 * is. The log, which is written by the evaluator, has all but the secrets.
 */
static size_t harmless(const char *path, size_t length, char out[PATH_BYTES]) {
  size_t kept = 0;
  for (size_t i = 0, run = 0; i < length && kept < PATH_BYTES && strchr("?=;&#%", path[i]) == NULL; i++) {
    int is_word = (path[i] >= '0' && path[i] <= '9') || (path[i] >= 'A' && path[i] <= 'Z') || (path[i] >= 'a' && path[i] <= 'z') || path[i] == '_';
    run = is_word ? run + 1 : 0;
    if (run == KEY_BYTES) {
      kept -= KEY_BYTES - 1;
      out[kept++] = '*';
    } else if (run < KEY_BYTES) out[kept++] = path[i];
  }
  return kept;
}

/* The number of its line, or 0: what could not be written must not happen. */
unsigned long ahead_write(const struct text *facts, const char *path, size_t length) {
  char kept[PATH_BYTES];
  static struct text line;
  struct timespec now;
  if (file < 0) return 0;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  text_reset(&line);
  text_add(&line, "%lu %lld {\"v\":1", number + 1, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  text_add_bytes(&line, facts->bytes, facts->length);
  text_add_bytes(&line, ",\"path\":", 8);
  text_add_json(&line, kept, harmless(path, length, kept));
  text_add_bytes(&line, "}\n", 3); /* with a zero, where the next one begins */
  if (used[at] + line.length > HALF_BYTES) {
    if (line.length > HALF_BYTES || used[!at] > 0) return 0;
    at = !at;
  }
  if (pwrite(file, line.bytes, line.length, (off_t)at * HALF_BYTES + (off_t)used[at]) != (ssize_t)line.length) {
    stop();
    return 0;
  }
  used[at] += line.length - 1;
  return ++number;
}

/* The half that the evaluator has heard of by now, which nobody writes to until it is given back; -1 when there is none. */
int ahead_take(void) {
  if (!ahead_holds()) return -1;
  if (used[!at] == 0) at = !at;
  return !at;
}

/* What is not on record stays, and nothing more passes unasked. */
void ahead_give(int half, int is_recorded) {
  if (file < 0) return;
  if (!is_recorded || pwrite(file, "", 1, (off_t)half * HALF_BYTES) != 1) stop();
  else used[half] = 0;
}
