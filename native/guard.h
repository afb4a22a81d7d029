/*
 * The kernel guard: starts the agent under a seccomp filter, receives what the kernel holds back for it, asks the
 * session's evaluator, and acts itself wherever acting is the only way without a race. It never parses policy.
 * Any failure is a denial.
 */
#ifndef PATCHWORK_GUARD_H
#define PATCHWORK_GUARD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "kernel.h"

enum {
  WORKERS = 4,
  ANSWER_TIME_MS = 15000,
  PATIENCE_MS = 250, /* with an evaluator that was waited for as long already */
  REAL_SIZE = PATH_MAX + 64,
  STANDING_AGENT = 0,
};
/* What a standing is added to as a limit of a process; src/evaluator/lineage.ts reads it as well. */
#define STANDING_MARK ((rlim_t)1 << 40)
/* The same for the sandbox of its own, below it: the soft limit. */
#define DOMAIN_MARK ((rlim_t)1 << 39)

/* What is known of the session; written before the first worker starts, read-only afterwards. */
struct session {
  int listener;              /* the notification descriptor */
  pid_t guard, agent, owner; /* owner: the session's own process, our parent */
  const char *socket_path;   /* the evaluator's */
  char runtime[REAL_SIZE];   /* the folder it lies in, links followed */
  dev_t launcher_device;     /* the shims: they ask for themselves */
  ino_t launcher_inode;
  dev_t proc_device;
  int is_apart;              /* our own signals reach nobody but the tree */
  int is_scoped;             /* Landlock keeps signals and abstract sockets inside */
  int may_change_ids;        /* the agent has capabilities: its processes may become somebody else */
};
extern struct session session;

/* ---- process.c: what is known of the threads of the tree ---- */
struct credentials {
  uid_t euid, fsuid;
  gid_t egid, fsgid;
  uint64_t effective;
  size_t group_count;
  gid_t groups[64];
};
struct process {
  pid_t tid, tgid;
  pid_t parent;  /* when it was first seen */
  int folder;    /* /proc/TID, which stays that thread's and no other's */
  int pidfd;     /* of a thread that leads its process; -1 for the others */
  /* Written under the lock of process.c, read by whoever holds an entry. */
  atomic_int standing;  /* who covers it: STANDING_AGENT, or a number that the evaluator gave */
  atomic_int domain;    /* the sandbox that it built around itself (domains.c); 0 for none */
  int is_inside;
  atomic_int is_loader; /* it runs a dynamic loader, which loads a program by opening it */
  atomic_int is_threaded; /* it has made threads, or had some when they were counted: at its first call */
  atomic_int is_counted;
  atomic_int is_shared; /* its memory is not its own, as far as is known (still.c) */
  atomic_int pagemap;   /* of its memory, for still.c; -1 before it is needed */
  atomic_int memory;    /* the same, for notify.c */
  atomic_int past[2];   /* those of its last program, while somebody may use them */
  atomic_int reads;     /* plain ones of its program, as far as that matters */
  int is_opening; /* a read was let go on, and may be under way (walk.c) */
  atomic_int is_seized;  /* interrupted in that */
  int users;
  struct process *next;
  uint64_t used;
};
void process_limit(unsigned long descriptors);
struct process *process_acquire(pid_t tid);
void process_release(struct process *process);
/* The same, of a process whose call was received. */
struct process *process_arrive(pid_t tid);
/* It begins a new program. `memory`: /proc/PID/mem, which is its entry's from now on; -1 when that cannot be opened. */
void process_renew(pid_t tgid, int memory);
/* For a call that reads much of it. */
void process_open_memory(struct process *process);
void process_set_threaded(pid_t tgid);
void process_let_open(struct process *process);
void process_end_opening(pid_t tid);
int process_seize_opening(pid_t tid);
size_t process_all_opening(pid_t *pids, size_t most);
void process_set_standing(pid_t tgid, int standing);
/* For good, and for all that it starts: when its new program begins. */
void process_mark(pid_t pid, int standing, int domain);
void process_set_domain(pid_t tgid, int domain);
/* As it is written on it; 0 for none. */
int process_domain(pid_t pid);
void process_set_loader(pid_t tgid, int is_loader);
int process_is_inside(pid_t pid);
/* A signal that it would take now (aside.c). */
int process_has_signal(const struct process *process);
/* ---- process-facts.c ---- */
/* Parent and thread group: 0, or -1 when it is gone. `pidfd`: of a thread that leads its process, or -1. */
int process_family(int folder, int pidfd, pid_t *tgid, pid_t *parent);
int process_umask(const struct process *process, mode_t *mask);
/* No descriptor is left for it. 0 where the limit is so high that nobody reaches it, and before Linux 6.2, which does not count them. */
int process_is_full(const struct process *process);
int process_credentials(const struct process *process, struct credentials *credentials);
/* Every process of the tree; calls back with its pid, returns how many there are. */
int process_each(void (*visit)(pid_t pid, void *context), void *context);

