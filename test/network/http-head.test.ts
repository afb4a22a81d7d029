/** Heads of HTTP messages: what is read, what is told apart from other protocols, and what two servers could read differently. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasHidingUpgrade, isPersistent, readRequestHead, readResponseHead, responseFraming } from '../../src/network/http-head.ts';
import { countedLength, repeatableRequest } from '../../src/network/http-request.ts';
import { mayBeWhole } from '../../src/network/http-start.ts';

const read = (text: string): ReturnType<typeof readRequestHead> => readRequestHead(Buffer.from(text, 'latin1'));
const get = (...fields: string[]): string => ['GET /x HTTP/1.1', ...fields, '', ''].join('\r\n');

test('the host of a request: Host, an absolute target, CONNECT', () => {
  const rows: readonly (readonly [string, string | undefined, number | undefined, boolean])[] = [
    [get('Host: A.Test'), 'a.test', undefined, false],
    [get('host:a.test.:8080'), 'a.test', 8080, false],
    [get('HOST:   [2001:DB8::1]:81  '), '2001:db8::1', 81, false],
    [get('Host: 0x7f.1'), '127.0.0.1', undefined, false],
    ['GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n', 'a.test', 80, true],
    ['GET http://u:p@a.test:81/x?y HTTP/1.1\r\n\r\n', 'a.test', 81, true],
    ['CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n', 'a.test', 443, false],
    ['CONNECT [::1]:443 HTTP/1.1\r\n\r\n', '::1', 443, false],
    ['OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n', 'a.test', undefined, false],
    ['GET / HTTP/1.0\r\n\r\n', undefined, undefined, false],
  ];
  for (const [text, host, port, isAbsolute] of rows) {
    const head = read(text);
    assert.equal(head.kind, 'request', text);
    if (head.kind === 'request') assert.deepEqual([head.host, head.port, head.isAbsolute, head.length], [host, port, isAbsolute, text.length], text);
  }
});

test('a request whose end its head tells is counted; proxies, upgrades and chunks are not', () => {
  const length = (text: string): number | undefined => {
    const head = read(text);
    return head.kind === 'request' ? countedLength(head) : undefined;
  };
  assert.equal(length(get('Host: a.test')), get('Host: a.test').length);
  assert.equal(length(`${get('Host: a.test', 'Content-Length: 7')}abc`), get('Host: a.test', 'Content-Length: 7').length + 7);
  for (const text of [get('Host: a.test', 'Transfer-Encoding: chunked'), get('Host: a.test', 'Connection: Upgrade', 'Upgrade: h2c'), get('Host: a.test', 'Upgrade: websocket'), 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 'CONNECT a.test:443 HTTP/1.1\r\n\r\n']) assert.equal(length(text), undefined, text);
});

test('what is no HTTP/1 is told from its first line, what could be is waited for', () => {
  for (const text of ['', 'G', 'GET', 'GET ', 'GET /x HT', 'GET /x HTTP/1.1\r\nHost: a.te', 'GET /x HTTP/1.1\r\nHost: a.test\r\n', 'PROPFIND /']) assert.equal(read(text).kind, 'more', text);
  for (const text of ['SSH-2.0-OpenSSH_9.2\r\n', '*1\r\n$4\r\nPING\r\n', 'EHLO a.test\r\n', 'NICK x\r\nUSER y\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0\0\0\x08\x04\xd2\x16\x2f', 'A'.repeat(40), '{"id":1}\n', '0023git-upload-pack /x\0host=a.test\0', '002egit-upload-pack /x\0host=a.test\0\0version=2\0']) assert.equal(read(text).kind, 'none', text);
});

test('at ports of the web a method may be of any length, elsewhere long words are none', () => {
  const long = Buffer.from(`${'A'.repeat(40)} / HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  assert.deepEqual([readRequestHead(long.subarray(0, 40), true).kind, readRequestHead(long, true).kind, readRequestHead(long).kind], ['more', 'request', 'none']);
  assert.deepEqual([readRequestHead(Buffer.alloc(32 * 1024, 'A'), true).kind, readRequestHead(Buffer.alloc(32 * 1024, 'A')).kind], ['broken', 'none']);
});

test('protocols that look like HTTP and name their host otherwise', () => {
  for (const text of ['DESCRIBE rtsp://a.test/x RTSP/1.0\r\nCSeq: 1\r\n\r\n', 'SOURCE /x ICE/1.0\r\nAuthorization: Basic x\r\n\r\n', 'INVITE sip:x@a.test SIP/2.0\r\n', 'GET key\r\n', ' x y\n', '\n\x05hello\x12', 'get /x\r\n']) assert.equal(read(text).kind, 'none', text);
  for (const text of ['DESCRIBE / RTSP/1.0\r\nCSeq: 1\r\n', '00ffgit-upload-pack /x\0host=a.test\0', ' GET / HT', '\r\n']) assert.equal(read(text).kind, 'more', text);
});

test('a few words without an end may be all of a message; what has the target of a request may not', () => {
  for (const text of ['x', 'ping', 'JDWP-Handshake', 'hello world', '0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00']) assert.equal(mayBeWhole(text), true, text);
  for (const text of ['GET /', 'GET http:', 'OPTIONS *', 'hello\n', '\x16\x03\x01', '{"id":1}', `a ${'b'.repeat(1100)}`]) assert.equal(mayBeWhole(text), false, text);
});

test('upgrades behind which hosts are named, in whichever of several fields', () => {
  const hides = (...fields: string[]): boolean => {
    const head = read(get('Host: a.test', ...fields));
    return head.kind === 'request' && hasHidingUpgrade(head.fields);
  };
  for (const fields of [['Upgrade: h2c'], ['Upgrade: websocket', 'upgrade: H2C'], ['Upgrade: websocket, TLS/1.0'], ['Upgrade: HTTP/2.0']]) assert.equal(hides(...fields), true, fields.join());
  for (const fields of [[], ['Upgrade: websocket'], ['Upgrade: SPDY/3.1'], ['Upgrade: tcp'], ['X-Upgrade: h2c']]) assert.equal(hides(...fields), false, fields.join());
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['two Host fields', get('Host: a.test', 'Host: b.test')],
  ['the line of a proxy before it', `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get('Host: a.test')}`],
  ['the same in bytes', `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0cabcdefghijkl${get('Host: a.test')}`],
  ['two Host fields, the same', get('Host: a.test', 'host: a.test')],
  ['no Host field', get()],
  ['a blank before the colon', get('Host : a.test')],
  ['a folded line', get('Host: a.test', 'X: 1', ' Host: b.test')],
  ['a folded first line', get(' Host: b.test', 'Host: a.test')],
  ['a line feed alone', 'GET /x HTTP/1.1\nHost: a.test\r\n\r\n'],
  ['a line feed alone in a field', get('Host: a.test\nHost: b.test')],
  ['a carriage return alone', get('Host: a.test\rHost: b.test')],
  ['a NUL', get('Host: a.test\0.b.test')],
  ['a NUL in another field', get('Host: a.test', 'X: \0')],
  ['a control character', get('Host: a.test', 'X: \x0b')],
  ['a host with a slash', get('Host: a.test/b')],
  ['a host with a user', get('Host: a.test@b.test')],
  ['a host with a comma', get('Host: a.test, b.test')],
  ['a host with a percent sign', get('Host: a%2etest')],
  ['a port that is none', get('Host: a.test:99999')],
  ['a target of another host', 'GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n'],
  ['a target of another port', 'GET http://a.test:81/ HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target of another scheme', 'GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target that is no path', 'GET x HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a CONNECT without a port', 'CONNECT a.test HTTP/1.1\r\n\r\n'],
  ['a CONNECT with a path', 'CONNECT a.test:443/x HTTP/1.1\r\n\r\n'],
  ['a CONNECT with another Host', 'CONNECT a.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n'],
  ['four words', 'GET /x y HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a tab between words', 'GET /x\tHTTP/1.1 HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['HTTP/0.9 with a version', 'GET /x HTTP/0.9\r\n\r\n'],
  ['HTTP/2 in words', 'GET /x HTTP/2.0\r\nHost: a.test\r\n\r\n'],
  ['a length and chunks', get('Host: a.test', 'Content-Length: 4', 'Transfer-Encoding: chunked')],
  ['two lengths', get('Host: a.test', 'Content-Length: 4', 'Content-Length: 4')],
  ['a list of lengths', get('Host: a.test', 'Content-Length: 4, 4')],
  ['a signed length', get('Host: a.test', 'Content-Length: +4')],
  ['a length in sixteens', get('Host: a.test', 'Content-Length: 0x4')],
  ['a length with an underscore', get('Host: a.test', 'Content_Length: 4')],
  ['a coding that is masked', get('Host: a.test', 'Transfer-Encoding: xchunked')],
  ['chunks twice', get('Host: a.test', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')],
  ['a list of codings', get('Host: a.test', 'Transfer-Encoding: gzip, chunked')],
  ['a coding behind a tab', get('Host: a.test', 'Transfer-Encoding: \x0bchunked')],
  ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a head without an end', `GET /x HTTP/1.1\r\nHost: a.test\r\nX: ${'y'.repeat(40_000)}`],
  ['an empty line before it', `\r\n${get('Host: a.test')}`],
  ['two empty lines before it', `\r\n\r\n${get('Host: a.test')}`],
  ['a line feed before it', `\n${get('Host: a.test')}`],
  ['a blank before it', ` ${get('Host: a.test')}`],
  ['a tab before it', `\t${get('Host: a.test')}`],
  ['a tab behind the method', 'GET\t/x HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a blank that is none of ASCII behind the method', 'GET\xa0/x HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['no version, and fields all the same', 'GET /x\r\nHost: a.test\r\n\r\n'],
  ['RTSP with a Host', 'DESCRIBE /x RTSP/1.0\r\nHost: a.test\r\n\r\n'],
  ['ICE with a Host', 'SOURCE /x ICE/1.0\r\nHost: a.test\r\n\r\n'],
  ['a target of 33 KiB', `GET /${'y'.repeat(33_000)} HTTP/1.1\r\nHost: a.test\r\n\r\n`],
  ['a method like a line of git', '0032git-upload-pack /x HTTP/1.2\r\nHost: a.test\r\n\r\n'],
  ['a thousand fields', get('Host: a.test', ...Array.from({ length: 1000 }, (_, index) => `X${index}: 1`))],
];
for (const [what, text] of REFUSED) test(`refused: ${what}`, () => assert.equal(read(text).kind, 'broken'));

test('where bodies end', () => {
  const framing = (...fields: string[]): unknown => {
    const head = read(get('Host: a.test', ...fields));
    return head.kind === 'request' ? head.framing : head;
  };
  assert.deepEqual(framing(), { kind: 'none' });
  assert.deepEqual(framing('Content-Length: 12'), { kind: 'length', bytes: 12 });
  assert.deepEqual(framing('Transfer-Encoding: Chunked'), { kind: 'chunked' });
  const answer = (text: string, method = 'GET'): unknown => {
    const head = readResponseHead(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'));
    return head.kind === 'response' ? responseFraming(method, head).kind : head.kind;
  };
  assert.equal(answer('HTTP/1.1 200 OK\nContent-Length: 5\n\n'), 'length');
  assert.equal(answer('HTTP/1.1 200 OK\nContent-Length: 5\n\n', 'HEAD'), 'none');
  assert.equal(answer('HTTP/1.1 204 \n\n'), 'none');
  assert.equal(answer('HTTP/1.1 304 Not Modified\nContent-Length: 5\n\n'), 'none');
  assert.equal(answer('HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n'), 'chunked');
  assert.equal(answer('HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\n'), 'until-close');
  assert.equal(answer('HTTP/1.0 200 OK\n\n'), 'until-close');
  assert.equal(answer('ICY 200 OK\n\n'), 'none');
});

test('connections that stay, and those that change their protocol', () => {
  const head = (version: string, ...fields: string[]) => {
    const one = read([`GET /x HTTP/${version}`, 'Host: a.test', ...fields, '', ''].join('\r\n'));
    if (one.kind !== 'request') throw new Error('not read');
    return one;
  };
  const stays = (version: string, ...fields: string[]): boolean => isPersistent(version as '1.1', head(version, ...fields).fields);
  assert.deepEqual([stays('1.1'), stays('1.1', 'Connection: Close'), stays('1.1', 'Connection: x, close'), stays('1.0'), stays('1.0', 'Connection: keep-alive')], [true, false, false, false, true]);
});

test('any bytes are read without an error; a host that is read can be judged', () => {
  const piece = fc.oneof(fc.constantFrom('GET ', '/x', ' HTTP/1.1', '\r\n', '\n', '\r', 'Host:', ' a.test', ':80', '\0', ' ', '\t', 'http://', 'CONNECT ', 'Content-Length: 4', 'Transfer-Encoding: chunked'), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const head = read(pieces.join(''));
      return head.kind !== 'request' || head.host === undefined || /^[a-z0-9_.:-]+$/.test(head.host);
    }),
    { numRuns: 5000 },
  );
});

test('a request that may be repeated with another path: every such request names the same host, and ends where its bytes end', () => {
  const heads = ['GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n', 'HEAD /x?y=1 HTTP/1.0\r\n\r\n', 'DELETE /é HTTP/1.1\r\nHost: a.test:81\r\nX: y\r\n\r\n'];
  const word = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.oneof(word, fc.constantFrom('/evil.test/', 'http://evil.test/', '@evil.test', '*', ':1', '\\evil', '#', '?')), (text, path) => {
      const bytes = Buffer.from(text, 'latin1');
      const head = read(text);
      assert.ok(head.kind === 'request');
      const { same, rest } = repeatableRequest(head, bytes) ?? assert.fail('it may');
      const other = Buffer.concat([bytes.subarray(0, same), Buffer.from(path), bytes.subarray(bytes.length - rest)]);
      const again = readRequestHead(other);
      assert.ok(again.kind === 'request');
      assert.deepEqual([again.host, again.port, again.isAbsolute, again.method, again.fields, countedLength(again)], [head.host, head.port, false, head.method, head.fields, other.length]);
    }),
    { numRuns: 2000 },
  );
  const no = (text: string, more = ''): unknown => {
    const head = read(text);
    return head.kind === 'request' ? repeatableRequest(head, Buffer.from(`${text}${more}`)) : assert.fail(text);
  };
  for (const text of ['GET http://a.test/x HTTP/1.1\r\n\r\n', 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n', 'CONNECT a.test:443 HTTP/1.1\r\n\r\n', get('Host: a.test', 'Content-Length: 1'), get('Host: a.test', 'Transfer-Encoding: chunked')]) assert.equal(no(text), undefined, text);
  assert.equal(no(get('Host: a.test'), 'G'), undefined, 'bytes follow it');
  assert.deepEqual(no('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'), { same: 5, rest: 27 });
});
