/** `doctor`, `status` and `completion`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Argument } from 'commander';
import { loadPolicies } from '../../policy/load.ts';
import { findProjectRoot } from '../../resolve/paths.ts';
import { findSessions } from '../../session/runtime-folder.ts';
import { COMPLETIONS, type ShellName } from '../completions.ts';
import { print } from '../output.ts';
import { renderTable } from '../render/events.ts';

export function addSystemCommands(program: Command, onExit: (code: number) => void): void {
  program
    .command('doctor')
    .description('try every enforcement layer and say what is missing')
    .option('--json', 'for programs')
    .action(async (options: { json?: boolean }) => {
      const { examine } = await import('../../session/doctor.ts');
      const findings = await examine();
      if (options.json) print(JSON.stringify(findings, null, 2));
      else print(findings.map((each) => `${each.isOk ? 'ok     ' : each.isNeeded ? 'MISSING' : 'absent '}  ${each.what}: ${each.result}${each.isOk || each.advice === undefined ? '' : `\n           ${each.advice}`}`).join('\n'));
      onExit(findings.every((each) => each.isOk || !each.isNeeded) ? 0 : 1);
    });
  program
    .command('status')
    .description('the active policy and the sessions that are running')
    .option('--json', 'for programs')
    .action(async (options: { json?: boolean }) => {
      const project = resolve(findProjectRoot(process.cwd()));
      const loaded = await loadPolicies({ project });
      const { running } = findSessions();
      const policies = loaded.policies.map((policy) => ({ layer: policy.layer, file: policy.file, mode: policy.mode }));
      if (options.json) return print(JSON.stringify({ inside: process.env['PATCHWORK_SESSION'] ?? null, project, policies, sessions: running }, null, 2));
      print(`project: ${project}`);
      for (const policy of policies) print(`policy: ${policy.layer} ${policy.file} (${policy.mode})`);
      if (process.env['PATCHWORK_SESSION'] !== undefined) print(`this shell runs inside session ${process.env['PATCHWORK_SESSION']}`);
      print(running.length === 0 ? 'sessions: none is running' : `sessions:\n${renderTable(running.map((each) => [`  ${each.id}`, each.agent, `pid ${each.pid}`, each.project, each.since]))}`);
    });
  program
    .command('completion')
    .description('completions for your shell, to be sourced from its start-up file')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExamples:\n  patchwork completion bash >> ~/.bashrc\n  patchwork completion zsh > "${fpath[1]}/_patchwork"\n  patchwork completion fish > ~/.config/fish/completions/patchwork.fish')
    .action((shell: ShellName) => print(COMPLETIONS[shell]));
}
