/** Sockets of programs outside the session, and hosts that a rule denies. */
import type { Row, Seen } from './support/model.ts';

const reaches = (seen: Seen): boolean => seen.out.includes('SERVER-REACHED');
const URING = 'io_uring is switched off';
const NO_32BIT = 'no 32-bit entry in this kernel';
const CAPABLE = 'this kernel or this user does not get one';
const DENIED = '127.0.0.9';

const sockets: Row[] = (
  [
    ['plain', 'connect'], ['nonblock', 'connect without waiting'], ['short_length', 'an address without its last zero'], ['symlink_', 'through a link'], ['folder_link', 'through a link to its folder'], ['relative', 'relative, after chdir'], ['proc_root', '/proc/self/fd/FOLDER'], ['pathfd', '/proc/self/fd of an O_PATH descriptor'], ['hardlink', 'a hard link'],
    ['renamed', 'renamed'], ['raw', 'the system call'], ['uring', 'io_uring', URING], ['int80_', 'int 0x80', NO_32BIT], ['int80_call', 'socketcall by int 0x80', NO_32BIT], ['forked', 'a child'], ['daemon_', 'a daemon'], ['threaded', 'a thread'], ['chrooted', 'chroot', 'only the superuser changes its root'], ['dgram_pair', 'a datagram'], ['dgram_msg', 'a datagram by sendmsg'],
  ] as const
).map(([mode, title, optional]) => ({ id: `unix-${mode.replaceAll('_', '')}`, title: `a Unix socket outside: ${title}`, c: 'socks', args: [mode, '%docker.sock'], policy: 'closed', succeeded: reaches, ...(optional === undefined ? {} : { optional }) }));

const abstract: Row[] = ['plain', 'threaded', 'daemon_', 'raw'].map((mode) => ({ id: `abstract-${mode.replaceAll('_', '')}`, title: `an abstract socket outside: ${mode}`, c: 'socks', args: [mode, '@'], policy: 'closed', succeeded: reaches }));

const byRule: Row[] = ['plain', 'symlink_', 'relative', 'renamed', 'pathfd'].map((mode) => ({ id: `rule-${mode.replaceAll('_', '')}`, title: `a Unix socket that a file rule denies: ${mode}`, c: 'socks', args: [mode, '%.env.sock'], succeeded: reaches }));

const S = '"$BASE/servers/docker.sock"';
const PROGRAMS: readonly (readonly [title: string, line: string, ...needs: string[]])[] = [
  ['curl', `curl -s --http0.9 --unix-socket ${S} http://x/ 2>&1 | strings`, 'curl'], ['Python', `python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(100))' ${S}`, 'python3'], ['Perl', `perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new(Peer => shift)->getline' ${S}`, 'perl'],
  ['Node without the preload', `NODE_OPTIONS= node -e 'require("net").connect(process.argv[1]).on("data", (d) => console.log(d + "")).on("error", console.log)' ${S}`, 'node'], ['openssl', `openssl s_client -unix ${S} </dev/null 2>&1; openssl s_client -unix ${S} -starttls smtp -msg </dev/null 2>&1 | strings`, 'no'], ['an ssh agent', `SSH_AUTH_SOCK="$BASE/servers/agent.sock" ssh-add -l 2>&1 | grep -q "invalid format\\|communication with agent failed\\|agent refused\\|error fetching" && echo SERVER-REACHED`, 'ssh-add'],
  ['from env -i', `env -i /usr/bin/python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(100))' ${S}`, 'python3'], ['a socket passed on to a child', `python3 -c 'import socket, sys, os
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); os.set_inheritable(s.fileno(), True); os.dup2(s.fileno(), 0); os.execv("/bin/cat", ["cat"])' ${S}`, 'python3'],
];
const programs: Row[] = PROGRAMS.filter(([, , ...needs]) => !needs.includes('no')).map(([title, line, ...needs], index) => ({ id: `prog${index}`, title: `a Unix socket outside: ${title}`, sh: `PATH=/usr/bin:/bin\n${line}`, needs, policy: 'closed', succeeded: reaches }));

const tmux: Row = {
  id: 'tmux-outside', title: 'work handed to a tmux server that runs outside', needs: ['tmux'], policy: 'closed', settle: 800,
  sh: 'PATH=/usr/bin:/bin\ntmux -S "$BASE/servers/tmux" run-shell "echo SERVER-REACHED > $OUTSIDE/tmux-outside/made"', succeeded: (seen) => seen.exists('@out/made'), isAlone: true,
};