/* ---- wire.c: the evaluator ---- */
struct text {
  char *bytes;
  size_t length, capacity;
};
void text_reset(struct text *text);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_json(struct text *text, const char *value, size_t length);
void text_free(struct text *text);

/* ---- settled.c: reads that no rule can deny ---- */
struct settled {
  char **folders, **literals;
  size_t folder_count, literal_count, *folder_lengths;
  uint8_t pairs[64];
};
void settled_prepare(struct settled *settled);
int is_settled(const struct settled *settled, const char *requested, const char *base, const char *real);
int is_write_settled(const struct settled *settled, const char *requested, const char *base, const char *real);
/* Reads of the agent, of what is covered; what is made, written and removed. */
enum { SETTLED_AGENT, SETTLED_COVERED, SETTLED_WRITES, SETTLED_WALL /* its folders alone, for wall.c */, SETTLED_OWN /* the same: the session's temporary folder */, SETTLED_KINDS };
extern struct settled settled[SETTLED_KINDS];

struct answer {
  int is_allowed;
  int is_relayed; /* allowed, by way of the relay */
  int standing; /* -1 when the answer names none */
  int is_loader;
  int is_plain; /* the program may start with any words */
  int may_repeat; /* connections like it, for a moment */
  char message[8192];
};
int evaluator_greet(const char *path, const char *token);
int evaluator_admits(int fd, int wants_settled);
/* A connection for one question at a time. */
struct evaluator {
  int fd;
  int is_due;       /* the last question was not answered in time */
  struct text rest; /* what of it did not go out */
};
void evaluator_say_left(struct evaluator *evaluator, int count);
/* 0 when an answer came; otherwise `answer` is a denial that says what failed. */
int evaluator_ask(struct evaluator *evaluator, const struct text *question, struct answer *answer);
/* The same for a question that was sent. */
int evaluator_hear(struct evaluator *evaluator, struct answer *answer);
/* How much of it went out: all, unless the other end is gone or takes no more for ANSWER_TIME_MS (with MSG_DONTWAIT: now). */
size_t send_most(int fd, const char *bytes, size_t length, int flags);
/* `settled`: SETTLED_KINDS of them, or NULL where no such answer is expected. */
int answer_parse(const char *line, size_t length, struct answer *answer, struct settled *settled);

/* ---- notices.c: what ran, on a connection of its own ---- */
void notices_greet(const char *path, const char *token);
int notices_are_admitted(void);
void notices_start(void);
int notice_add(const struct text *notice);
/* 0 when the evaluator does not take them. */
int notices_flush(void);
/* Of what is about to pass: who and where from its `op` on; what else the evaluator is to hear; the path of a request. */
/* The same of one text: its first `facts` bytes are written down where that is wanted, and all of it is told. */
int notice_pass_split(const struct text *notice, size_t facts);
int notice_pass(const struct text *facts, const struct text *more, const char *path, size_t length);
/* What is left, and then the last word; nothing is taken any more. */
void notices_end(int left);

/* ---- ahead.c: what is written down before it passes; only for notices.c ---- */
void ahead_open(const char *path);
int ahead_is_wanted(void);
int ahead_holds(void);
unsigned long ahead_write(const struct text *facts, const char *path, size_t length);
int ahead_take(void);
void ahead_give(int half, int is_recorded);

