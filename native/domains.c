/*
 * Sandboxes of the tree's own (landlock(7)). A program that restricts itself is restricted by the kernel, but what the guard opens,
 * makes and removes for it is done by the guard. So a thread of the guard takes the same rules on, just before the program does, and
 * from then on threads that descend from it do the last call of whatever is done for a process of that domain. A process belongs to one
 * as a whole, and so does all that it starts: the kernel lets a thread restrict itself alone, which nobody does who has more of them.
 */
#include "guard.h"
#include <semaphore.h>
#include <sys/prctl.h>

enum { DOMAINS = 128, STACK_SIZE = 256 * 1024 };

struct act {
  const struct worker *worker;
  long number, arguments[5], result;
  int error, folder, is_started;
  mode_t mask;
  pthread_t thread;
  sem_t done;
};

/* A domain: its keeper waits for what is to be done. */
struct domain {
  int number; /* 0 where there is none */
  int ruleset, error;
  sem_t ready, wanted;
  struct act *act;      /* what is to be done, */
  struct domain *child; /* or the domain that is to be built in it; neither: the end */
  int is_used;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct domain domains[DOMAINS];
static int last_number;

static int start(pthread_t *thread, void *(*run)(void *), void *context) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  int error = pthread_create(thread, &attributes, run, context);
  pthread_attr_destroy(&attributes);
  return -error;
}

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) < 0) {}
}

static void *do_act(void *context) {
  struct act *act = context;
  const long *a = act->arguments;
  act->result = -1;
  /* A umask and a folder of its own, and whom the worker acts as. */
  if (unshare(CLONE_FS) < 0 || (act->folder >= 0 && fchdir(act->folder) < 0) || worker_resemble(act->worker) < 0) act->error = errno;
  else {
    umask(act->mask);
    let_interrupt(1);
    act->result = syscall(act->number, a[0], a[1], a[2], a[3], a[4]);
    act->error = errno;
    let_interrupt(0);
  }
  sem_post(&act->done);
  return NULL;
}

static void *keep(void *context);

static void build_child(struct domain *child) {
  pthread_t thread;
  int error = start(&thread, keep, child);
  if (error == 0) pthread_detach(thread);
  else child->error = error, sem_post(&child->ready);
}

static void *keep(void *context) {
  struct domain *domain = context;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (unshare(CLONE_FS) < 0 || syscall(__NR_landlock_restrict_self, domain->ruleset, 0) < 0) domain->error = -errno;
  int is_over = domain->error < 0;
  while (!is_over) {
    sem_post(&domain->ready);
    wait_for(&domain->wanted);
    struct act *act = domain->act;
    struct domain *child = domain->child;
    domain->act = NULL, domain->child = NULL;
    is_over = act == NULL && child == NULL;
    if (act != NULL) act->is_started = start(&act->thread, do_act, act) == 0;
    if (child != NULL) build_child(child);
  }
  /* The last that is looked at: the place may be another's from here on. */
  sem_post(&domain->ready);
  return NULL;
}

static struct domain *find(int number) {
  for (size_t i = 0; i < DOMAINS; i++) if (number > 0 && domains[i].number == number) return &domains[i];
  return NULL;
}

/* Waits until the keeper has seen to it: neither is its end. */
static void hand(struct domain *domain, struct act *act, struct domain *child) {
  domain->act = act, domain->child = child;
  sem_post(&domain->wanted);
  wait_for(&domain->ready);
}

static void note_use(pid_t pid, void *context) {
  (void)context;
  struct domain *domain = find(process_domain(pid));
  if (domain != NULL) domain->is_used = 1;
}

/* A place for a new one in `outer`: those that nobody belongs to any more end, but not that one, whose process may just have died. NULL when all are in use. */
static struct domain *make_place(struct domain *outer) {
  for (int tries = 0; tries < 2; tries++) {
    for (size_t i = 0; i < DOMAINS; i++) if (domains[i].number == 0) return &domains[i];
    for (size_t i = 0; i < DOMAINS; i++) domains[i].is_used = 0;
    process_each(note_use, NULL);
    if (outer != NULL) outer->is_used = 1;
    for (size_t i = 0; i < DOMAINS; i++) {
      if (domains[i].number == 0 || domains[i].is_used) continue;
      hand(&domains[i], NULL, NULL);
      domains[i].number = 0;
    }
  }
  return NULL;
}

/* One in `parent`, or in none. Its number, or -errno: the kernel's own, of a descriptor that is no ruleset and the like. */
static int build(int parent, int ruleset) {
  struct domain *outer = find(parent);
  if (parent > 0 && outer == NULL) return -EPERM;
  struct domain *domain = make_place(outer);
  if (domain == NULL) return -E2BIG;
  *domain = (struct domain){.ruleset = ruleset};
  sem_init(&domain->ready, 0, 0);
  sem_init(&domain->wanted, 0, 0);
  if (outer == NULL) build_child(domain);
  else hand(outer, NULL, domain);
  wait_for(&domain->ready);
  if (domain->error == 0) domain->number = ++last_number;
  return domain->error < 0 ? domain->error : domain->number;
}

void on_restrict_self(struct request *request) {
  int ruleset = take_descriptor(request, (int)request->args[0]);
  /* Without a ruleset there are no rules: it is about what is logged, or the kernel says what is wrong. */
  if (ruleset == -EBADF) return reply_continue(request);
  if (ruleset < 0) return reply_error(request, ruleset);
  pthread_mutex_lock(&lock);
  /* Keepers have the guard's own rights; who acts takes others on. */
  int was_somebody_else = worker_step_out(request->worker);
  int number = build(request->process->domain, ruleset);
  if (number > 0) process_set_domain(request->process->tgid, number);
  worker_step_in(request->worker, was_somebody_else);
  pthread_mutex_unlock(&lock);
  close(ruleset);
  if (number < 0) reply_error(request, number);
  else reply_continue(request);
}

static long act_inside(const struct request *request, int folder, long number, const long arguments[5]) {
  struct act act = {.worker = request->worker, .number = number, .folder = folder, .mask = umask(0)};
  umask(act.mask);
  memcpy(act.arguments, arguments, sizeof act.arguments);
  sem_init(&act.done, 0, 0);
  pthread_mutex_lock(&lock);
  struct domain *domain = find(request->process->domain);
  if (domain != NULL) hand(domain, &act, NULL);
  pthread_mutex_unlock(&lock);
  if (!act.is_started) return errno = domain == NULL ? EACCES : EAGAIN, -1;
  /* What interrupts us is meant for it. */
  while (sem_wait(&act.done) < 0) pthread_kill(act.thread, WAKE);
  pthread_join(act.thread, NULL);
  return errno = act.error, act.result;
}

long act_for(const struct request *request, int folder, long number, long a, long b, long c, long d, long e) {
  if (request->process->domain == 0) return syscall(number, a, b, c, d, e);
  return act_inside(request, folder, number, (const long[]){a, b, c, d, e});
}
