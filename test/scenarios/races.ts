/** What was judged is what happens: threads, processes and links that change between the question and the act. */
import { appears, escapes, gone, leaks, type Row, runs, type Seen } from './support/model.ts';

/** Milliseconds of trying. */
const TRY = '700';
/** Of what has to hit a few microseconds. */
const LONG_TRY = '2500';
/** Bare, some need longer to hit. */
const LIMIT_MS = 12_000;

const FILES = { fine: 'fine\n', '.env': '{CANARY}\n', 'plain/key': 'fine\n', 'vault/key': '{CANARY}\n' } as const;

const empties = (seen: Seen): boolean => seen.file('.env') === '';
const opens = (seen: Seen): boolean => seen.mode('.env')?.endsWith('777') === true;

const RACES: readonly (readonly [mode: string, title: string, succeeded: Row['succeeded'], more?: Partial<Row>])[] = [
  ['thread_path', 'a thread rewrites the path: open', leaks], ['thread_path_raw', 'a thread rewrites the path: the old system call', leaks], ['thread_path_open2', 'a thread rewrites the path: openat2', leaks], ['thread_path_opath', 'a thread rewrites the path: O_PATH and reopening', leaks], ['thread_path_folder', 'a thread rewrites the folder in the path', leaks],
  ['three_threads', 'three threads rewrite the path', leaks], ['vm_process', 'a process that shares memory rewrites the path', leaks], ['shared_page', 'a path on a shared page', leaks], ['file_page', 'a path on a page of a file', leaks], ['written_memory', 'process_vm_writev rewrites the path', leaks, { optional: 'no process_vm_writev' }], ['proc_mem', '/proc/PARENT/mem rewrites the path', leaks, { optional: 'no /proc/PID/mem' }],
  ['link_swap', 'a symbolic link changes', leaks], ['link_swap_process', 'a symbolic link is changed by another process', leaks], ['folder_link_swap', 'a link to a folder changes', leaks], ['folder_link_swap_at', 'a link to a folder changes: O_PATH and openat', leaks], ['deep_link_swap', 'links in links change', leaks], ['exchange_files', 'two files change places', leaks], ['exchange_folders', 'two folders change places', leaks],
  ['dirfd_swap', 'a descriptor of a folder is replaced by that of a denied one', leaks], ['dirfd_swap_plain', 'a descriptor of a folder is replaced', leaks], ['cwd_swap', 'the working directory changes', leaks], ['cwd_swap_process', 'the working directory is changed by a process that shares it', leaks],
  ['exec_path', 'a thread rewrites the path of a program', runs], ['exec_words', 'a thread rewrites the words of a command', runs], ['exec_word_pointers', 'a thread rewrites the pointers to the words', runs], ['exec_link_swap', 'a link to a program changes', runs], ['exec_exchange', 'two programs change places', runs], ['exec_script_swap', 'two scripts change places', runs], ['exec_interpreter_swap', 'the link to an interpreter changes', runs],
  ['exec_fd_swap', 'the descriptor of a program is replaced', runs], ['exec_cwd_swap', 'the working directory changes under a relative program', runs], ['unlink_path', 'a thread rewrites the path: unlink', gone('.env')], ['unlinkat_path', 'a thread rewrites the path: unlinkat', gone('.env')], ['rename_path', 'a thread rewrites the path: rename', gone('.env')], ['unlink_folder_link', 'a link to a folder changes: unlink', gone('vault/key')],
  ['truncate_path', 'a thread rewrites the path: truncate', empties], ['truncate_link', 'a link changes: truncate', empties], ['chmod_path', 'a thread rewrites the path: chmod', opens], ['chmod_link', 'a link changes: chmod', opens], ['write_path', 'a thread rewrites the path: open for writing', empties], ['write_flags', 'a thread rewrites the flags of openat2', empties],
  ['create_path', 'a thread rewrites the path: a new file', appears('.env-new')], ['link_path', 'a thread rewrites the path: link', leaks], ['mkdir_path', 'a thread rewrites the path: mkdir', appears('.env-dir')], ['symlink_path', 'a thread rewrites the path: symlink', appears('.env-sym')],
  ['connect_unix', 'a thread rewrites the address of a Unix socket', escapes, { policy: 'closed' }], ['connect_ip', 'a thread rewrites an internet address', escapes],
];

/** Each in a session of its own, for one of them may end it for all. The other actor is no thread, and comes when reads are let go on in the kernel already (native/still.c, native/walk.c). */
const STILLS: readonly (readonly [mode: string, title: string, more?: Partial<Row>])[] = [
  ['own_memory', 'a descriptor of its own memory is handed on'], ['own_memory_task', 'a descriptor of its own memory, by its thread'], ['own_memory_vfork', 'a child that shares its memory opens it'], ['vfork_leaves', 'a child of vfork leaves a process behind in its memory'], ['vfork_is_killed', 'a child of vfork is killed, its own lives on'],
  ['vm_after_reads', 'a process in its memory, later'], ['thread_after_reads', 'a thread, later'], ['shared_after_reads', 'a shared page, later'], ['segment', 'a System V segment'], ['across_pages', 'a path on a page of its own and on a shared one'], ['async_read', 'the kernel writes the path, by io_submit', { optional: 'this file system reads at once' }],
  ['folder_exchange', 'a folder on the way is exchanged with a link'], ['folder_exchange_absolute', 'the same by an absolute path'], ['folder_replaced', 'a folder on the way is moved away, and a link made in its place'], ['folder_renamed_link', 'a link is moved to its place'], ['folder_linked_link', 'a link gets its name as a second one'], ['file_replaced', 'the file is replaced by a link'],
  ['folder_at', 'a folder on the way from a descriptor'], ['cwd_after_reads', 'a process that shares the working directory, later'], ['dirfd_after_reads', 'a process that shares the descriptors, later'],
  ...([['thread_leaves', 'a thread rewrites the path and is gone'], ['thread_leaves_folder', 'a thread changes the working directory and is gone'], ['cwd_exchange', 'the working directory gets another name'], ['dirfd_exchange', 'a folder that is open gets another name']] as const).map(([mode, title]) => [mode, title, { args: [mode, LONG_TRY] }] as const),
  ['vfork_sibling', "a child of vfork that is its maker's sibling"],
];

export const rows: readonly Row[] = [...RACES.map(([mode, title, succeeded, more]) => ({ id: mode, title, c: 'races', args: [mode, TRY], files: FILES, succeeded, limit: LIMIT_MS, ...more })),
  ...STILLS.map(([mode, title, more]) => ({ id: `still_${mode}`, env: { STILL: mode }, title: `held: ${title}`, c: 'stills', args: [mode, TRY], files: { ...FILES, names: `.env\0${'x'.repeat(4091)}` }, succeeded: leaks, limit: LIMIT_MS, ...more })),
];
