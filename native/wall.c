/*
 * Under fail-closed nothing is written outside of these folders, whatever else goes wrong: Landlock says so to the guard as well
 * (landlock(7)), so that no call that is made here for somebody gets past it. Reads, and what is written inside, are judged.
 * And under every policy no signal of the guard's reaches anybody but the tree, so that all of it can be ended at once.
 */
#include "guard.h"
#include <signal.h>

/* linux/landlock.h, ABI 1 to WALL_ABI: write, remove, make; moving between folders; truncate. */
#define WRITES (1ULL << 1 | 1ULL << 4 | 1ULL << 5 | 1ULL << 6 | 1ULL << 7 | 1ULL << 8 | 1ULL << 9 | 1ULL << 10 | 1ULL << 11 | 1ULL << 12 | 1ULL << 13 | 1ULL << 14)

struct beneath {
  __u64 allowed_access;
  __s32 parent_fd;
} __attribute__((packed));
enum { RULE_PATH_BENEATH = 1 };

static int open_up(int ruleset, const char *folder) {
  struct beneath rule = {.allowed_access = WRITES, .parent_fd = open(folder, O_PATH | O_CLOEXEC)};
  /* What is not there by now is not written to. */
  if (rule.parent_fd < 0) return 0;
  int error = syscall(NR_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
  close(rule.parent_fd);
  return error == -EINVAL ? 0 : error; /* A file: it has no folders to make. */
}

/* Nobody that the kernel would let us signal is left but the tree: tried with the session, which is of the same user. */
static int is_apart(void) { return kill(session.owner, 0) < 0 && errno == EPERM; }

/* Before any thread is there: each has a domain of its own. 1 when it stands, 0 where the kernel has no Landlock, or -errno. */
int wall_build(char *const *folders, size_t count) {
  long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  int has_scopes = abi >= LANDLOCK_SCOPE_ABI;
  struct landlock_scopes attributes = {.handled_access_fs = count > 0 ? WRITES : 0, .scoped = has_scopes ? LANDLOCK_SCOPE_SIGNALS : 0};
  if (abi < WALL_ABI || (count == 0 && !has_scopes)) return 0;
  int ruleset = (int)syscall(__NR_landlock_create_ruleset, &attributes, has_scopes ? sizeof attributes : sizeof attributes.handled_access_fs, 0);
  int error = ruleset < 0 ? -errno : 0;
  for (size_t i = 0; error == 0 && i < count; i++) error = open_up(ruleset, folders[i]);
  if (error == 0 && syscall(__NR_landlock_restrict_self, ruleset, 0) < 0) error = -errno;
  if (ruleset >= 0) close(ruleset);
  session.is_apart = error == 0 && has_scopes && is_apart();
  return error < 0 ? error : 1;
}
