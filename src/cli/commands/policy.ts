/** `patchwork policy …`: write, check, show and ask policies. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, PatchworkError } from '../../model/errors.ts';
import { lintPolicy } from '../../policy/lint.ts';
import { formatProblem, loadPolicies, policyFile } from '../../policy/load.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { presetText } from '../../policy/presets.ts';
import { policyJsonSchema } from '../../policy/schema.ts';
import { findProjectRoot } from '../../resolve/paths.ts';
import { print, say } from '../output.ts';
import { renderPolicies, policiesAsJson } from '../render/policies.ts';
import { addExplainCommand } from './explain.ts';

const SCHEMA_NAME = 'policy.schema.json';

export function addPolicyCommands(program: Command, onExit: (code: number) => void): void {
  const policy = program.command('policy').description('write, check, show and ask the policy');
  policy
    .command('init')
    .description('write a starter policy to ~/.patchwork/policy.yml')
    .option('--strict', 'fail-closed: only what everyday development needs')
    .option('--project', 'to .patchwork/policy.yml here, for everybody who works on the project')
    .option('--force', 'replace the policy that is there')
    .action((options: { strict?: boolean; project?: boolean; force?: boolean }) => init(options));
  policy
    .command('validate')
    .description('check a policy file, or all that are active')
    .argument('[path]')
    .option('--project <dir>', 'the project root')
    .action((path: string | undefined, options: { project?: string }) => onExit(validate(path, options.project)));
  policy
    .command('show')
    .description('the active policy: system, user and project together, each rule with its origin')
    .option('--json', 'for programs')
    .option('--policy <file>', "stands in for the user's policy")
    .option('--project <dir>', 'the project root')
    .action(async (options: { json?: boolean; policy?: string; project?: string }) => {
      const project = resolve(options.project ?? findProjectRoot(process.cwd()));
      const loaded = await loadPolicies({ project, ...(options.policy === undefined ? {} : { userFile: resolve(options.policy) }) });
      for (const warning of loaded.warnings) say(`patchwork: warning: ${warning}`);
      print(options.json ? JSON.stringify(policiesAsJson(loaded), null, 2) : renderPolicies(loaded));
    });
  policy
    .command('schema')
    .description('the JSON Schema of policy files, for editors')
    .action(() => print(JSON.stringify(policyJsonSchema(), null, 2)));
  addExplainCommand(policy, onExit);
}

function init(options: { strict?: boolean; project?: boolean; force?: boolean }): void {
  const file = options.project ? resolve('.patchwork', 'policy.yml') : policyFile('user', process.cwd());
  if (existsSync(file) && !options.force) throw new PatchworkError('PW_EXISTS', `${file} is there already`, { hint: 'it was left as it is; --force replaces it' });
  mkdirSync(dirname(file), { recursive: true, mode: options.project ? 0o755 : 0o700 });
  writeWhole(join(dirname(file), SCHEMA_NAME), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  writeWhole(file, presetText(options.strict ? 'strict' : 'default', `./${SCHEMA_NAME}`));
  say(`patchwork: wrote ${file}`);
  if (options.project) say('  commit it, so that everybody who works on the project has the same rules');
}

/** Half a policy, of a disk that was full, would stop every session. A link is replaced: in a project that somebody else made it may lead anywhere. */
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, text, { mode: 0o644, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw Object.assign(error as Error, { path: file, dest: undefined });
  }
}

/** Exit 0 when there is no error; warnings do not count. */
function validate(path: string | undefined, projectFolder: string | undefined): number {
  const project = resolve(projectFolder ?? findProjectRoot(process.cwd()));
  const files = path === undefined ? (['system', 'user', 'project'] as const).map((layer) => policyFile(layer, project)).filter((file) => existsSync(file)) : [path];
  if (files.length === 0) {
    say('patchwork: there is no policy file; the built-in default is used (`patchwork policy init` writes it out)');
    return 0;
  }
  let errors = 0;
  for (const file of files) {
    const text = readText(file);
    const { policy, problems } = parsePolicy(text, file, 'user');
    const all = [...problems, ...(policy === undefined ? [] : lintPolicy(policy, text))];
    for (const problem of all) print(formatProblem(problem));
    const count = (severity: string): number => all.filter((problem) => problem.severity === severity).length;
    errors += count('error');
    say(`${file}: ${count('error') === 0 ? 'valid' : `${count('error')} error${count('error') === 1 ? '' : 's'}`}${count('warning') > 0 ? `, ${count('warning')} warning${count('warning') === 1 ? '' : 's'}` : ''}`);
  }
  return errors === 0 ? 0 : EXIT_CODES.PW_POLICY_INVALID;
}

function readText(file: string): string {
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder');
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PatchworkError('PW_POLICY_UNREADABLE', `${file} cannot be read: ${(error as Error).message}`, { cause: error, hint: 'give the path of a policy file' });
  }
}

