/** Deny rules whose programs and operands are paths: a file is the same however its path is written, and from wherever. */
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkVerdicts, type Row, type World } from '../support/batch.ts';

const POLICY = 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["./scripts/deploy.sh *", "tools/*.sh *", "node scripts/release.js *", "rm ./keep", "cp ./* x"]\n';

const HITS: readonly Row[] = [
  './scripts/deploy.sh', 'scripts/deploy.sh now', 'scripts//deploy.sh', './scripts/../scripts/deploy.sh', 'bash scripts/deploy.sh', './copy.sh', 'find . -exec ./scripts/deploy.sh {} +',
  'tools/a.sh', './tools/a.sh x', 'bash tools/a.sh', './link-to-tool',
  'node scripts/release.js', 'node ./scripts/release.js --now', 'node .//scripts/./release.js', 'rm keep', 'rm ./keep', 'cp ./a x',
].map((line): Row => [`run ${line}`, 'deny']);

const MISSES: readonly Row[] = [
  'scripts/other.sh', './deploy.sh', 'bash other/deploy.sh', 'cat scripts/deploy.sh', 'echo ./scripts/deploy.sh', 'tools/a.py', 'node scripts/other.js', 'rm other', 'cp a x',
].map((line): Row => [`run ${line}`, 'allow']);

function policyIn({ project, write }: World): string {
  for (const name of ['scripts/deploy.sh', 'copy.sh']) write(name, '#!/bin/sh\necho deployed to all the servers there are\n');
  for (const name of ['scripts/other.sh', 'deploy.sh', 'other/deploy.sh', 'tools/a.sh', 'tools/b.sh', 'tools/a.py', 'scripts/release.js', 'scripts/other.js']) write(name, `#!/bin/sh\necho ${name}\n`);
  for (const name of ['scripts/deploy.sh', 'copy.sh', 'scripts/other.sh', 'deploy.sh', 'tools/a.sh', 'tools/b.sh', 'tools/a.py']) chmodSync(join(project, name), 0o755);
  symlinkSync('tools/a.sh', join(project, 'link-to-tool'));
  return write('paths.yml', POLICY);
}

checkVerdicts('Deny rules by path', policyIn, { 'hit that file under every name': HITS, 'leave other files alone': MISSES });