/* ---- notify.c: one notification in the hands of a worker ---- */
struct worker {
  struct evaluator evaluator;
  int is_leading;        /* it receives; the others wait for it to step down */
  int is_somebody_else;
  int is_wholly;         /* not only where files are concerned */
  struct text question;
  struct answer answer;
  struct credentials own, as; /* as: whom it acts as */
};
struct request {
  const struct seccomp_notif *notification;
  const uint64_t *args;
  uint64_t id;
  int number;
  struct process *process;
  struct worker *worker;
  int is_answered;
  int taken; /* a descriptor of the caller's that is closed before the answer, by which he may think it gone; 0 for none */
};
void reply_value(struct request *request, int64_t value);
void reply_error(struct request *request, int error);
void reply_continue(struct request *request);
/* Hands a copy of `fd` over as the result, and closes it. */
void reply_descriptor(struct request *request, int fd, int is_cloexec);
int request_is_valid(const struct request *request);
ssize_t read_some(const struct request *request, uint64_t address, void *buffer, size_t size);
/* The whole of it or nothing; -errno. */
int read_memory(const struct request *request, uint64_t address, void *buffer, size_t size);
int write_memory(const struct request *request, uint64_t address, const void *buffer, size_t size);
/* A string with its end; -EFAULT, or -ENAMETOOLONG when `size` bytes hold no end. */
int read_string(const struct request *request, uint64_t address, char *buffer, size_t size);
/* A copy of the target's own descriptor; -errno. */
int take_descriptor(const struct request *request, int fd);
/* Before anything that may take long: another worker receives meanwhile. */
void worker_step_down(struct worker *worker);
void worker_step_down_unless_local(struct worker *worker, int fd);
/* 0, or -EPERM when its credentials cannot be read or taken on: then nothing may be done for it. */
int worker_become(struct worker *worker, const struct process *process);
/* For one call that goes by more than that; 0, or -EPERM. */
int worker_become_wholly(struct worker *worker, const struct process *process);
void worker_restore(struct worker *worker);
/* For a moment with the guard's own rights, and back. */
int worker_step_out(struct worker *worker);
void worker_step_in(struct worker *worker, int was_somebody_else);
/* Another thread acts as that one does. 0, or -1 with errno. */
int worker_resemble(const struct worker *worker);
void *worker_run(void *worker);
typedef void handler(struct request *request);
handler *handler_for(int number);
/* It steps down by itself, where it has to wait. */
int is_quick(int number);
/* Runs `handler` for the request in a thread of its own, for calls that may wait for ever. */
void run_aside(struct request *request, handler *aside, void *context);
void *request_context(void);
void let_interrupt(int is_on);
/* The kernel restarts the call or ends it with EINTR, as the caller's signal handler wants it (signal(7)). */
#define RESTART 512
/* Wakes a thread that waits. */
#define WAKE (SIGRTMAX - 1)

/* ---- near.c: guard and caller on one processor ---- */
struct near {
  cpu_set_t theirs;
  pid_t tid;
  int is_kept;
  uint64_t began;
};
void near_learn(void);
void near_take_short_turns(void);
/* The caller must not run on its own between these two: what it starts would stay as narrow. */
void near_begin(struct near *near, pid_t tid);
void near_end(const struct near *near);

/* ---- still.c: whether what a process hands to the kernel stays as it is while it is held ---- */
void still_never(void);
void still_note_device(dev_t device);
int still_has_own_memory(pid_t pid, pid_t parent);
int still_has_one_thread(int folder);
int still_is_alone(const struct process *process);
int still_is_worth_it(struct process *process);
int still_is(struct process *process, uint64_t address);
uint64_t still_page(void);

/* ---- walk.c: paths that the kernel walks after they were judged, and changes that would lead it elsewhere ---- */
void walk_prepare(void);
int walk_try_begin(void);
void walk_begin(void);
int walk_begin_change(void);
void walk_end(void);
/* Around whatever gives a file another name. */
void walk_rename_begin(void);
void walk_rename_end(void);
/* Whether a name may have been given in between. */
struct names {
  unsigned long changes;
  int is_quiet;
};
struct names names_look(void);
int names_are_same(const struct names *since);
/* Links of the root folder (/lib, /bin): by what they stand for. */
void walk_learn_links(void);
void walk_forget_links(void);
int walk_follow_link(char *path, size_t size);

