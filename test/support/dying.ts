/** A process that is to be killed: it writes a log as fast as it can and says which events are written, or indexes the logs again and again. */
import { writeSync } from 'node:fs';
import { openIndex } from '../../src/audit/index/open.ts';
import { Sealer } from '../../src/audit/sealer.ts';
import { AuditWriter } from '../../src/audit/writer.ts';

const [mode = '', folder = '', sessionId = ''] = process.argv.slice(2);

if (mode === 'index') {
  for (;;) {
    const index = await openIndex(folder);
    await index.refresh();
    index.close();
    writeSync(1, '.');
  }
}
const audit = new AuditWriter({ sessionId, agent: 'dying', project: { name: 'p', path: '/p' }, folder });
new Sealer(audit, sessionId, { firstMs: 2, intervalMs: 3, onFailure: (what, error) => writeSync(2, `${what}: ${String(error)}\n`) });
for (let seq = 1; ; seq++) {
  audit.append({ action: seq === 1 ? 'session_start' : 'command_execute', status: 'completed', risk: { level: 'low', flags: [] }, target: { type: 'command', command: `step ${seq} ${'x'.repeat(seq % 700)}` }, decision: { effect: 'allow', step: 'mode', layer: 'user', reason: 'r', pep: 'shim', micros: 1 }, process: { pid: process.pid } });
  writeSync(1, `${seq}\n`);
  if (seq % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
}
