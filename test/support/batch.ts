/** Verdict tables: requests in a short form, asked in one go through the batch contract of `policy explain`. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { printable } from '../../src/model/printable.ts';
import { createSandbox, type Sandbox } from './patchwork.ts';

export interface Answer {
  readonly effect: 'allow' | 'deny';
  readonly step: string;
  readonly rule?: string;
  readonly layer?: string;
  readonly source?: string;
  readonly risk: { readonly level: string; readonly flags: readonly string[] };
  readonly reason: string;
  readonly error?: string;
}

/** `read PATH`, `run LINE`, `host HOST[:PORT]`, `url URL`, `mcp SERVER:TOOL`; or the request itself. */
export type Request = string | Readonly<Record<string, unknown>>;

/** `by` is the pattern of the deciding rule, or the step where no rule decides; left out where the spec does not settle it. */
export type Row = readonly [request: Request, effect: 'allow' | 'deny', by?: string];

export interface World extends Sandbox {
  /** First folder of PATH: stand-ins for tools that a test machine need not have. */
  readonly bin: string;
}

const TOOLS = ['git', 'npm', 'npx', 'pnpm', 'yarn', 'node', 'tsc', 'python', 'python3', 'pytest', 'pip', 'cargo', 'go', 'make', 'docker', 'curl', 'wget', 'sudo', 'rg', 'jq'];

/** What links and lookups need on disk. Link, then its target. */
const LINKS: readonly (readonly [string, string])[] = [
  ['src/link-to-env', '../.env'],
  ['src/link-to-env.ts', '../.env'],
  ['src/link-to-hosts', '/etc/hosts'],
  ['src/link-to-notes', '{home}/notes.txt'],
  ['src/link-to-home', '{home}'],
  ['src/link-to-lib.ts', '../lib.js'],
  ['src/vendor', '../node_modules/pkg'],
  ['src/dangling', '../.env.new'],
  ['src/chain', 'link-to-env'],
  ['src/.env-looks', 'index.ts'],
  ['linked-src', 'src'],
  ['docs/git-in-disguise', '/bin/sh'],
];

export function createWorld(name: string): World {
  const sandbox = createSandbox(name);
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  for (const tool of TOOLS) makeProgram(sandbox, join(bin, tool));
  for (const file of ['git', 'npm', 'src/git', 'script.sh', 'gradlew']) makeProgram(sandbox, join(sandbox.project, file));
  for (const file of ['.env', 'src/index.ts', 'lib.js', 'node_modules/pkg/index.ts', 'docs/notes.md', 'package.json']) sandbox.write(file, '');
  for (const file of ['notes.txt', '.ssh/id_rsa', '.bashrc']) sandbox.write(join(sandbox.home, file), '');
  for (const [link, target] of LINKS) symlinkSync(target.replace('{home}', sandbox.home), join(sandbox.project, link));
  return { ...sandbox, bin };
}

function makeProgram(sandbox: Sandbox, file: string): void {
  // No two are the same: a copy of a denied program is denied.
  sandbox.write(file, `#!/bin/sh\n# ${file}\n`);
  chmodSync(file, 0o755);
}

/** Tokens that stand for places of the world. */
function fill(world: World, text: string): string {
  return text.replaceAll('{project}', world.project).replaceAll('{home}', world.home).replaceAll('{bin}', world.bin);
}

const FILE_WORDS: Readonly<Record<string, string>> = { read: 'file_read', create: 'file_create', edit: 'file_edit', delete: 'file_delete' };

function toRequest(world: World, request: Request): Readonly<Record<string, unknown>> {
  if (typeof request !== 'string') return JSON.parse(fill(world, JSON.stringify(request))) as Record<string, unknown>;
  const [, word = '', rest = ''] = /^(\w+) (.*)$/s.exec(request) ?? [];
  const target = fill(world, rest);
  const cwd = world.project;
  const file = FILE_WORDS[word];
  if (file !== undefined) return { action: file, path: target, cwd };
  if (word === 'run') return { action: 'command_execute', command: target, cwd };
  if (word === 'url') return { action: 'network_request', host: '', url: target, cwd };
  if (word === 'mcp') return { action: 'mcp_tool_call', server: target.slice(0, target.indexOf(':')), tool: target.slice(target.indexOf(':') + 1) };
  assert.equal(word, 'host', `no such request: ${request}`);
  const [, host = target, port] = /^([^:]*|\[.*\]):(\d+)$/.exec(target) ?? [];
  return { action: 'network_request', host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** One process for all requests; answers in their order. */
export function askAll(world: World, policy: string, requests: readonly Request[]): Answer[] {
  const input = requests.map((request) => `${JSON.stringify(toRequest(world, request))}\n`).join('');
  const env = { PATH: `${world.bin}:/usr/bin:/bin` };
  const result = world.run(['policy', 'explain', '--policy', policy, '--project', world.project, '--batch'], { input, env });
  assert.equal(result.status, 0, result.stderr);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  assert.equal(lines.length, requests.length, 'one answer for each request');
  return lines.map((line) => JSON.parse(line) as Answer);
}

export function title(request: Request): string {
  const text = printable(typeof request === 'string' ? request : JSON.stringify(request), 1000);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** One test for each row. `policy` names the policy file, once the world is there. */
export function checkVerdicts(name: string, policy: (world: World) => string, tables: Readonly<Record<string, readonly Row[]>>): void {
  describe(name, () => {
    let world: World | undefined;
    let answers: Answer[] = [];
    const rows = Object.values(tables).flat();
    before(() => {
      world = createWorld('verdicts');
      answers = askAll(world, policy(world), rows.map(([request]) => request));
    });
    after(() => world?.remove());
    for (const [group, table] of Object.entries(tables)) {
      describe(group, () => {
        for (const row of table) it(`${title(row[0])} → ${row[1]}${row[2] === undefined ? '' : ` by ${row[2]}`}`, () => checkAnswer(row, answers[rows.indexOf(row)]));
      });
    }
  });
}

const STEPS = ['risk', 'mode', 'baseline'];

function checkAnswer([, effect, by]: Row, answer: Answer | undefined): void {
  assert.ok(answer !== undefined, 'no answer');
  const got = `${answer.effect} in step ${answer.step} by ${answer.rule ?? 'no rule'}: ${answer.reason}${answer.error === undefined ? '' : ` (${answer.error})`}`;
  assert.equal(answer.effect, effect, got);
  if (by === undefined) return;
  if (STEPS.includes(by)) assert.equal(answer.step, by, got);
  else {
    assert.equal(answer.step, `${effect}_rule`, got);
    // `commands.deny: sudo *`: the pattern is all behind the first colon.
    assert.equal(answer.rule?.slice(answer.rule.indexOf(': ') + 2), by, got);
  }
}
