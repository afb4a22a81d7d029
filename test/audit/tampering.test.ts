/** Two hundred and more ways of changing a log by hand: each is found, and the first bad event is named. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AuditEvent, hashEvent } from '../../src/audit/event.ts';
import { besideLogs } from '../../src/audit/folder.ts';
import { readLedger } from '../../src/audit/ledger.ts';
import { pruneLogs } from '../../src/audit/prune.ts';
import { SealKey } from '../../src/audit/seal-key.ts';
import { appendLedger, appendSeal, ledgerFile, makeSeal, sealsFile } from '../../src/audit/seals.ts';
import { verifyLog, type VerifyResult } from '../../src/audit/verify.ts';
import { Chance, generateLogs } from '../support/generated-log.ts';

const EVENTS = 60;
/** Events that seals stand at, the last one at the end. */
const SEALED = [10, 30, EVENTS];

let base: string;
let folder: string;
let file: string;
let lines: string[];
let key: SealKey;
let other: string[];

before(() => {
  base = mkdtempSync(join(tmpdir(), 'patchwork-tamper-'));
  folder = join(base, 'sessions');
  const [id = ''] = generateLogs({ folder, events: EVENTS, sessions: 1, end: new Date('2026-01-02T00:00:00Z'), days: 1 });
  file = join(folder, `${id}.jsonl`);
  lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, EVENTS);
  key = SealKey.open(folder);
  for (const events of SEALED) {
    const seal = makeSeal(key, { kind: events === EVENTS ? 'end' : events === 10 ? 'start' : 'interval', session: id, events, head: eventAt(events).hash, bytes: 1, time: `2026-01-02T00:00:${events - 1}Z` });
    appendSeal(file, seal);
    if (events !== 30) appendLedger(folder, seal);
  }
  const [otherId = ''] = generateLogs({ folder: join(base, 'other'), events: EVENTS, sessions: 1, seed: 5 });
  other = readFileSync(join(base, 'other', `${otherId}.jsonl`), 'utf8').trimEnd().split('\n');
  copyFileSync(sealsFile(file), join(base, 'seals-copy'));
  copyFileSync(ledgerFile(folder), join(base, 'ledger-copy'));
});
after(() => rmSync(base, { recursive: true, force: true }));

function eventAt(number: number): AuditEvent {
  return JSON.parse(lines[number - 1] ?? '') as AuditEvent;
}

function check(text: string): VerifyResult {
  writeFileSync(file, text);
  return verifyLog(file, { key, ledger: readLedger(folder, key).bySession.get(eventAt(1).session_id) ?? [] });
}

function rehash(text: string, prev?: string): string {
  const { hash: _, ...rest } = JSON.parse(text) as AuditEvent;
  const bare = prev === undefined ? rest : { ...rest, prev_hash: prev };
  return JSON.stringify({ ...bare, hash: hashEvent(bare) });
}

/** Every hash from here on fits again: what only a seal can tell. */
function rechain(changed: readonly string[], from: number): string[] {
  const result = [...changed];
  for (let at = from; at < result.length; at++) result[at] = rehash(result[at] ?? '', at === 0 ? undefined : (JSON.parse(result[at - 1] ?? '') as AuditEvent).hash);
  return result;
}

const renumber = (changed: readonly string[]): string[] => changed.map((text, at) => text.replace(/"id":"([^"]*)-\d+"/, `"id":"$1-${at + 1}"`));

