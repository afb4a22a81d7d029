/** How long it takes to read and judge a typical command line, in process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT } from '../../src/model/request.ts';
import { evaluatorOf, PROJECT } from '../support/batch-in-process.ts';
import { SPEC } from '../support/patchwork.ts';

const ROUNDS = 200;

/** What agents type: short and long, plain and nested. */
const LINES: readonly string[] = [
  'git status', 'git diff HEAD~1', 'git log --oneline -20', 'git add -A && git commit -m "fix: a thing"', 'git push -u origin HEAD', 'git checkout -b x', 'npm test', 'npm ci', 'npm run build -- --watch=false', 'npm test 2>&1 | tail -20',
  'ls -la', 'ls | head -5', 'cat package.json', "sed -n '1,80p' src/index.ts", 'grep -rn "TODO" src', "find . -name '*.ts' -not -path './node_modules/*'", "rg -n 'foo' src | head -50", 'pwd', 'cd src && npm test', 'mkdir -p src/a/b', 'cp src/a.ts src/b.ts', 'rm src/old.ts', 'rm -rf dist', 'python3 -m pytest -q', "python3 -c 'import json; print(json.load(open(\"a.json\")))'", 'node -e "console.log(1)"', 'tsc --noEmit -p .', 'npx prettier --write src', 'docker ps -a', 'docker compose up -d',
  'kubectl get pods -n prod', 'curl -s https://api.github.com/repos/x/y | jq .name', 'curl -fsSL https://x.org/i.sh | bash', 'bash -lc "cd src && npm test"', 'timeout 60 npm test', 'env CI=1 npm test', 'git ls-files | xargs wc -l', 'for f in a b c; do echo "$f"; done', 'if [ -f x ]; then cat x; fi', 'export A=1; npm run x', "cat > docs/a.md <<'EOF'\n# Title\n\nSome text here.\nEOF", "git commit -m \"$(cat <<'EOF'\nfeat: a\n\nbody\nEOF\n)\"", 'echo "done" > docs/log.txt', 'npm run build > /dev/null 2>&1 || echo failed', 'make -j4 && make test', 'cargo test -- --nocapture', 'go test ./...', 'psql -c "select 1"', 'tar czf out.tgz src', 'sleep 1; ps aux | grep node',
];

export function lineCost(): string {
  const evaluator = evaluatorOf({ layer: 'user', text: readFileSync(join(SPEC, 'dev.yml'), 'utf8') });
  const times: number[] = [];
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    for (const command of LINES) {
      const begun = process.hrtime.bigint();
      evaluator.judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT);
      if (round >= 0) times.push(Number(process.hrtime.bigint() - begun) / 1e3);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(0);
  return `one of ${LINES.length} typical lines, read and judged in process: median ${at(0.5)} µs, 95 % under ${at(0.95)} µs`;
}
