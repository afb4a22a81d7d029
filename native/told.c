/*
 * Refusals of the guard's own, told to the evaluator for the log. The first of its kind by a process is told at once; more of the same
 * are counted, and the count is told after a while, which grows as long as they go on. Past a number of processes at a
 * time they are counted by their kind alone, so that neither memory nor the log grows with what is tried.
 */
#include "guard.h"
#include <time.h>

enum { EACH = 64, CROWDS = 32, FIRST_WAIT_S = 2, LONGEST_WAIT_S = 64, KEPT_S = 60, NEEDED_S = 4 };

static struct told {
  uint64_t hash; /* 0 where nothing is */
  struct text notice; /* without its end */
  unsigned long count; /* not told yet */
  time_t since, due, last, began;
  int wait;
} all[EACH + CROWDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_counted = PTHREAD_COND_INITIALIZER;
static int are_counted;

static time_t seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static uint64_t add_hash(uint64_t hash, const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211ULL;
  return hash;
}

/* The entry of that hash, or the one that it may have; NULL when all are needed. */
static struct told *find(size_t from, size_t to, uint64_t hash, time_t now) {
  struct told *free_one = NULL;
  for (struct told *at = &all[from]; at < &all[to]; at++) {
    if (at->hash == hash && now - at->last < KEPT_S) return at;
    if (at->count > 0 || (at->hash != 0 && now - at->began < NEEDED_S)) continue;
    if (free_one == NULL || at->last < free_one->last) free_one = at;
  }
  return free_one;
}

static void add_field(struct text *notice, const char *name, const char *value) {
  text_add(notice, ",\"%s\":", name);
  text_add_json(notice, value, strlen(value));
}

static void begin(struct text *notice, const struct request *request, const struct refusal *refusal, const char *exe) {
  text_reset(notice);
  text_add(notice, "{\"v\":1,\"id\":1,\"op\":\"refused\",\"pep\":\"guard\",\"pid\":%d", request->process->tgid);
  add_field(notice, "action", refusal->action);
  add_field(notice, "call", refusal->call);
  add_field(notice, "real", refusal->real);
  add_field(notice, "what", refusal->what);
  add_field(notice, "why", refusal->why);
  add_field(notice, "exe", exe);
}

/* 0 when there is no room for it now. */
static int tell(struct told *told, time_t now) {
  size_t length = told->notice.length;
  if (told->wait == 0) text_add(&told->notice, "}\n");
  else text_add(&told->notice, ",\"count\":%lu,\"age\":%ld}\n", told->count, (long)(now - told->since));
  int is_told = notice_add(&told->notice);
  told->notice.length = length;
  if (!is_told) return 0;
  /* One that was not told at once stands for itself. */
  told->count = told->wait == 0 && told->count > 0 ? told->count - 1 : 0;
  told->wait = told->wait == 0 ? FIRST_WAIT_S : told->wait * 2 > LONGEST_WAIT_S ? LONGEST_WAIT_S : told->wait * 2;
  told->due = now + told->wait;
  return 1;
}

static void count_one(struct told *told, time_t now) {
  if (told->count++ == 0) told->since = now;
  if (!are_counted) pthread_cond_signal(&is_counted);
  are_counted = 1;
}

int refusal_tell(const struct request *request, const struct refusal *refusal) {
  char exe[PATH_MAX];
  ssize_t length = readlinkat(request->process->folder, "exe", exe, sizeof exe - 1);
  exe[length < 0 ? 0 : length] = '\0';
  const char *const parts[] = {refusal->what, refusal->call, refusal->real, exe};
  uint64_t hash = add_hash(14695981039346656037ULL, &request->process->tgid, sizeof request->process->tgid);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) hash = add_hash(hash, parts[i], strlen(parts[i]) + 1);
  pthread_mutex_lock(&lock);
  time_t now = seconds();
  struct told *told = find(0, EACH, hash, now);
  int is_crowd = told == NULL;
  if (is_crowd) told = find(EACH, EACH + CROWDS, hash = add_hash(0, refusal->what, strlen(refusal->what)), now);
  /* There are fewer kinds than places for them. */
  if (told == NULL) told = &all[EACH], hash = told->hash;
  int is_new = told->hash != hash || now - told->last >= KEPT_S;
  if (is_new) {
    told->hash = hash;
    told->wait = 0;
    told->began = told->due = now;
    begin(&told->notice, request, refusal, exe);
  }
  told->last = now;
  if (!is_new || !tell(told, now)) count_one(told, now);
  pthread_mutex_unlock(&lock);
  return is_new || is_crowd;
}

void refusals_tell_counts(int is_end) {
  pthread_mutex_lock(&lock);
  time_t now = seconds();
  are_counted = 0;
  for (struct told *told = all; told < &all[EACH + CROWDS]; told++) {
    if (told->count > 0 && (is_end || told->due <= now)) tell(told, now);
    are_counted |= told->count > 0;
  }
  pthread_mutex_unlock(&lock);
}

static void *run(void *nothing) {
  (void)nothing;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (!are_counted) pthread_cond_wait(&is_counted, &lock);
    pthread_mutex_unlock(&lock);
    nanosleep(&(struct timespec){1, 0}, NULL);
    refusals_tell_counts(0);
  }
  return NULL;
}

void refusals_start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) die("a thread cannot be started");
}
