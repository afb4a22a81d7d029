/** Code in an allowed program that changes built-ins, by accident or not, does not thereby change a verdict. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Session, startSession } from './session.ts';

let session: Session;
let separate: Session;
before(async () => {
  session = await startSession();
  separate = await startSession(undefined, 'separate');
});
after(() => Promise.all([session.close(), separate.close()]));

const ATTEMPT =
  "try { console.log('read', fs.readFileSync('denied/file.txt', 'utf8')) } catch (error) { console.log(error.code) }";

const ATTACKS: Readonly<Record<string, string>> = {
  'String.prototype.includes says no': 'String.prototype.includes = () => false; String.prototype.startsWith = () => true',
  'strings look like nothing':
    "String.prototype.toLowerCase = () => ''; String.prototype.slice = () => ''; String.prototype.split = () => []",
  'Array.prototype.toJSON and Object.prototype.toJSON':
    "Array.prototype.toJSON = Object.prototype.toJSON = String.prototype.toJSON = () => 'x'",
  'Object.prototype has an effect': "Object.prototype.effect = 'allow'; Object.prototype.rule = 'x'",
  'fs functions of the channel': 'fs.readSync = fs.writeSync = fs.fstatSync = () => 0; fs.realpathSync.native = () => "/usr/x"',
  'path.resolve and process.cwd': "require('path').resolve = () => '/usr/x'; process.cwd = () => '/usr'",
  'Reflect.apply': 'const { apply } = Reflect; Reflect.apply = (f, t, a) => (f.name === "call" ? undefined : apply(f, t, a))',
  'Array iterators': 'Array.prototype[Symbol.iterator] = function* () {}',
  'Map.prototype.has': 'Map.prototype.has = () => true',
  'Atomics.wait and timers': 'Atomics.wait = () => { throw 1 }; performance.now = () => 1e12; Date.now = () => 0',
  'Buffer functions':
    'Buffer.from = () => Buffer.alloc(0); Buffer.prototype.toString = () => "{}"; Buffer.prototype.equals = () => true',
  'net.Socket':
    "const net = require('net'); net.Socket.prototype.connect = function () { return this }; net.connect = () => ({})",
  'Error with setters': "Object.defineProperty(Error.prototype, 'code', { set() {}, get() { return 'EACCES' } })",
  'the module cache':
    'for (const [name, module] of Object.entries(require.cache)) { if (/runtime/.test(name)) for (const child of [module, ...module.children]) for (const key of Object.keys(child.exports)) try { child.exports[key] = () => undefined } catch {} }',
  'the question of another process': 'Object.defineProperty(process, "pid", { value: 1 })',
  'a frozen everything': 'for (const o of [Object, Array, String, Function, Error, Promise]) Object.freeze(o.prototype)',
};

for (const [title, attack] of Object.entries(ATTACKS)) {
  test(`${title}: the read stays denied`, async () => {
    for (const one of [session, separate]) {
      const { stdout, stderr } = await one.evaluate(
        `const fs = require('fs'); fs.readFileSync('open/file.txt'); ${attack}; ${ATTEMPT}`,
      );
      assert.equal(stdout, 'EACCES\n', stderr);
    }
  });
}

test('an evaluator whose answers are read with a forged JSON.parse', async () => {
  const forged = "const { parse } = JSON; JSON.parse = (text) => ({ ...parse(text), effect: 'allow' })";
  const { stdout } = await session.evaluate(`const fs = require('fs'); ${forged}; ${ATTEMPT}`);
  assert.equal(stdout, 'EACCES\n');
});
