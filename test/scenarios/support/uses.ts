/** Runs permitted uses bare and under each policy: they must not be told apart. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../support/patchwork.ts';
import type { Seen, Use } from './model.ts';
import { isOpen } from './open.ts';
import { describe, GUARD, NO_COMPILER, ONLY, type Pass, reasonToSkip, runPass } from './runner.ts';
import { createStage, type Stage } from './stage.ts';

/** `closed` needs the guard: without it, a fail-closed policy covers less than it says. */
const POLICIES = GUARD ? ['open', 'default', 'closed'] : ['open', 'default'];

function snapshot(use: Use, stage: Stage): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (folder: string, name: string): void => {
    for (const entry of readdirSync(folder, 'latin1').sort()) {
      // Names are bytes.
      const path = Buffer.concat([Buffer.from(folder, 'latin1'), Buffer.from('/'), Buffer.from(entry, 'latin1')]);
      const shown = name === '' ? entry : `${name}/${entry}`;
      if (use.ignoreFiles?.test(shown) === true || /(^|\/)\.git\/(.*\/)?(index|logs|objects)|\/hooks\//.test(shown)) continue;
      // Deeper than a path can be long: its name is all that is compared.
      const stats = path.length < 4096 ? lstatSync(path) : undefined;
      if (stats === undefined) {
        found[shown] = 'deep';
        continue;
      }
      const mode = stats.mode.toString(8);
      if (stats.isDirectory()) {
        found[shown] = mode;
        walk(path.toString('latin1'), shown);
      } else if (stats.isSymbolicLink()) found[shown] = `link ${readlinkSync(path)}`;
      else if (stats.isFile()) found[shown] = `${mode} ${stats.size} ${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12)}`;
      else found[shown] = mode;
    }
  };
  walk(stage.rowFolder(use), '');
  return found;
}

export function runUses(all: readonly Use[]): void {
  const uses = all.filter((use) => ONLY === undefined || new RegExp(ONLY).test(use.id)).map((use) => ({ ...use, env: { TSC: join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ...use.env } }));
  const skipped = new Map<string, string>();
  for (const use of uses) {
    const reason = NO_COMPILER === false ? reasonToSkip(use) : NO_COMPILER;
    if (reason !== undefined) skipped.set(use.id, reason);
  }
  const tried = uses.filter((use) => !skipped.has(use.id)).map(({ env: _, ...use }): Use => use);
  const env = uses[0]?.env ?? {};
  let stage: Stage | undefined;
  let bare: Pass | undefined;
  const governed = new Map<string, Pass>();
  before(async () => {
    if (tried.length === 0) return;
    stage = createStage();
    const look = (use: Use, _seen: Seen, pass: Pass): void => void (stage !== undefined && pass.snapshots.set(use.id, snapshot(use, stage)));
    bare = await runPass(tried, { stage, isGoverned: false, policyOf: () => 'all', look, env });
    for (const policy of POLICIES) {
      // Calls and shells are the same under the built-in policy; git and real programs meet more of its rules.
      const wanted = tried.filter((use) => (policy === 'default' ? /^(?:git|prog|node)/.test(use.id) : use.policy === undefined || policy !== 'closed'));
      governed.set(policy, await runPass(wanted, { stage, isGoverned: true, policyOf: () => policy, look, env }));
    }
  });
  after(() => stage?.remove());
  for (const use of uses) {
    test(`permitted: ${use.title}`, isOpen('permitted', use.id), (context) => {
      const reason = skipped.get(use.id);
      if (reason !== undefined) return context.skip(reason);
      const expected = bare?.seen.get(use.id);
      assert.ok(expected !== undefined, 'it was not run');
      assert.equal(expected.code, use.code ?? 0, `bare, it must end well (${use.id}): ${describe(expected)}`);
      const clean = (text: string): string => (use.ignore === undefined ? text : text.replaceAll(new RegExp(use.ignore, 'g'), ''));
      for (const policy of POLICIES) {
        const seen = governed.get(policy)?.seen.get(use.id);
        if (seen === undefined) continue;
        assert.deepEqual({ code: seen.code, signal: seen.signal, isTimeout: seen.isTimeout, out: clean(seen.out), err: clean(seen.err) }, { code: expected.code, signal: expected.signal, isTimeout: false, out: clean(expected.out), err: clean(expected.err) }, `${use.id} under ${policy}`);
        assert.deepEqual(governed.get(policy)?.snapshots.get(use.id), bare?.snapshots.get(use.id), `${use.id} under ${policy}: files`);
        assert.equal(governed.get(policy)?.ends.get(use.id), 'exit 0', `the session did not come to its end (${use.id})`);
      }
      return undefined;
    });
  }
}