/* ---- domains.c: sandboxes of the tree's own ---- */
/* syscall(2) for the caller of the request, in its own sandbox where it has one; from `folder` then, unless that is -1. */
long act_for(const struct request *request, int folder, long number, long a, long b, long c, long d, long e);

/* ---- path.c: what a path is, as the kernel would see it from that process ---- */
struct object {
  int fd; /* O_PATH */
  struct stat stat;
  char real[REAL_SIZE];
};
struct place {
  int fd; /* O_PATH on the folder */
  char name[NAME_MAX + 2]; /* the last component, with its slash if one stood behind it */
  char real[REAL_SIZE + NAME_MAX + 2];
  int is_odd; /* `.`, `..` or nothing: the kernel has an errno of its own for each call */
};
struct base {
  int fd;
  char real[REAL_SIZE];
};
/* Where a relative path starts. For an absolute one fd is AT_FDCWD. */
/* Every component a plain name; a slash behind the last one says only that it is a folder. */
int is_plain_path(const char *path);
int base_open(const struct request *request, int dirfd, const char *path, struct base *base);
void base_close(struct base *base);
int resolve_object(const struct request *request, const struct base *base, const char *path, int is_nofollow, struct object *object);
int is_missing(const struct base *base, const char *path);
int resolve_place(const struct request *request, const struct base *base, const char *path, struct place *place);
void object_close(struct object *object);
void place_close(struct place *place);
int real_path_of(int fd, char *real);
int deep_path_of(int fd, char *real);
/* `/proc/PID` is the process's own: as it calls itself. -EACCES when it belongs to somebody outside. */
int proc_rule(const struct request *request, char *real, int is_write);

/* ---- elsewhere.c: /proc, /sys and the like that are mounted a second time ---- */
/* What is mounted by now. Only the main thread looks. */
void elsewhere_look(void);
int is_mounted_again(const char *path);
/* A real path that lies in such a place gets the name that it has in the usual one. 0, or -ENAMETOOLONG. */
int name_as_usual(char *real);

/* ---- outside.c ---- */
/* -EACCES, after the reason was told. */
int refuse_outside(const struct request *request, pid_t owner, const char *real, int is_write);

/* ---- memory.c: what was allowed ---- */
struct key {
  uint64_t high, low;
};
struct key key_make(const char *text, size_t length);
int key_is_known(struct key key);
void key_remember(struct key key);

/* ---- judge.c ---- */
/* Removing a name (UNLINK) takes nothing else with it: it is no folder, or an empty one. */
enum action { ACTION_READ, ACTION_WRITE, ACTION_CREATE, ACTION_DELETE, ACTION_UNLINK };
/* 0, or -EACCES after the reason was told. */
int judge_file(struct request *request, enum action action, const char *requested, const char *base, const char *real);
/* The folder `from` gets that path, with all that lies in it. */
int judge_folder(struct request *request, const char *requested, const char *base, const char *real, const char *from);
/* A read that needs no question: settled, or allowed before. */
int is_read_known(const struct process *process, const char *requested, const char *base, const char *real);
/* A read whose path leads through no link: `base` and `requested` joined are `real`. */
int judge_plain_read(struct request *request, const char *requested, const char *base, const char *real);
/* `transport` of an address: "tcp", "tcp-unheard" where nobody listens, "udp"; NULL for a Unix socket. */
int judge_host(struct request *request, const char *host, int port, const char *transport);
void explain(const struct request *request, const char *message);
/* Refusals that no policy opens: said once to each process, and told to the evaluator. */
void explain_rule(const struct request *request, const char *what, const char *why);
void explain_file_rule(const struct request *request, int is_write, const char *real, const char *what, const char *why);

/* ---- told.c ---- */
struct refusal {
  const char *action, *call, *real, *what, *why;
};
void refusals_start(void);
/* 0 when the process has heard of it. */
int refusal_tell(const struct request *request, const struct refusal *refusal);
/* At the end all of them, whether it is time or not. */
void refusals_tell_counts(int is_end);

/* ---- refused.c ---- */
const char *call_name(int number);
/* An exec failed: where that is for rights that nobody inside has, it says so. */
void explain_rights(const struct request *request, int program);

