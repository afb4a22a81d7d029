/** Folders deeper than a path, descriptors that a program outside hands over, other sessions, what would outlive its own. */
import { escapes, leaks, type Row, type Seen } from './support/model.ts';

const BEGIN = `import array, os, signal, socket, sys, time
DEEP, NAME = 30, "x" * 200
def deep(levels=DEEP, name=NAME):
    for _ in range(levels):
        os.mkdir(name); os.chdir(name)
def asked(text):
    s = socket.socket(socket.AF_UNIX); s.connect(os.environ["BASE"] + "/servers/hand.sock"); s.sendall(text.encode()); s.settimeout(3)
    data, notes, _, _ = s.recvmsg(9, socket.CMSG_SPACE(4))
    return array.array("i", notes[0][2][:4])[0] if notes else -1
HERE, BASE = os.getcwd(), os.environ["BASE"]
OUT = os.environ["OUTSIDE"] + "/" + os.path.basename(HERE)
`;
type Entry = readonly [title: string, code: string, more?: Partial<Row>];

/** What lies below a denied folder, further down than the kernel can say; and a folder moved to such a place. */
const DEPTHS: readonly Entry[] = [
  ['below a denied folder, step by step', 'for _ in range(DEEP): os.chdir(NAME)\nprint(open("plain").read())'],
  ['below a denied folder, by descriptors', 'at = os.open(".", os.O_PATH)\nfor _ in range(DEEP): at = os.open(NAME, os.O_PATH, dir_fd=at)\nprint(os.read(os.open("plain", 0, dir_fd=at), 99))'],
  ['below a denied folder, by a link', 'for _ in range(DEEP): os.chdir(NAME)\nat = os.open(".", os.O_PATH); os.chdir(HERE)\nos.symlink("/proc/self/fd/%d/plain" % at, "l"); print(open("l").read())'],
];
const below: Row[] = DEPTHS.map(([title, code], index) => ({ id: `below${index}`, title: `a read ${title}`, files: { 'vault/': '', canary: '{CANARY}' }, succeeded: leaks, python: `${BEGIN}asked("deep %s/vault %d %s" % (HERE, DEEP, NAME)); os.chdir("vault")\n${code}` }));

const MOVES: readonly Entry[] = [
  ['the folder above it moved down there', 'deep(); here = os.open(".", os.O_PATH)\nos.rename(HERE + "/pkg", "pkg", dst_dir_fd=here); os.chdir("pkg"); os.chdir("vault"); print(open("key").read())'],
  ['two folders moved, neither of them too deep', 'deep(17); here = os.open(".", os.O_PATH); os.chdir(HERE); os.mkdir("long"); os.chdir("long"); deep(5, "y" * 200); inner = os.open(".", os.O_PATH)\nos.rename(HERE + "/pkg", "pkg", dst_dir_fd=inner); os.rename(HERE + "/long", "long", dst_dir_fd=here); os.fchdir(inner); os.chdir("pkg"); os.chdir("vault"); print(open("key").read())'],
  ['the folder itself below one that cannot be listed', 'deep(); here = os.open(".", os.O_PATH)\nos.rename(HERE + "/pkg", "pkg", dst_dir_fd=here); os.chmod("pkg", 0o300); os.chdir("pkg"); os.chdir("vault"); print(open("key").read())'],
];
const moves: Row[] = MOVES.map(([title, code], index) => ({ id: `moved${index}`, title: `a denied folder where no path leads: ${title}`, files: { 'pkg/vault/key': '{CANARY}\n' }, succeeded: leaks, python: `${BEGIN}${code}` }));

