/** Scripts in other languages on the command line: what they start (`> words`), touch (`read f`), or hide (`?`). */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

function findingsIn(line: string): string[] {
  const { parts, touches, opaque } = analyzeText(line);
  return [...parts.slice(1).map((part) => `> ${part.words.map((word) => word.text).join(' ')}`), ...touches.filter((touch) => !/(?:^|\/)rm$/.test(parts[touch.part ?? -1]?.words[0]?.text ?? '')).map((touch) => `${touch.access} ${touch.path.text}`), ...opaque.map(() => '?')];
}

const ROWS: readonly (readonly [string, readonly string[]])[] = [
  // Python starts.
  [`python3 -c "from os import system as x; x('rm x')"`, ['> rm x']],
  [`python3 -c "import os; f = os.system; f('rm x')"`, ['> rm x']],
  [`node -e 'const { execSync: x } = require("child_process"); x("rm x")'`, ['> rm x']],
  [`node -e 'const x = cp.execSync; x("rm x") // child_process'`, ['> rm x']],
  [`python3 -c "import os; os.system('rm x')"`, ['> rm x']],
  [`python -c 'import os; os.system("rm x")'`, ['> rm x']],
  [`python3.11 -c "import os; os.popen('rm x')"`, ['> rm x']],
  [`python3 -Sc "import os; os.system('rm x')"`, ['> rm x']],
  [`python3 -c "__import__('os').system('rm x')"`, ['> rm x']],
  [`python3 -c "import os; getattr(os, 'system')('rm x')"`, ['> rm x']],
  [`python3 -c "import subprocess; subprocess.run(['rm', 'x'])"`, ['> rm x']],
  [`python3 -c "import subprocess as s; s.run('rm x', shell=True)"`, ['> rm x']],
  [`python3 -c "from subprocess import call; call(('rm', 'x'))"`, ['> rm x']],
  [`python3 -c "import subprocess; subprocess.Popen(args=['rm', 'x'])"`, ['> rm x']],
  [`python3 -c "import subprocess; subprocess.check_output('''rm x''', shell=True)"`, ['> rm x']],
  [`python3 -c "import subprocess; subprocess.run('rm x'.split())"`, ['?']],
  [`python3 -c "import os; os.execvp('rm', ['rm', 'x'])"`, ['> rm x']],
  [`python3 -c "import os; os.execl('/bin/rm', 'rm', 'x')"`, ['> /bin/rm x']],
  [`python3 -c "import os; os.spawnlp(os.P_WAIT, 'rm', 'rm', 'x')"`, ['> rm x']],
  [`python3 -c "import pty; pty.spawn('/bin/sh')"`, ['> /bin/sh']],
  [`python3 -c "import os; os.system('r' + 'm x')"`, ['> rm x']],
  [`python3 -c "import os; c = 'rm x'; os.system(c)"`, ['> rm x']],
  [`python3 -c "import os; os.system('\\x72m x')"`, ['> rm x']],
  [`python3 -c 'import os,sys; os.system(sys.argv[1])'`, ['?']],
  [`python3 -c "exec('import os; os.system(\\\\'rm x\\\\')')"`, ['> rm x']],
  [`python3 -c "import base64; exec(base64.b64decode('eA=='))"`, ['?']],
  [`python3 - <<'E'\nimport os\nos.system('rm x')\nE`, ['> rm x']],
  [`python3 <<E\nimport subprocess\nsubprocess.run(\n  ['rm',\n   'x'])\nE`, ['> rm x']],
  [`python3 <<< "import os; os.system('rm x')"`, ['> rm x']],
  // Python touches.
  [`python3 -c "import shutil; shutil.rmtree('x')"`, ['> rm -rf x']],
  [`python3 -c "import os; os.remove('x')"`, ['delete x']],
  [`python3 -c "print(open('x').read())"`, ['read x']],
  [`python3 -c "open('x', 'w').write('a')"`, ['write x']],
  [`python3 -c "open('x', mode='a')"`, ['write x']],
  [`python3 -c "open(file='x')"`, ['read x']],
  [`python3 -c "import os; os.rename('x', 'y')"`, ['delete x', 'write y']],
  [`python3 -c "import shutil; shutil.copy('x', 'y')"`, ['read x', 'write y']],
  [`python3 -c "from pathlib import Path; Path('x').unlink()"`, ['delete x']],
  [`python3 -c "from pathlib import Path; print(Path('x').read_text())"`, ['read x']],
  [`python3 -c "import pathlib; pathlib.Path('x').write_text('a')"`, ['write x']],
  // Node.
  [`node -e "require('child_process').execSync('rm x')"`, ['> rm x']],
  [`node -e "require('node:child_process').exec('rm x', () => {})"`, ['> rm x']],
  [`node -p "require('child_process').execSync('rm x').toString()"`, ['> rm x']],
  [`node -pe "require('child_process').execSync('rm x')"`, ['> rm x']],
  [`node --eval="require('child_process').execSync('rm x')"`, ['> rm x']],
  [`node -e "const { spawn } = require('child_process'); spawn('rm', ['x'])"`, ['> rm x']],
  [`node -e "require('child_process').spawnSync('rm x', { shell: true })"`, ['> rm x']],
  [`node -e "require('child_process')['execSync']('rm x')"`, ['> rm x']],
  [`node --input-type=module -e "import {execFileSync} from 'child_process'; execFileSync('rm', ['x'])"`, ['> rm x']],
  ["node -e 'require(\"child_process\").execSync(`rm x`)'", ['> rm x']],
  ["node -e 'require(\"child_process\").execSync(`rm ${f}`)'", ['> rm $_unknown_']],
  [`node -e "require('child_process').exec(process.argv[1])"`, ['?']],
  [`node <<'E'\nrequire('child_process').execSync('rm x')\nE`, ['> rm x']],
  [`node -e "require('fs').rmSync('x', { recursive: true, force: true })"`, ['> rm -rf x']],
  [`node -e "require('fs').unlinkSync('x')"`, ['delete x']],
  [`node -e "require('fs').rmSync('x')"`, ['delete x']],
  [`node -e "console.log(require('fs').readFileSync('x', 'utf8'))"`, ['read x']],
  [`node -e "fs.writeFileSync('x', 'rm x')"`, ['write x']],
  [`deno eval "new Deno.Command('rm', { args: ['x'] })"`, ['> rm x']],
  [`deno eval "Deno.removeSync('x')"`, ['delete x']],
  [`bun -e "Bun.spawn(['rm', 'x'])"`, ['> rm x']],
  // Perl.
  [`perl -e 'system("rm x")'`, ['> rm x']],
  [`perl -e 'system "rm", "x"'`, ['> rm x']],
  [`perl -E 'exec("rm x") or die'`, ['> rm x']],
  ["perl -e 'print `rm x`'", ['> rm x']],
  [`perl -e 'print qx{rm x}'`, ['> rm x']],
  [`perl -e 'system(qw(rm x))'`, ['> rm x']],
  [`perl -ne 'system("rm $_")'`, ['> rm $_unknown_']],
  [`perl -e 'open(F, "|rm x")'`, ['> rm x']],
  [`perl -e 'open(F, "-|", "rm", "x")'`, ['> rm x']],
  [`perl -e 'open(F, "<", "x")'`, ['read x']],
  [`perl -e 'open my $f, ">x"'`, ['write x']],
  [`perl -e 'unlink "x"'`, ['delete x']],
  [`perl -MFile::Path -e 'rmtree("x")'`, ['> rm -rf x']],
  [`perl <<'E'\nsystem("rm x");\nE`, ['> rm x']],
  // Ruby, PHP, Lua, others.
  [`ruby -e 'system("rm x")'`, ['> rm x']],
  [`ruby -e 'system "rm", "x"'`, ['> rm x']],
  ["ruby -e 'puts `rm x`'", ['> rm x']],
  [`ruby -e '%x(rm x)'`, ['> rm x']],
  [`ruby -e 'IO.popen(["rm", "x"])'`, ['> rm x']],
  [`ruby -e 'Kernel.exec("rm x")'`, ['> rm x']],
  [`ruby -e 'File.delete("x")'`, ['delete x']],
  [`ruby -rfileutils -e 'FileUtils.rm_rf("x")'`, ['> rm -rf x']],
  [`ruby -e 'puts File.read("x")'`, ['read x']],
  [`ruby -e 'File.write("x", "a")'`, ['write x']],
  [`php -r 'system("rm x");'`, ['> rm x']],
  [`php -r 'shell_exec("rm x");'`, ['> rm x']],
  ["php -r 'echo `rm x`;'", ['> rm x']],
  [`php -r 'file_put_contents("x", "a");'`, ['write x']],
  [`php -r 'unlink("x");'`, ['delete x']],
  [`lua -e 'os.execute("rm x")'`, ['> rm x']],
  [`lua -e 'io.popen([[rm x]])'`, ['> rm x']],
  [`lua -e 'os.remove("x")'`, ['delete x']],
  [`Rscript -e 'system("rm x")'`, ['> rm x']],
  [`julia -e 'run(\`rm x\`)'`.replaceAll('\\', ''), ['> rm x']],
  [`sqlite3 a.db '.shell rm x'`, ['> rm x', 'write a.db']],
  [`psql -c '\\! rm x'`, ['> rm x']],
  // awk and sed.
  [`awk 'BEGIN { while (("rm x" | getline l) > 0) print l }'`, ['> rm x']],
  [`awk '{ print $0 > "x" }'`, ['write x']],
  [`awk '{ print $0 >> "x" }'`, ['write x']],
  [`awk 'BEGIN { getline l < "x" }'`, ['read x']],
  [`awk '{ system($1) }'`, ['?']],
  [`awk '{ system("rm " $1) }'`, ['> rm $_unknown_']],
  [`sed -n 'w x' f`, ['read f', 'write x']],
  [`sed 's/a/b/w x' f`, ['read f', 'write x']],
  [`sed 'r x' f`, ['read f', 'read x']],
  [`sed 's/.*/&/e' f`, ['read f', '?']],
];

