/* Settled in C, remembered, or asked: what becomes of an action whose facts are known. */
#include "guard.h"
#include <time.h>

static struct key key_of(int standing, enum action action, const char *requested, const char *base, const char *real) {
  char text[4 * REAL_SIZE];
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  /* A change is asked anew after a while: its record tells more than that of a read. Devices are not recorded at all. */
  long period = action == ACTION_READ || strcmp(real, "/dev/null") == 0 ? 0 : time.tv_sec / 4;
  int length = snprintf(text, sizeof text, "%d %d %ld %s%c%s%c%s", standing, action, period, requested[0] == '/' ? "" : base, 0, requested, 0, real);
  return key_make(text, length < 0 || length >= (int)sizeof text ? 0 : (size_t)length);
}

static int ask(struct request *request, const struct text *question) {
  struct worker *worker = request->worker;
  worker_step_down(worker);
  /* A thread aside has no connection: what it does was judged before. */
  if (worker->evaluator.fd <= 0) return -EACCES;
  evaluator_ask(&worker->evaluator, question, &worker->answer);
  if (worker->answer.standing >= 0 && worker->answer.standing != request->process->standing) process_set_standing(request->process->tgid, worker->answer.standing);
  if (worker->answer.is_allowed) return 0;
  explain(request, worker->answer.message);
  return -EACCES;
}

static void begin(struct request *request, struct text *question, const char *action) {
  text_reset(question);
  text_add(question, "{\"v\":1,\"id\":1,\"op\":\"ask\",\"pep\":\"guard\",\"pid\":%d,\"action\":\"%s\"", request->process->tgid, action);
}

static void add_field(struct text *question, const char *name, const char *value) {
  text_add(question, ",\"%s\":", name);
  text_add_json(question, value, strlen(value));
}

static int ask_file(struct request *request, const char *action, const char *requested, const char *base, const char *real) {
  struct text *question = &request->worker->question;
  begin(request, question, action);
  add_field(question, "path", requested);
  add_field(question, "cwd", base);
  add_field(question, "real", real);
  text_add(question, ",\"standing\":%d%s}\n", request->process->standing, request->process->is_loader && strcmp(action, "file_read") == 0 ? ",\"loader\":true" : "");
  return ask(request, question);
}

int is_read_known(const struct process *process, const char *requested, const char *base, const char *real) {
  int is_covered = process->standing != STANDING_AGENT;
  return !process->is_loader && (is_settled(&settled[is_covered ? SETTLED_COVERED : SETTLED_AGENT], requested, base, real) || key_is_known(key_of(is_covered, ACTION_READ, requested, base, real)));
}

/* Settled and remembered by the real path alone: base and requested spell the same. */
int judge_plain_read(struct request *request, const char *requested, const char *base, const char *real) {
  if (request->process->is_loader) return judge_file(request, ACTION_READ, requested, base, real);
  if (is_read_known(request->process, real, "/", real)) return 0;
  int is_covered = request->process->standing != STANDING_AGENT;
  struct key key = key_of(is_covered, ACTION_READ, real, "/", real);
  int result = ask_file(request, "file_read", requested, base, real);
  if (result == 0 && is_covered == (request->process->standing != STANDING_AGENT)) key_remember(key);
  return result;
}

static int is_removal(enum action action) { return action == ACTION_DELETE || action == ACTION_UNLINK; }

/* What no rule can deny, and need not be recorded first: the evaluator is told. 0 when it has to be asked. */
static int do_unasked(struct request *request, enum action action, const char *requested, const char *base, const char *real) {
  static const char *const NAMES[] = {[ACTION_WRITE] = "file_edit", [ACTION_CREATE] = "file_create", [ACTION_UNLINK] = "file_delete"};
  /* Where that is to be on record first, the agent itself needs a rule. */
  if (ahead_is_wanted() && request->process->standing == STANDING_AGENT) return 0;
  if (action == ACTION_DELETE || !is_write_settled(&settled[SETTLED_WRITES], requested, base, real) || !request_is_valid(request)) return 0;
  /* What was made a moment ago gets its content, times and rights: all that is its making. */
  if (action == ACTION_WRITE && key_is_known(key_of(request->process->standing, ACTION_CREATE, requested, base, real))) return 1;
  char exe[PATH_MAX];
  ssize_t length = readlinkat(request->process->folder, "exe", exe, sizeof exe - 1);
  exe[length < 0 ? 0 : length] = '\0';
  struct text *notice = &request->worker->question;
  text_reset(notice);
  text_add(notice, ",\"op\":\"did\",\"pid\":%d,\"action\":\"%s\",\"standing\":%d", request->process->tgid, NAMES[action], request->process->standing);
  add_field(notice, "real", real);
  size_t written_down = notice->length;
  add_field(notice, "path", requested);
  add_field(notice, "cwd", base);
  add_field(notice, "exe", exe);
  return notice_pass_split(notice, written_down);
}

int judge_file(struct request *request, enum action action, const char *requested, const char *base, const char *real) {
  static const char *const NAMES[] = {[ACTION_READ] = "file_read", [ACTION_WRITE] = "file_write", [ACTION_CREATE] = "file_write", [ACTION_DELETE] = "file_delete", [ACTION_UNLINK] = "file_delete"};
  int standing = request->process->standing;
  /* What a loader reads, it runs: that is more than a read, and nothing that was remembered for one. */
  int is_load = action == ACTION_READ && request->process->is_loader;
  if (action == ACTION_READ && !is_load && is_settled(&settled[standing != STANDING_AGENT ? SETTLED_COVERED : SETTLED_AGENT], requested, base, real)) return 0;
  /* Who covers a reader makes no difference to whether it may; a change is recorded with the command that covers it. */
  struct key key = key_of(action == ACTION_READ ? standing != STANDING_AGENT : standing, action, requested, base, real);
  if (!is_load && key_is_known(key)) return 0;
  if (action != ACTION_READ && do_unasked(request, action, requested, base, real)) {
    if (!is_removal(action)) key_remember(key);
    return 0;
  }
  int result = ask_file(request, NAMES[action], requested, base, real);
  if (result == 0 && !is_removal(action) && !is_load && request->process->standing == standing) key_remember(key);
  return result;
}

int judge_folder(struct request *request, const char *requested, const char *base, const char *real, const char *from) {
  struct text *question = &request->worker->question;
  begin(request, question, "file_write");
  add_field(question, "path", requested);
  add_field(question, "cwd", base);
  add_field(question, "real", real);
  add_field(question, "from", from);
  text_add(question, ",\"standing\":%d}\n", request->process->standing);
  return ask(request, question);
}

int judge_host(struct request *request, const char *host, int port, const char *transport) {
  struct text *question = &request->worker->question;
  begin(request, question, "network_request");
  add_field(question, "host", host);
  if (transport != NULL) add_field(question, "transport", transport);
  text_add(question, ",\"standing\":%d,\"port\":%d}\n", request->process->standing, port);
  return ask(request, question);
}
