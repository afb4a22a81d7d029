/*
 * Handing a descriptor over wakes the caller and then us, each on whatever processor is idle at that moment; coming out of
 * idleness there can take longer than all the rest of a call (45 of 50 microseconds in a virtual machine). Then both
 * had better stay on the processor where the caller was put to sleep, which is where its call woke us. On a machine
 * that is busy nobody moves anyway, and keeping them there only costs. So both ways are timed, and the quicker one taken.
 */
#include "guard.h"
#include <stdatomic.h>
#include <time.h>

enum { SAMPLE_EVERY = 64, LONGEST_NS = 2000000 };

static cpu_set_t all;
static int count;
/* Nanoseconds that it took of late: left alone, kept near. */
static _Atomic uint32_t took[2];
static _Atomic uint32_t turn;

void near_learn(void) {
  if (sched_getaffinity(0, sizeof all, &all) == 0) count = CPU_COUNT(&all);
}

/*
 * Somebody waits for whatever we do, and we do little at a time: of those who want the processor the one with the shorter turn
 * goes first, and is not put aside for the caller that it has just woken (sched_setattr(2); Linux 6.12, before that
 * nothing changes).
 */
void near_take_short_turns(void) {
  enum { SHORTEST_NS = 100000 };
  struct scheduling own = {.size = sizeof own};
  if (syscall(__NR_sched_getattr, 0, &own, sizeof own, 0) < 0) return;
  own.flags = 0;
  own.runtime = SHORTEST_NS;
  syscall(__NR_sched_setattr, 0, &own, 0);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

/* The caller sleeps in its call until near_end, so nothing it starts can inherit the narrower set. */
static int keep(struct near *near) {
  int cpu = sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(near->tid, sizeof near->theirs, &near->theirs) < 0) return 0;
  if (!CPU_ISSET(cpu, &near->theirs) || CPU_COUNT(&near->theirs) == 1) return 0;
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(cpu, &here);
  if (sched_setaffinity(near->tid, sizeof here, &here) < 0) return 0;
  sched_setaffinity(0, sizeof here, &here);
  return 1;
}

void near_begin(struct near *near, pid_t tid) {
  int is_better = took[1] < took[0];
  if (atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % SAMPLE_EVERY == 0) is_better = !is_better;
  near->tid = tid;
  near->began = now();
  near->is_kept = count > 1 && is_better && keep(near);
}

void near_end(const struct near *near) {
  if (near->is_kept) {
    cpu_set_t every;
    memset(&every, 0xff, sizeof every);
    /* Whoever was free to run anywhere shall follow his control group when that grows. */
    sched_setaffinity(near->tid, sizeof every, CPU_EQUAL(&near->theirs, &all) ? &every : &near->theirs);
    sched_setaffinity(0, sizeof every, &every);
  }
  uint64_t took_now = now() - near->began;
  if (took_now > LONGEST_NS) took_now = LONGEST_NS;
  _Atomic uint32_t *average = &took[near->is_kept];
  *average = (uint32_t)((*average * 15ULL + took_now) / 16);
}