for (const [line, expected] of ROWS) {
  test(`${JSON.stringify(line)}: ${expected.join(', ')}`, () => assert.deepEqual(findingsIn(line), expected));
}

/** Talk of such calls is none of them. */
const HARMLESS: readonly string[] = [
  `node -e 'const o = { execSync: log }; log("rm x") // child_process'`,
  `python3 -c "from os import getcwd as system2; system2('rm x')"`,
  `python3 -c "print('os.system')"`, `python3 -c "print('rm -rf /')"`, `python3 -c "# os.system('rm x')"`, `python3 -c "print(1 + 2)"`, `python3 -c 'import sys; print(sys.version)'`, `python3 -c "import json,sys; print(json.load(sys.stdin)['a'])"`, `python3 -c "import os; print(os.environ['HOME'])"`, `python3 -c "import platform; print(platform.system())"`, `python3 -c "def system(): pass"`,
  `python3 -c "import re; re.compile('os.system')"`, `python3 -c "import os; print(os.path.join('a', 'b'))"`, `python3 -c "'''os.system('rm x')'''"`, `python3 -c "print('subprocess.run([\\\\'rm\\\\'])')"`, `python3 -c "x = [1]; x.remove(1)"`, `python3 -c "'a'.replace('b', 'c')"`, `python3 -m json.tool a.json`, 'python3 --version', 'python3 -V', 'python3 script.py -c "os.system(1)"', `python3 -c "eval('1+1')"`, `python3 -c "exec(open(f).read())"`, `python3 <<'E'\nprint("os.system('rm x')")\nE`,
  `node -e "console.log('rm -rf')"`, `node -e "console.log(1)"`, `node -p "process.version"`, `node -p 'require("./package.json").version'`, `node -e "/a/.exec('rm x')"`, `node -e "const m = re.exec(s)"`, `node -e "// require('child_process').exec('rm x')"`, `node -e "console.log('child_process'); /x/.exec('rm x')"`, `node -e "'a'.replace(/[/]/, 'rm x')"`, `node -p "[1,2].map(x => x / 2)"`, `node -p '"child_process.execSync(1)"'`, 'node --version', 'node server.js', 'node --test', `node <<'E'\nconsole.log('rm -rf /')\nE`, 'deno run a.ts', 'deno eval "1"', 'bun test', 'bun run build', `node -e "fetch('http://x').then(r => r.text())"`,
  `perl -e 'print "system rm x"'`, `perl -ne 'print if /system/'`, `perl -pe 's/system/exec/g' f`, `perl -pi -e 's/rm x/y/' f`, `perl -e '# system("rm x")'`, `perl -v`, `perl -e 'print q(system("rm x"))'`, `perl -lane 'print $F[0]'`, `ruby -e 'puts "system rm x"'`, `ruby -v`, `ruby -e 'puts 10 % 3'`, `ruby -ne 'print if /exec/'`, `php -r 'echo "system(1)";'`, 'php -v', `php -r '// system("rm x");'`, `lua -e 'print("os.execute")'`, `lua -e '-- os.execute("rm x")'`, `Rscript -e 'print(1)'`, `sqlite3 a.db 'select ".shell rm x"'`, `psql -c "select 'rm x'"`,
  `awk '{print $1}'`, `awk -F: '{print $1}'`, `awk '$1 > 5'`, `awk '{ print ($1 > 5) ? "a" : "b" }' `, `awk '{ print "a | b" }'`, `awk '/rm x/ { n++ } END { print n }'`, `sed -n 5p`, `sed 's/system/exec/g'`, `sed '/e/d'`, `sed 's/e/w/'`, `sed -e 'y/abc/def/'`, `sed '1,5{s/a/b/;s/c/d/}'`, `sed ':a;N;$!ba;s/\\n/ /g'`, `sed '$a\\rm x'`,
];

