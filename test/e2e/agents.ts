/** The agents that the tests drive: how each is installed, pointed at a scripted model, and asked to act. */
import { join } from 'node:path';
import type { ToolCall } from './scripted-model.ts';

export interface DrivenAgent {
  readonly name: string;
  /** Exactly this version: tool names and their arguments change between versions. */
  readonly spec: string;
  /** Words behind the agent's name for one task without a person. */
  readonly args: readonly string[];
  /** Configuration files below the home. */
  files(modelUrl: string): Readonly<Record<string, string>>;
  variables(modelUrl: string): Readonly<Record<string, string>>;
  shell(command: string): ToolCall;
  /** How the folder `build` is removed: what an agent refuses by itself would prove nothing. */
  readonly remove: string;
  /** Replaces one line of a file below the project; with what has to come before it. */
  edit(project: string, file: string, from: string, to: string): readonly ToolCall[];
  /** The agent's own tool for reading a file, where it has one. */
  read?(project: string, file: string): ToolCall;
}

const PROMPT = 'Carry out the scripted task.';

/** A Node program that starts itself again and runs commands in a terminal of its own. */
const qwen: DrivenAgent = {
  name: 'qwen',
  spec: '@qwen-code/qwen-code@0.15.10',
  args: ['--yolo', '--auth-type', 'openai', '-m', 'scripted', PROMPT],
  files: () => ({ '.qwen/settings.json': JSON.stringify({ security: { folderTrust: { enabled: false } }, general: { enableAutoUpdate: false }, privacy: { usageStatisticsEnabled: false }, telemetry: { enabled: false } }) }),
  variables: (modelUrl) => ({ OPENAI_API_KEY: 'scripted', OPENAI_BASE_URL: modelUrl, OPENAI_MODEL: 'scripted' }),
  remove: 'rm -rf build',
  shell: (command) => ({ tool: 'run_shell_command', input: { command, is_background: false } }),
  read: (project, file) => ({ tool: 'read_file', input: { file_path: join(project, file) } }),
  edit: (project, file, from, to) => [
    { tool: 'read_file', input: { file_path: join(project, file) } },
    { tool: 'edit', input: { file_path: join(project, file), old_string: from, new_string: to } },
  ],
};

/** A static native program that starts `/bin/bash -lc`, whose login profile sets PATH anew. */
export const codex: DrivenAgent = {
  name: 'codex',
  spec: '@openai/codex@0.169.0',
  args: ['exec', '--dangerously-bypass-approvals-and-sandbox', '--skip-git-repo-check', PROMPT],
  files: (modelUrl) => ({
    '.codex/config.toml': [
      'model = "gpt-5.5"',
      'model_provider = "scripted"',
      'check_for_update_on_startup = false',
      '[analytics]',
      'enabled = false',
      '[features]',
      ...['plugins', 'remote_plugin', 'apps', 'daemon_auto_start'].map((feature) => `${feature} = false`),
      '[model_providers.scripted]',
      'name = "scripted"',
      `base_url = "${modelUrl}"`,
      'wire_api = "responses"',
      'env_key = "SCRIPTED_KEY"',
      'request_max_retries = 0',
      'stream_max_retries = 0',
      '',
    ].join('\n'),
  }),
  variables: () => ({ SCRIPTED_KEY: 'scripted' }),
  // It refuses the plain form.
  remove: 'remove=rm; $remove -rf build',
  shell: (command) => ({ tool: 'exec_command', input: { cmd: command } }),
  edit: (_project, file, from, to) => [{ tool: 'apply_patch', input: ['*** Begin Patch', `*** Update File: ${file}`, '@@', `-${from}`, `+${to}`, '*** End Patch'].join('\n') }],
};

export const AGENTS: readonly DrivenAgent[] = [qwen, codex];
