/** What may be repeated for a moment after an answer that says so: nothing is asked, everything is told, and only what is alike goes by it. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { type Answer, type Asked, startGoverned } from '../support/scripted-guard.ts';

const skip = (await whyNoGuard()) ?? false;
const HOST = '127.0.0.9';
let server: Server;
let heard: string[] = [];
let port = 0;

before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => {
      heard.push(String(data));
      socket.write('answer;');
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '0.0.0.0', port: 0 }, resolve));
  const bound = server.address();
  port = typeof bound === 'object' && bound !== null ? bound.port : 0;
});
after(() => server?.close());

const PRELUDE = `
import os, socket, sys, time
A = ("${HOST}", int(sys.argv[1]))
def say(words, s=None):
    s = s or socket.create_connection(A); s.settimeout(5); s.sendall(words)
    try: print(s.recv(99))
    except OSError as e: print(e.strerror)
    return s
`;
const textOf = ({ bytes = '' }: Asked): string => Buffer.from(bytes, 'base64').toString();
const DENIED: Answer = { effect: 'deny', message: '', reason: 'test', reply: Buffer.from('403').toString('base64') };

/** "GET /… end" may be repeated with another path, "exact" as it is; "evil" is denied. */
function judge(question: Asked): Answer {
  if (question.op === 'passed') return undefined;
  if (question.op !== 'relay') return { effect: 'relay' };
  const text = textOf(question);
  if (text.includes('evil')) return DENIED;
  if (text === 'exact') return { effect: 'allow', same: 5, rest: 0 };
  return { effect: 'allow', length: text.length, same: 5, rest: 4 };
}

async function python(script: string, answer: (question: Asked) => Answer = judge) {
  heard = [];
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}${script}`, String(port)], answer);
  const { out, err } = await governed.ended;
  const of = (op: string): string[] => governed.asked.filter((each) => each.op === op).map(textOf);
  return { lines: out.trim().split('\n'), err, asked: of('relay'), told: of('passed'), connects: governed.asked.filter(({ op }) => op === 'ask').length };
}

test('what differs in one word only is not asked about, and told', { skip }, async () => {
  const { lines, asked, told, err } = await python('for path in (b"a", b"bcd", b"e/f?g=h"): say(b"GET /" + path + b" end")\ntime.sleep(.2)');
  assert.deepEqual([lines, err], [["b'answer;'", "b'answer;'", "b'answer;'"], '']);
  assert.deepEqual(asked, ['GET /a end']);
  assert.deepEqual(told, ['GET /bcd end', 'GET /e/f?g=h end']);
  assert.deepEqual(heard, ['GET /a end', 'GET /bcd end', 'GET /e/f?g=h end']);
});

test('on a kept connection as well, the first and the further ones apart; what else follows is asked about', { skip }, async () => {
  const { asked, told } = await python('s = say(b"GET /1 end")\nfor i in range(2, 5): say(b"GET /%d end" % i, s)\nsay(b"GET /evil endX", s)\ntime.sleep(.2)');
  assert.deepEqual(asked, ['GET /1 end', 'GET /2 end', 'GET /evil endX']);
  assert.deepEqual(told, ['GET /3 end', 'GET /4 end']);
  assert.ok(!heard.join('').includes('evil'));
});

test('whatever is not alike is asked about', { skip }, async () => {
  const others = ['GET /evil  end', 'GET /evil\\tend', 'GET /evil\\0 end', 'GET /evil\\r\\n end', 'GET / evil end', 'PUT /evil end', 'GET /evil End', 'GET /evil end ', 'GET /evil end\\n', 'GET /evil\\x80 end'];
  const { lines, asked, told } = await python(`say(b"GET /a end")\n${others.map((each) => `say(b"${each}")`).join('\n')}\ntime.sleep(.2)`);
  assert.deepEqual(lines.slice(1), others.map(() => "b'403'"));
  assert.deepEqual([asked.length, told], [others.length + 1, []]);
  assert.deepEqual(heard, ['GET /a end']);
});

test('without a word between them only the very same goes on', { skip }, async () => {
  const { asked, told } = await python('for words in (b"exact", b"exact", b"exactly evil", b"exac"): say(words)\ntime.sleep(.2)', (question) => (textOf(question) === 'exac' ? DENIED : judge(question)));
  assert.deepEqual([asked, told], [['exact', 'exactly evil', 'exac'], ['exact']]);
  assert.deepEqual(heard, ['exact', 'exact']);
});

test('for a second, for one process, at one address', { skip }, async () => {
  const { asked, told } = await python(`
say(b"GET /a end"); time.sleep(1.2); say(b"GET /b end")
if os.fork() == 0:
    say(b"GET /c end"); os._exit(0)
os.wait(); A = ("127.0.0.8", A[1]); say(b"GET /d end")
time.sleep(.2)`);
  assert.deepEqual([asked, told], [['GET /a end', 'GET /b end', 'GET /c end', 'GET /d end'], []]);
});

test('bytes that came with others are none of it', { skip }, async () => {
  const { asked, told } = await python('say(b"GET /a end"); say(b"GET /b end\\nGET /evil end"); time.sleep(.2)');
  assert.deepEqual([asked, told], [['GET /a end', 'GET /b end\nGET /evil end'], []]);
  assert.deepEqual(heard, ['GET /a end']);
});

test('an answer with impossible numbers is good for itself alone', { skip }, async () => {
  for (const [same, rest] of [[400, 0], [0, 400], [7, 7], [0, 0]]) {
    const { asked, told } = await python('say(b"GET /a end"); say(b"GET /a end"); time.sleep(.2)', (question) => (question.op === 'passed' ? undefined : question.op === 'relay' ? { effect: 'allow', length: 10, same, rest } : { effect: 'relay' }));
    assert.deepEqual([asked.length, told], [2, []], `${same} ${rest}`);
  }
});

test('connections that nobody looks into: told where the answer says so, asked where it does not', { skip }, async () => {
  const script = 'for i in range(4): say(b"x%d" % i)\ntime.sleep(.2)';
  const repeated = await python(script, (question) => (question.op === 'passed' ? undefined : { effect: 'allow', repeat: 1 }));
  assert.deepEqual([repeated.connects, repeated.told.length, repeated.lines.length], [1, 3, 4]);
  const asked = await python(script, (question) => (question.op === 'passed' ? undefined : { effect: 'allow' }));
  assert.deepEqual([asked.connects, asked.told.length], [4, 0]);
});

test('without the evaluator nothing goes as it did before', { skip }, async () => {
  heard = [];
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}
for words in (b"GET /a end", b"cut", b"GET /b end"):
    try: say(words)
    except OSError as e: print(e.strerror)`, String(port)], (question) => {
    if (textOf(question) !== 'cut') return judge(question);
    governed.cut();
    return undefined;
  });
  await governed.ended;
  assert.deepEqual(heard, ['GET /a end']);
});
