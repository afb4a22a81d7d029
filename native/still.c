/*
 * Whether what a process hands to the kernel stays as it is while the call is held. The kernel reads it again when the
 * call goes on, so letting it go on is sound only where nobody can write there meanwhile: one thread, memory and tables
 * that no other process shares, a page of its own, and no kernel service that writes into memory behind the process's
 * back. Errs towards no: what does not stand still is opened here and handed over.
 */
#include "guard.h"
#include <linux/kcmp.h>
#include <stdatomic.h>
#include <sys/sysmacros.h>

/* clone(2) */
enum { CLONE_VM_ = 0x100, CLONE_FS_ = 0x200, CLONE_FILES_ = 0x400, CLONE_VFORK_ = 0x4000, CLONE_PARENT_ = 0x8000, CLONE_THREAD_ = 0x10000 };

/* Somebody shares or writes memory in a way that is not followed: from then on nothing stands still in this session. */
static atomic_int is_over;

void still_never(void) { atomic_store_explicit(&is_over, 1, memory_order_release); }

/* Not that of the process that made it: a child of vfork(2) has its parent's until its next program. */
int still_has_own_memory(pid_t pid, pid_t parent) { return syscall(__NR_kcmp, pid, parent, KCMP_VM, 0, 0) > 0; }

/*
 * Threads, clone(2) that shares memory, folder or descriptors with something that is none, and vfork(2). A parent waits in
 * vfork until its child has a program of its own; that child must start nothing that outlives it in the parent's memory.
 * Whose memory a child has is found by its parent, so it must be its maker's own child.
 */
void on_clone(struct request *request) {
#ifdef __NR_vfork
  uint64_t flags = request->number == __NR_vfork ? CLONE_VM_ | CLONE_VFORK_ : request->args[0];
#else
  uint64_t flags = request->args[0];
#endif
  if ((flags & CLONE_THREAD_) != 0) {
    process_set_threaded(request->process->tgid);
    return reply_continue(request);
  }
  int is_vfork = (flags & (CLONE_VM_ | CLONE_FS_ | CLONE_FILES_ | CLONE_VFORK_ | CLONE_PARENT_)) == (CLONE_VM_ | CLONE_VFORK_);
  if (!is_vfork || request->process->is_shared) still_never();
  reply_continue(request);
}

/* The kernel writes what io_submit(2) reads whenever it comes, into memory whose owner may be held meanwhile. */
void on_io_setup(struct request *request) {
  still_never();
  reply_continue(request);
}

/* Devices may write into memory that was given to them. Not these: null, zero, full, random, urandom; terminals. */
void still_note_device(dev_t device) {
  unsigned number = major(device), which = minor(device);
  int is_harmless = (number == 1 && (which == 3 || which == 5 || which == 7 || which == 8 || which == 9)) || number == 4 || number == 5 || (number >= 136 && number <= 143);
  if (!is_harmless) still_never();
}

/* Of a thread that is held: no other one is there. It would have to be made by this one, and that is seen (on_clone). */
int still_has_one_thread(int folder) {
  struct stat tasks;
  return fstatat(folder, "task", &tasks, 0) == 0 && tasks.st_nlink == 3;
}

/* Nobody else can change its descriptors or its folder. Threads may be gone again. */
int still_is_alone(const struct process *process) {
  return !atomic_load_explicit(&is_over, memory_order_acquire) && (!process->is_threaded || still_has_one_thread(process->folder));
}

/* One entry a page (Documentation/admin-guide/mm/pagemap.rst). */
#define PAGE_IS_PRESENT (1ULL << 63)
#define PAGE_IS_OF_FILE_OR_SHARED (1ULL << 61)
#define PAGE_IS_MAPPED_ONCE (1ULL << 56)

uint64_t still_page(void) {
  static uint64_t page;
  if (page == 0) page = (uint64_t)sysconf(_SC_PAGESIZE);
  return page;
}

/*
 * Private memory, mapped nowhere else. Pages of devices count as mapped nowhere. One page: the kernel may empty those that the
 * process has no more use for (madvise(2), MADV_FREE), and half a path is another path.
 */
static int is_page_own(struct process *process, uint64_t address) {
  uint64_t first = address / still_page(), entry;
  if (process->pagemap < 0) process->pagemap = openat(process->folder, "pagemap", O_RDONLY | O_CLOEXEC);
  if (process->pagemap < 0 || pread(process->pagemap, &entry, sizeof entry, (off_t)(first * sizeof entry)) != (ssize_t)sizeof entry) return 0;
  return (entry & (PAGE_IS_PRESENT | PAGE_IS_OF_FILE_OR_SHARED | PAGE_IS_MAPPED_ONCE)) == (PAGE_IS_PRESENT | PAGE_IS_MAPPED_ONCE);
}

/* Opening the map of its pages costs as much as a few opens: most programs make no more. */
int still_is_worth_it(struct process *process) {
  enum { READS_BEFORE = 2 };
  if (process->tid != process->tgid || process->is_shared || atomic_load_explicit(&is_over, memory_order_relaxed)) return 0;
  return process->reads >= READS_BEFORE || ++process->reads >= READS_BEFORE;
}

/* What stands there, as far as its page reaches (still_page), is what the kernel will read. */
int still_is(struct process *process, uint64_t address) {
  return process->tid == process->tgid && !process->is_shared && still_is_alone(process) && is_page_own(process, address);
}