for (const line of HARMLESS) {
  test(`${JSON.stringify(line)} starts and hides nothing`, () => {
    const { parts, opaque } = analyzeText(line);
    const started = parts.slice(1).map((part) => part.words.map((word) => word.text).join(' ')).filter((words) => !words.startsWith('json.tool'));
    assert.deepEqual([started, opaque], [[], []]);
  });
}

test('scripts that are made to be slow are read quickly, or are opaque by a limit', () => {
  for (const script of ["os.system('a');".repeat(4000), 'system('.repeat(8000), '('.repeat(50_000), `'${"\\'".repeat(30_000)}`, 'x='.repeat(30_000), "'a'+".repeat(15_000), 'f('.repeat(30_000), `re.exec(${'[a,'.repeat(15_000)}`, 'x'.repeat(100_000)]) {
    for (const program of ['python3 -c', 'node -e', 'perl -e', 'ruby -e', 'php -r', 'lua -e', 'awk', 'sed', 'vim -c', 'emacs --eval']) {
      const start = performance.now();
      analyzeText(`${program} "import os child_process subprocess fs\n${script}"`);
      // Generous for a loaded machine; what grows with the square takes minutes.
      assert.ok(performance.now() - start < 2000, `${program} ${script.slice(0, 20)}`);
    }
  }
  assert.ok(analyzeText(`python3 -c '${'x = 1\n'.repeat(20_000)}'`).opaque.length > 0);
});
