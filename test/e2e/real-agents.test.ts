/** Agents that others wrote, from the package registry, play the same script twice: as they are, and under the development policy. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { AGENTS } from './agents.ts';
import { install, whyUnavailable } from './install.ts';
import { taskFor } from './task.ts';
import { play, type Run, SECRET } from './workspace.ts';

for (const agent of AGENTS) {
  const unavailable = whyUnavailable(agent);
  describe(`${agent.name}, driven by a scripted model`, { skip: unavailable ?? false }, () => {
    let bare: Run;
    let governed: Run;
    let events: AuditEvent[];
    // Places in the script are the same wherever the project lies.
    const task = taskFor(agent, '/');

    before(async () => {
      install(agent);
      const script = (project: string) => taskFor(agent, project).script;
      [bare, governed] = await Promise.all([play(agent, script, false), play(agent, script, true)]);
      events = governed.sandbox.events();
    });

    after(() => {
      bare?.sandbox.remove();
      governed?.sandbox.remove();
    });

    it('plays the whole script, with and without Patchwork', () => {
      for (const run of [bare, governed]) {
        assert.equal(run.exitCode, 0, run.output);
        assert.equal(run.results.size, task.script.length, run.output);
      }
    });

    it('does every forbidden thing when it is not governed', () => {
      assert.notEqual(bare.remote.after, bare.remote.before);
      assert.equal(bare.has('build'), false);
      assert.equal(bare.has('made-by-sudo'), true);
      for (const { place } of task.forbidden.filter(({ target }) => target.endsWith('.env'))) assert.match(bare.results.get(place) ?? '', new RegExp(SECRET));
    });

    it('does what is permitted under Patchwork, with the same results', () => {
      for (const run of [bare, governed]) {
        assert.match(run.results.get(task.status.place) ?? '', /## main/);
        assert.match(run.results.get(task.sum.place) ?? '', /sum 42/);
        assert.equal(run.text('src/a.ts'), 'export const a = 2;\n');
      }
    });

    it('leaves remote, files and secret alone under Patchwork', () => {
      assert.equal(governed.remote.after, governed.remote.before);
      assert.equal(governed.text('build/out.txt'), 'built\n');
      assert.equal(governed.has('made-by-sudo'), false);
      assert.doesNotMatch([...governed.results.values(), governed.output].join('\n'), new RegExp(SECRET));
    });

    it('tells the model why each forbidden thing did not happen', () => {
      for (const { place, call, rule } of task.forbidden) {
        const result = governed.results.get(place) ?? '';
        const what = `${JSON.stringify(call.input)}: ${result}`;
        assert.ok(result.includes('patchwork: denied'), what);
        assert.ok(result.includes(rule), what);
        assert.match(result, /policy\.yml:\d+/, what);
      }
    });

    it('logs what was permitted and what was denied, in a chain that holds', () => {
      for (const { call, rule, target } of task.forbidden) {
        const isLogged = events.some((event) => event.status === 'denied' && event.decision.rule === rule && targetOf(event).includes(target));
        assert.ok(isLogged, `${JSON.stringify(call.input)} is not in the log as denied by ${rule}`);
      }
      for (const command of ['git status --short --branch', 'node -e']) {
        assert.ok(events.some((event) => event.status === 'completed' && event.decision.step === 'allow_rule' && targetOf(event).includes(command)), `${command} is not in the log as allowed`);
      }
      assert.doesNotMatch(JSON.stringify(events), new RegExp(SECRET));
      const { status, stdout, stderr } = governed.sandbox.run(['verify']);
      assert.equal(status, 0, stdout + stderr);
    });
  });
}

function targetOf({ target }: AuditEvent): string {
  return target.command ?? target.abs_path ?? '';
}
