/** The scripted model as a program of its own, for a network of its own: `HOST PORT SCRIPT` (JSON). On SIGTERM it prints what the agent told it. */
import { startModel, type ToolCall } from './scripted-model.ts';

const [host = '', port = '', script = '[]'] = process.argv.slice(2);
const model = await startModel(JSON.parse(script) as ToolCall[], { host, port: Number(port) });
process.once('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify([...model.results])}\n`, () => process.exit(0));
});
process.stdout.write('ready\n');