/** Kind → the log with event `n` (from 1) attacked. `isSealed`: the chain is made to fit, and only seals tell. */
const KINDS: readonly (readonly [string, (n: number, chance: Chance) => string[], boolean?])[] = [
  ['edited: another target', (n) => edit(n, (text) => text.replace(/"target":\{/, '"target":{"cwd2":"x",'))],
  ['edited: a denial made an allow', (n) => edit(n, (text) => text.replace(/"effect":"\w+"/, '"effect":"x"'))],
  ['edited: one character', (n, chance) => edit(n, (text) => { const at = 20 + chance.below(text.length - 40); return `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`; })],
  ['edited, its own hash made to fit', (n) => edit(n, (text) => rehash(text.replace(/"micros":\d+/, '"micros":987654')))],
  ['deleted', (n) => lines.filter((_, at) => at !== n - 1)],
  ['deleted with the one after it', (n) => lines.filter((_, at) => at !== n - 1 && at !== n)],
  ['deleted and renumbered', (n) => renumber(lines.filter((_, at) => at !== n - 1))],
  ['inserted: a copy', (n) => [...lines.slice(0, n), lines[n - 1] ?? '', ...lines.slice(n)]],
  ['inserted: of another session', (n) => [...lines.slice(0, n), other[n] ?? '', ...lines.slice(n)]],
  ['inserted with a good hash', (n) => [...lines.slice(0, n), rehash(lines[n - 1] ?? '', eventAt(n).hash), ...lines.slice(n)]],
  ['exchanged with the next', (n) => (n < EVENTS ? [...lines.slice(0, n - 1), lines[n] ?? '', lines[n - 1] ?? '', ...lines.slice(n + 1)] : [...lines.slice(0, n - 2), lines[n - 1] ?? '', lines[n - 2] ?? ''])],
  ['moved to the end', (n) => (n < EVENTS ? [...lines.filter((_, at) => at !== n - 1), lines[n - 1] ?? ''] : [lines[n - 1] ?? '', ...lines.slice(0, -1)])],
  ['cut after it', (n) => lines.slice(0, Math.min(n, EVENTS - 1))],
  ['replaced by rubbish', (n) => edit(n, () => 'rubbish')],
  ['emptied', (n) => edit(n, () => '')],
  ['a key written twice', (n) => edit(n, (text) => text.replace('"status":', '"status":"denied","status":'))],
  ['rewritten with the whole chain after it', (n) => rechain(edit(n, (text) => text.replace(/"micros":\d+/, '"micros":987654')), n - 1), true],
  ['deleted, renumbered, and the whole chain rewritten', (n) => rechain(renumber(lines.filter((_, at) => at !== n - 1)), 0), true],
  ['inserted, renumbered, and the whole chain rewritten', (n) => rechain(renumber([...lines.slice(0, n), lines[n - 1] ?? '', ...lines.slice(n)]), 0), true],
  ['replaced by another log from here on', (n) => rechain(renumber([...lines.slice(0, n - 1), ...other.slice(n - 1).map((text) => text.replaceAll((JSON.parse(text) as AuditEvent).session_id, eventAt(1).session_id))]), n - 1), true],
];

function edit(n: number, by: (text: string) => string): string[] {
  return lines.map((text, at) => (at === n - 1 ? by(text) : text));
}

const PLACES = [1, 2, 9, 10, 11, 29, 30, 31, 45, EVENTS - 1, EVENTS];

test('the untouched log is sound, sealed to its end', () => {
  const { problems, events, isComplete, seals } = check(`${lines.join('\n')}\n`);
  assert.deepEqual([problems, events, isComplete, seals.count, seals.events, seals.isFinal], [[], EVENTS, true, 3, EVENTS, true]);
});

for (const [what, attack, isSealed = false] of KINDS) {
  test(`${what}: found at each of ${PLACES.length} places`, () => {
    const chance = new Chance(3);
    for (const n of PLACES) {
      const attacked = attack(n, chance);
      const text = `${attacked.join('\n')}\n`;
      if (text === `${lines.join('\n')}\n`) continue;
      const [first] = check(text).problems;
      assert.ok(first !== undefined, `${what} at ${n}`);
      // The first line that is not as it was; of a chain made to fit, the next seal after it.
      const begins = attacked.findIndex((line, at) => line !== lines[at]) + 1 || attacked.length + 1;
      if (!isSealed) assert.ok(first.line === begins || (attacked[begins - 1] === '' && first.line <= begins + 1), `${what} at ${n}: named ${first.line}, begins at ${begins}: ${first.what}`);
      else assert.ok(first.line >= begins && first.line <= Math.min(...SEALED.filter((sealed) => sealed >= begins), attacked.length + 1), `${what} at ${n}: named ${first.line}: ${first.what}`);
      assert.match(first.event, /-\d+$/);
    }
  });
}

const SEAL_ATTACKS: readonly (readonly [string, () => void])[] = [
  ['the seals removed', () => rmSync(sealsFile(file))],
  ['the last seal removed', () => writeFileSync(sealsFile(file), `${readFileSync(sealsFile(file), 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\n`)],
  ['a seal changed', () => writeFileSync(sealsFile(file), readFileSync(sealsFile(file), 'utf8').replace('"events":30', '"events":31'))],
  ['a seal of another key', () => {
    const forged = makeSeal(SealKey.open(join(base, 'forger', 'sessions')), { kind: 'end', session: eventAt(1).session_id, events: 60, head: eventAt(60).hash, bytes: 1, time: '2026-01-02T00:00:59Z' });
    writeFileSync(sealsFile(file), `${readFileSync(sealsFile(file), 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\n${JSON.stringify(forged)}\n`);
  }],
  ['rubbish among the seals', () => writeFileSync(sealsFile(file), `rubbish\n${readFileSync(sealsFile(file), 'utf8')}`)],
  ['the seals of another session', () => writeFileSync(sealsFile(file), readFileSync(sealsFile(file), 'utf8').replaceAll(eventAt(1).session_id, '20200101T000000-000000'))],
  ['the key replaced', () => {
    rmSync(besideLogs('keys', folder), { recursive: true });
    mkdirSync(besideLogs('keys', folder));
    copyFileSync(join(base, 'ledger-copy'), ledgerFile(folder));
    key = SealKey.open(folder);
  }],
];

for (const [what, attack] of SEAL_ATTACKS) {
  test(`${what}: found`, () => {
    const sound = `${lines.join('\n')}\n`;
    attack();
    const { problems } = check(sound);
    const ledger = readLedger(folder, key);
    assert.ok(problems.length + ledger.problems.length > 0, what);
    copyFileSync(join(base, 'seals-copy'), sealsFile(file));
  });
}

test('pruning keeps a signed statement, and leaves what is not sound', () => {
  const own = join(base, 'prune', 'sessions');
  const ids = generateLogs({ folder: own, events: 40, sessions: 4, end: new Date('2026-01-10T00:00:00Z'), days: 8 });
  const bad = join(own, `${ids[1]}.jsonl`);
  writeFileSync(bad, readFileSync(bad, 'utf8').replace('"micros":', '"micros":1'));
  const before = new Date('2026-01-07T00:00:00Z');
  const options = { folder: own, before, isDryRun: false, running: new Set<string>() };
  assert.equal(pruneLogs({ ...options, isDryRun: true }).length, 3);
  assert.ok(ids.every((id) => existsSync(join(own, `${id}.jsonl`))), 'a dry run removes nothing');
  assert.equal(pruneLogs({ ...options, running: new Set(ids) }).length, 0);
  const heads = new Map(ids.map((id) => [id, (JSON.parse(readFileSync(join(own, `${id}.jsonl`), 'utf8').trimEnd().split('\n').at(-1) ?? '') as AuditEvent).hash]));
  const pruned = pruneLogs(options);
  assert.deepEqual(pruned.map(({ session, kept }) => [session, kept === undefined]), [[ids[0], true], [ids[1], false], [ids[2], true]]);
  assert.deepEqual(ids.map((id) => existsSync(join(own, `${id}.jsonl`))), [false, true, false, true]);
  const { bySession, problems } = readLedger(own, SealKey.find(own));
  assert.deepEqual(problems, []);
  for (const id of [ids[0] ?? '', ids[2] ?? '']) assert.equal(bySession.get(id)?.[0]?.head, heads.get(id));
});
