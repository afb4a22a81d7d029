/** `patchwork policy explain`: what would happen, step by step; and the batch form for other programs. */
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Ask } from '../../evaluator/ask.ts';
import type { Evaluator, Judgement } from '../../evaluator/evaluator.ts';
import { PatchworkError } from '../../model/errors.ts';
import { ACTIONS, AGENT, type FileAction } from '../../model/request.ts';
import { parseDestination } from '../../resolve/destination.ts';
import { expandHome } from '../../resolve/paths.ts';
import { buildEvaluator } from '../build-evaluator.ts';
import { print } from '../output.ts';
import { renderExplanation, toAnswer } from '../render/explanation.ts';
import { parseBatchLine } from './batch.ts';

interface ExplainOptions {
  readonly json?: boolean;
  readonly batch?: boolean;
  readonly policy?: string;
  readonly project?: string;
  readonly cwd?: string;
}

export function addExplainCommand(policy: Command, onExit: (code: number) => void): void {
  policy
    .command('explain')
    .description('say what the policy decides, and why')
    .argument('[action]', `one of ${ACTIONS.join(', ')}; without it, the words after -- are a command line`)
    .argument('[target...]')
    // Words that look like options of ours are those of the command that is asked about.
    .allowUnknownOption()
    .option('--json', 'for programs')
    .option('--batch', 'one request a line on stdin, one answer a line on stdout')
    .option('--policy <file>', "stands in for the user's policy; with --batch it is judged alone")
    .option('--project <dir>', 'the project root')
    .option('--cwd <dir>', 'the folder the action is taken in')
    .addHelpText('after', "\nExamples:\n  patchwork policy explain file_read .env\n  patchwork policy explain network_request https://example.org/\n  patchwork policy explain -- 'git push --force && npm test'\n  patchwork policy explain -- git push --force")
    .action(async (action: string | undefined, target: string[], options: ExplainOptions) => {
      if (options.batch) return await explainBatch(options);
      const evaluator = await buildEvaluator(options);
      const cwd = resolve(options.cwd ?? process.cwd());
      const judgement = evaluator.judge(readAsk(action, target, cwd), AGENT);
      print(options.json ? JSON.stringify(toAnswer(judgement, true)) : renderExplanation(judgement, process.stdout.columns ?? Number.POSITIVE_INFINITY));
      onExit(judgement.decision.effect === 'allow' ? 0 : 1);
    });
}

/** One word is a line of shell text; several are the words of one command. An action's name in front makes it that action. */
function readAsk(action: string | undefined, target: readonly string[], cwd: string): Ask {
  if (action === undefined) throw new PatchworkError('PW_USAGE', 'what is to be explained?', { hint: "patchwork policy explain file_read .env, or patchwork policy explain -- 'git push --force'" });
  const isAction = (ACTIONS as readonly string[]).includes(action);
  const words = isAction ? target : [action, ...target];
  const [first] = words;
  if (first === undefined) throw new PatchworkError('PW_USAGE', `${action} of what?`, { hint: `patchwork policy explain ${action} TARGET` });
  if (!isAction || action === 'command_execute') return words.length === 1 ? { action: 'command_execute', command: first, cwd } : { action: 'command_execute', argv: words, cwd };
  if (action === 'network_request') {
    const destination = parseDestination(first);
    if (destination === undefined) throw new PatchworkError('PW_USAGE', `${first} names no host`, { hint: 'give a URL, a host or host:port' });
    return { action, ...destination, url: first };
  }
  if (action === 'mcp_tool_call') {
    const [server = '', tool] = first.includes(':') ? [first.slice(0, first.indexOf(':')), first.slice(first.indexOf(':') + 1)] : [first, target[1]];
    return { action, server, tool: tool ?? '' };
  }
  return { action: action as FileAction, path: expandHome(first), cwd };
}

/** A line that is no request gets an error answer in its place; the order is kept. */
async function explainBatch(options: ExplainOptions): Promise<void> {
  const evaluator = await buildEvaluator(options, true);
  const project = evaluator.places.project;
  let pending: string[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    pending.push(answerLine(line, evaluator, project));
    if (pending.length >= 256) {
      print(pending.join('\n'));
      pending = [];
    }
  }
  if (pending.length > 0) print(pending.join('\n'));
}

function answerLine(line: string, evaluator: Evaluator, project: string): string {
  try {
    const judgement: Judgement = evaluator.judge(parseBatchLine(line, project), AGENT);
    return JSON.stringify(toAnswer(judgement, false));
  } catch (error) {
    return JSON.stringify({ effect: 'deny', step: 'mode', error: error instanceof Error ? error.message : String(error), reason: 'the request cannot be read; what cannot be judged is denied', risk: { level: 'medium', flags: [] } });
  }
}

