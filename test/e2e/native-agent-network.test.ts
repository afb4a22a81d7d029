/** A static native program as the agent, in a network of the test's own: it asks its model by name, and what it starts is held to the policy. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Bed, createBed, type Outcome, whyNoBed } from '../network/support/bed.ts';
import { ADDRESSES, DENIED } from '../network/support/world.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { PROGRAM } from '../support/patchwork.ts';
import { codex } from './agents.ts';
import { binFolder, install, whyUnavailable } from './install.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? whyUnavailable(codex) ?? false;
/** Nobody else of the tests' servers listens there. */
const MODEL_PORT = 8011;
const SCRIPT = ['curl -sS -m 5 http://allowed.test/permitted', 'curl -sS -m 5 http://denied.test/forbidden', `curl -sS -m 5 http://${DENIED}/direct`, 'curl -sS -m 5 -H "Host: denied.test" http://allowed.test/front'].map(codex.shell);
const POLICY = 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["*"]\n  files:\n    allow: ["**", "/**"]\n  network:\n    allow: ["allowed.test"]\n    deny: ["*"]\n';

interface Told {
  readonly outcome: Outcome;
  /** What the agent told its model of each call. */
  readonly results: ReadonlyMap<number, string>;
}
let bed: Bed;
before(async () => {
  if (skip !== false) return;
  install(codex);
  bed = await createBed('native');
});
after(() => bed?.close());

const said = (child: ChildProcess): Promise<string> => new Promise((resolve) => child.stdout?.once('data', (data: Buffer) => resolve(String(data))));

async function play(policy: string, seconds: number): Promise<Told> {
  const model = spawn('ip', ['netns', 'exec', bed.outside, process.execPath, join(dirname(fileURLToPath(import.meta.url)), 'model-process.js'), ADDRESSES['allowed.test']?.[0] ?? '', String(MODEL_PORT), JSON.stringify(SCRIPT)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await said(model);
    const home = join(bed.sandbox.home, 'codex-home');
    for (const [path, text] of Object.entries(codex.files(`http://allowed.test:${MODEL_PORT}/v1`))) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    bed.sandbox.write('native.yml', policy);
    const words = codex.args.map((word) => `'${word}'`).join(' ');
    const outcome = bed.bare(`CODEX_HOME='${home}/.codex' PATH='${binFolder(codex)}':"$PATH" timeout ${seconds} '${process.execPath}' '${PROGRAM}' run --policy native.yml codex ${words} 2>&1`, { env: codex.variables(''), timeoutMs: 1000 * seconds + 10_000 });
    const told = said(model);
    model.kill('SIGTERM');
    return { outcome, results: new Map(JSON.parse(await told) as [number, string][]) };
  } finally {
    model.kill('SIGKILL');
  }
}

test('its model and permitted hosts answer, others are refused with the reason, and nothing leaves for them', { skip }, async () => {
  await bed.packets();
  bed.seen();
  const { outcome, results } = await play(POLICY, 80);
  assert.equal(outcome.status, 0, outcome.out);
  assert.equal(results.size, SCRIPT.length, outcome.out);
  assert.match(results.get(0) ?? '', /SERVED http GET allowed\.test \/permitted/);
  assert.match(results.get(1) ?? '', /denied network_request `denied\.test`[\s\S]*network\.deny: \*/);
  assert.match(results.get(2) ?? '', /denied network_request `203\.0\.113\.66:80`/);
  assert.match(results.get(3) ?? '', /denied network_request `denied\.test:80/);
  assert.deepEqual((await bed.packets()).filter((line) => line.includes(`> ${DENIED}.`)), []);
  assert.deepEqual(bed.seen().filter((line) => /denied|direct|front/.test(line)), []);
  const events = bed.sandbox.events().filter(({ action }) => action === 'network_request');
  assert.ok(events.some(({ target, status }) => status !== 'denied' && target.host === 'allowed.test' && target.port === MODEL_PORT));
});

test('a policy that does not name its model host keeps the agent from it', { skip }, async () => {
  // It says "waiting for network" for as long as there is none; bare it does so for a name that does not exist.
  const { outcome, results } = await play(POLICY.replace('"allowed.test"', '"also.test"'), 15);
  assert.notEqual(outcome.status, 0);
  assert.equal(results.size, 0);
  assert.match(outcome.out, /denied network_request `allowed\.test/);
});