const hosts: Row[] = (
  [
    ['tcp', 'connect'], ['tcp_long', 'an address that is too long'], ['tcp_nonblock', 'connect without waiting'], ['tcp_mapped', 'as an IPv6 address'], ['tcp_fastopen', 'MSG_FASTOPEN', 'fast open is switched off'], ['tcp_fastopen_msg', 'MSG_FASTOPEN by sendmsg', 'fast open is switched off'], ['tcp_fastopen_connect', 'TCP_FASTOPEN_CONNECT'], ['tcp_uring', 'io_uring', URING],
    ['tcp_int80', 'int 0x80', NO_32BIT], ['tcp_again', 'a socket connected before'], ['tcp_bound', 'from another address'], ['mptcp', 'MPTCP', 'no MPTCP'], ['udp', 'sendto'], ['udp_connect', 'a connected datagram socket'], ['udp_msg', 'sendmsg'], ['udp_mmsg', 'sendmmsg'], ['udp_mapped', 'a datagram as IPv6'], ['udp_uring', 'sendmsg by io_uring', URING],
    ['udp_unspec', 'sendto, of no family'], ['udp_other', 'sendmsg of a socket connected elsewhere'], ['udp_moving', 'sendmsg while the address is rewritten'], ['tcp_nocookie', 'a connect put off to the first bytes', 'fast open is switched off'],
  ] as const
).flatMap(([mode, title, optional]) =>
  ['open', 'closed'].map((policy) => ({ id: `ip-${mode.replaceAll('_', '')}-${policy}`, title: `a denied address (${policy}): ${title}`, c: 'socks', args: [mode, DENIED], policy, succeeded: reaches, ...(optional === undefined ? {} : { optional }) })),
);

const kinds: Row[] = ['packet', 'raw_ip', 'raw_ip6', 'vsock', 'netlink_audit', 'netlink_uevent', 'netlink_netfilter', 'netlink_diag', 'packet_old', 'ping', 'udplite', 'smc', 'xdp', 'sctp', 'alg'].map((mode) => ({ id: `kind-${mode.replaceAll('_', '')}`, title: `a kind of socket that nobody judges: ${mode}`, c: 'socks', args: [mode, DENIED], policy: 'closed', succeeded: reaches, optional: CAPABLE }));

const NET: readonly (readonly [title: string, line: string, ...needs: string[]])[] = [
  ['Python', `python3 -c 'import socket, os; s = socket.create_connection(("${DENIED}", int(os.environ["DENIED_PORT"]))); print(s.recv(100))'`, 'python3'], ['Perl', `perl -MIO::Socket::INET -e 'print IO::Socket::INET->new("${DENIED}:$ENV{DENIED_PORT}")->getline'`, 'perl'], ['bash /dev/tcp', `bash -c 'cat < /dev/tcp/${DENIED}/$DENIED_PORT'`, 'bash'], ['bash /dev/udp', `bash -c 'exec 3<>/dev/udp/${DENIED}/$DENIED_PORT; echo x >&3; timeout 1 head -n1 <&3'`, 'bash'],
  ['curl', `curl -s --http0.9 -m 3 http://${DENIED}:$DENIED_PORT/`, 'curl'], ['curl, another spelling', 'curl -s --http0.9 -m 3 http://0x7f000009:$DENIED_PORT/; curl -s --http0.9 -m 3 http://127.9:$DENIED_PORT/', 'curl'], ['curl by telnet', `curl -s -m 1 telnet://${DENIED}:$DENIED_PORT </dev/null`, 'curl'], ['wget', `wget -qO- -t1 -T3 http://${DENIED}:$DENIED_PORT/ 2>&1; curl -s --http0.9 http://${DENIED}:$DENIED_PORT`, 'wget', 'curl'], ['gawk', `gawk 'BEGIN { s = "/inet/tcp/0/${DENIED}/" ENVIRON["DENIED_PORT"]; s |& getline x; print x }'`, 'gawk'],
  ['Node without the preload', `NODE_OPTIONS= node -e 'require("net").connect(+process.env.DENIED_PORT, "${DENIED}").on("data", (d) => console.log(d + "")).on("error", console.log)'`, 'node'], ['git', `git ls-remote git://${DENIED}:$DENIED_PORT/x 2>&1 | sed s/SERV/SERVER-REACHED/`, 'git'], ['ssh', `ssh -p $DENIED_PORT -v -o BatchMode=yes ${DENIED} 2>&1 | grep -q "Connection established" && echo SERVER-REACHED`, 'ssh'], ['openssl', `openssl s_client -connect ${DENIED}:$DENIED_PORT </dev/null 2>&1 | grep -q "CONNECTED" && echo SERVER-REACHED`, 'openssl'],
];
const net: Row[] = NET.map(([title, line, ...needs], index) => ({ id: `net${String(index).padStart(2, '0')}`, title: `a denied address: ${title}`, sh: `PATH=/usr/bin:/bin\n${line}`, needs, succeeded: reaches }));
const inNode: Row[] = [
  { id: 'node-net', title: 'a denied address: net of Node', node: `require('net').connect(+process.env.DENIED_PORT, '${DENIED}').on('data', (d) => console.log(d + '')).on('error', (e) => console.log(e.code))` },
  { id: 'node-dgram', title: 'a denied address: dgram of Node', node: `const s = require('dgram').createSocket('udp4'); s.on('message', (m) => { console.log(m + ''); s.close() }); s.send('x', +process.env.DENIED_PORT, '${DENIED}', (e) => e && (console.log(e.code), s.close())); setTimeout(() => process.exit(), 1000)` },
  { id: 'node-worker', title: 'a denied address: a worker of Node', node: `new (require('worker_threads').Worker)("require('net').connect(+process.env.DENIED_PORT, '${DENIED}').on('data', (d) => console.log(d + '')).on('error', (e) => console.log(e.code))", { eval: true })` },
].map((row) => ({ ...row, layer: 'preload', succeeded: reaches }));

export const rows: readonly Row[] = [...sockets, ...abstract, ...byRule, ...programs, tmux, ...hosts, ...kinds, ...net, ...inNode];