/* ---- files-open.c: what the forms of open(2) have in common ---- */
struct opening {
  int dirfd;
  char path[PATH_MAX];
  int flags;
  mode_t mode;
};
void open_judged(struct request *request, uint64_t path, struct opening *opening);
/* Opens what is judged already. */
void open_object(struct request *request, struct object *object, int flags);
/* Makes a file that is not there yet, with the caller's umask; the descriptor, or -errno. */
int create_at(const struct request *request, int folder, const char *name, const struct opening *opening);
int check_flags(const struct open_request *how, size_t size);

/* ---- handlers: files-open.c files-openat2.c files-change.c files-attributes.c exec.c sockets.c processes.c queues.c ---- */
handler on_open, on_openat, on_openat2, on_creat;
handler on_unlink, on_unlinkat, on_rmdir, on_rename, on_renameat, on_renameat2, on_link, on_linkat, on_symlink, on_symlinkat;
handler on_mkdir, on_mkdirat, on_mknod, on_mknodat, on_truncate;
handler on_chmod, on_fchmod, on_fchmodat, on_fchmodat2, on_chown, on_lchown, on_fchown, on_fchownat;
handler on_utime, on_utimes, on_futimesat, on_utimensat;
handler on_setxattr, on_lsetxattr, on_fsetxattr, on_removexattr, on_lremovexattr, on_fremovexattr;
handler on_execve, on_execveat;
handler on_connect, on_bind, on_listen, on_sendto, on_sendmsg, on_sendmmsg, on_recvfrom, on_getpeername, on_socket_error, on_set_device, on_join;
/* sockets-group.c: setsockopt(2) that tells others of a group */
int is_join(int level, int name);
handler on_kill, on_signal_thread, on_pidfd_signal, on_pid_first, on_pid_second, on_prlimit, on_getrlimit, on_setrlimit, on_process_memory, on_ptrace, on_new_ids, on_clone, on_io_setup;
handler on_msgget, on_semget, on_shmget, on_queue, on_semaphore, on_shmat, on_msgctl, on_semctl, on_shmctl;
handler on_refused, on_unshare, on_restrict_self, on_clone_flags, on_ioctl, on_socket;

/* A session socket that a process of the session listens on. */
void sockets_remember(dev_t device, ino_t inode);

/* ---- elf.c ---- */
void elf_learn_loaders(void);
int elf_is_loader(const struct stat *stats);
/* All of them are where they were, and what they were. */
int elf_are_loaders_there(void);
int elf_interpreter(int fd, char *name, size_t size);
int elf_is_only(pid_t pid, const struct stat *program, const struct stat *interpreter);

/* ---- disks.c ---- */
int keeps_times(int fd);
int is_disk_local(int fd);

/* ---- closed.c ---- */
void closed_learn(void);
/* Closed to everybody, whoever asks by what name; the reason was told. */
int is_closed(struct request *request, const struct stat *stats, int is_write, const char *real);

/* ---- devices.c ---- */
int is_device_closed(const struct request *request, dev_t device, int is_write, const char *real);

/* ---- terminals.c ---- */
/* Consoles, serial lines and pseudo-terminals: somebody may work there. */
int is_terminal(unsigned device_major);
/* The terminal is that of somebody outside of the session, and nothing that the process was given. */
int is_others_terminal(const struct request *request, dev_t device);

/* ---- filter.c, agent.c ---- */
int filter_install(int has_scopes, int may_change_ids);
int landlock_scope(void);
/* ---- wall.c ---- */
enum { WALL_ABI = 3 };
int wall_build(char *const *folders, size_t count);
pid_t agent_start(char *const argv[], const char *file, char *const envp[], const sigset_t *mask);
int agent_release(void);
int probe(void);
/* ---- peers.c ---- */
int tell_peers(int count, char *const numbers[]);

/* ---- supervise.c ---- */
int supervise(const sigset_t *signals);
void agent_ended(pid_t pid, int status);
/*
 * Traces it no more. One that is being killed stands still no more, and cannot be let go of: it is waited for, because its
 * parent, which waits for it too, is told only when we were. Called by the thread that traces it.
 */
void let_go(pid_t tid, int signal);
void end_tree_and_exit(void) __attribute__((noreturn));

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