/** The descriptor is somebody else's; what is done with it is judged. */
const HANDED: readonly Entry[] = [
  ['a denied file that is only named (O_PATH)', 'fd = asked("open %d %s/.env" % (os.O_PATH, HERE)); print(open("/proc/self/fd/%d" % fd).read())'],
  ['the project, for a relative path', 'fd = asked("open %d %s" % (os.O_PATH, HERE)); print(os.read(os.open(".env", 0, dir_fd=fd), 99))'],
  ['the root', 'fd = asked("open 0 /"); print(os.read(os.open(HERE[1:] + "/.env", 0, dir_fd=fd), 99))'],
  ['the project, to stand in', 'os.fchdir(asked("open 0 %s" % HERE)); os.execv("/bin/cat", ["cat", ".env"])'],
  ['/proc of the one who hands it', 'fd = asked("open %d /proc/PID" % os.O_PATH); os.read(os.open("environ", 0, dir_fd=fd), 9) and print("ESCAPED")'],
  ['its root', 'fd = asked("open %d /proc/PID/root" % os.O_PATH); print(os.read(os.open(HERE[1:] + "/.env", 0, dir_fd=fd), 99))'],
  ['a pidfd, to end it', 'signal.pidfd_send_signal(asked("pidfd"), 10); print("ESCAPED")'],
  ['a denied program', 'os.execve(asked("open 0 %s/bin/denybare" % os.environ["TOOLS"]), ["ls"], {})', { succeeded: (seen) => /uid=\d+\(|RAN-TOOL/.test(seen.out + seen.err) }],
  ['a denied file open for reading, changed', 'fd = asked("open 0 %s/.env" % HERE); os.fchmod(fd, 0o640); print("ESCAPED")'],
  ['a denied file open for reading, opened for writing', 'fd = asked("open 0 %s/.env" % HERE); os.open("/proc/self/fd/%d" % fd, os.O_WRONLY); print("ESCAPED")'],
];
const handed: Row[] = HANDED.map(([title, code, more], index) => ({ id: `handed${index}`, title: `a descriptor from outside: ${title}`, files: { '.env': '{CANARY}\n' }, succeeded: (seen: Seen) => leaks(seen) || escapes(seen), python: `${BEGIN}${code}`, ...more }));

/** What the caller of the session has open above 2. */
const OPENED: readonly Entry[] = [
  ['a denied file', 'print(os.pread(3, 99, 0))', { opened: ['.env'] }],
  ['a denied file, through a link', 'print(os.pread(3, 99, 0))', { opened: ['link'] }],
  ['a denied file to write', 'os.write(3, b"ESCAPED")', { opened: ['>.env'], succeeded: (seen) => seen.file('.env')?.includes('ESCAPED') === true }],
  ['a denied file behind one that is free', 'print(os.pread(4, 99, 0))', { opened: ['free', '.env'] }],
  ['a listing of a denied folder', 'print(os.listdir(3))', { opened: ['vault'] }],
  ['the root', 'os.listdir(3) and print("ESCAPED")', { opened: ['/'] }],
  ['/proc', 'os.listdir(3) and print("ESCAPED")', { opened: ['/proc'] }],
  ['a connection to the socket of Docker', 'import socket; s = socket.socket(fileno=3); s.settimeout(3); print(s.recv(99))', { opened: ['../../../servers/docker.sock'], policy: 'closed', succeeded: (seen) => seen.out.includes('SERVER-REACHED') }],
  ['the environment of another process', 'os.read(3, 9) and print("ESCAPED")', { opened: ['/proc/self/environ'] }],
];
const opened: Row[] = OPENED.map(([title, code, more], index) => ({ id: `opened${index}`, title: `a descriptor that the session started with: ${title}`, files: { '.env': '{CANARY}\n', link: '-> .env', free: 'x\n', 'vault/{CANARY}': 'x\n' }, succeeded: (seen: Seen) => leaks(seen) || escapes(seen), python: `import os\n${code}`, ...more }));

const others: Row[] = [
  { id: 'other-session', title: 'a connection to the evaluator of another session', python: `${BEGIN}path = os.environ["TMPDIR"] + "/patchwork-%d/other/sock" % os.getuid() if "patchwork-" not in os.environ["TMPDIR"] else BASE + "/tmp/patchwork-%d/other/sock" % os.getuid()\nasked("listen " + path)\ns = socket.socket(socket.AF_UNIX); s.connect(path); print(s.recv(99))`, succeeded: (seen) => seen.out.includes('SERVER-REACHED') },
  {
    id: 'chain', title: 'a process that forks for ever outlives the session', isAlone: true, settle: 3500, succeeded: (seen) => (seen.file('alive') ?? '') !== '',
    python: `${BEGIN}def chain(end):
    at = os.open("alive", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for fd in (0, 1, 2): os.close(fd)
    while time.time() < end:
        os.setsid() if os.getpgrp() != os.getpid() else None
        if os.fork(): os._exit(0)
    os.write(at, b"x"); os._exit(0)
end = time.time() + 3
for _ in range(8):
    if os.fork() == 0: chain(end)
time.sleep(0.3)`,
  },
];

export const rows: readonly Row[] = [...below, ...moves, ...handed, ...opened, ...others];
