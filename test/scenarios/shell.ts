/** What a shell's own grammar can hide: given as one line, as an agent does (`sh -c LINE`), or in scripts. */
import { holds, leaks, lost, type Row, runs } from './support/model.ts';

const CANARY = { '.env': '{CANARY}\n', other: 'x\n' } as const;

/** The evaluator reads these before anything of them runs. */
const COMMAND_LINES: readonly string[] = [
  'denytool', '\\denytool', "'denytool'", 'den"yt"ool', "deny'too'l", 'x=denytool; $x', 'x=deny; ${x}tool', '$(echo denytool)', '`echo denytool`', 'eval denytool', 'eval "$(printf %s denytool)"', 'true && denytool', 'false || denytool', 'true; denytool', 'true | denytool', 'denytool | cat', 'denytool &\nwait', '(denytool)', '{ denytool; }', 'if true; then denytool; fi',
  'for i in 1; do denytool; done', 'case x in *) denytool;; esac', 'f() { denytool; }; f', 'while denytool; do break; done', '! denytool', 'x=$(denytool); echo "$x"', 'echo "$(denytool)"', 'cat <<E\n$(denytool)\nE', 'sh -c denytool', "sh -c 'sh -c denytool'", 'echo denytool | sh', 'sh <<E\ndenytool\nE', "trap denytool EXIT", 'exec denytool', 'command denytool', 'env denytool',
  'env -i PATH="$PATH" denytool', 'nohup denytool', 'timeout 5 denytool', 'nice -n 1 denytool', 'xargs -I{} denytool </dev/null; echo x | xargs denytool', 'find . -maxdepth 0 -exec denytool ;', 'time -p denytool', 'setsid -w denytool', 'stdbuf -oL denytool', 'FOO=1 denytool', 'IFS=x; denytool', 'denytool>out; cat out', '>out denytool; cat out', 'den\\\nytool', '"$TOOLS"/bin/denytool', '"$TOOLS/bin/../bin/denytool"',
];
const commandLines: Row[] = COMMAND_LINES.map((line, index) => ({ id: `cmd${String(index).padStart(2, '0')}`, title: line, layer: /^"\$TOOLS|\$x|\$\{x|eval "|echo denytool/.test(line) ? 'guard' : 'shim', line: line.replace('-exec denytool ;', "-exec denytool ';'"), succeeded: runs, isLogged: true }));

const READ_LINES: readonly string[] = [
  'cat .env', 'cat ./.env', 'cat "$PWD/.env"', 'cat .e*', 'cat .en?', 'cat .[e]nv', 'cat < .env', 'cat <.env', 'read x < .env; echo "$x"', 'while read -r x; do echo "$x"; done < .env', '. ./.env 2>&1', 'exec 3<.env; cat <&3', 'cp .env x; cat x', 'mv .env x; cat x', 'ln .env x; cat x', 'ln -s .env x; cat x', 'cat $(echo .env)', 'x=.env; cat $x', 'cd ..; cat */.env', 'find . -name ".e*" | xargs cat',
  'tar cf - .env | tar xOf -', 'grep -r "" .', 'cat other .env', 'bash -c "cat .env"', 'bash -c \'echo "$(<.env)"\'', 'sh -c "cat .env"', 'cat <<E\n$(cat .env)\nE', 'echo "$(cat .env)"', 'sort .env', 'tail -c +1 .env', 'cat .env | cat', 'true && cat .env', 'git diff --no-index /dev/null .env', 'cat .en""v', 'cat ".e"nv', "cat '.env'", 'cat $PWD/../$(basename $PWD)/.env', 'cat -- .env', 'cat -n .env', 'head -c 100 .env',
];
const readLines: Row[] = READ_LINES.map((line, index) => ({ id: `read${String(index).padStart(2, '0')}`, title: line, line, files: CANARY, succeeded: leaks, isLogged: true }));

const WRITE_LINES: readonly string[] = ['echo CHANGED > .env', 'echo CHANGED >> .env', ': > .env', '> .env', 'echo CHANGED | tee .env', 'cp other .env', 'mv other .env', 'ln -f other .env', 'rm .env', 'rm -f ./.env', 'rm .e*', 'find . -name ".e*" -delete', 'sed -i d .env', 'truncate -s 0 .env', 'exec 3<>.env; echo CHANGED >&3', 'echo CHANGED 1<>.env >&1', 'echo CHANGED >| .env', 'bash -c "echo CHANGED &> .env"', 'dd of=.env < other', 'install other .env', 'x=.env; echo CHANGED > $x', 'echo CHANGED > "$(echo .env)"', 'unlink .env', 'mv .env x', 'chmod 000 .env; rm -f .env'];
const writeLines: Row[] = WRITE_LINES.map((line, index) => ({ id: `write${String(index).padStart(2, '0')}`, title: line, line, files: CANARY, succeeded: (seen) => lost('.env')(seen) || holds('.env', 'CHANGED')(seen), isLogged: true }));

/** What an allow-list lets through must be what it seems. Nothing but cat, echo and `git status` is allowed. */
const NARROW: readonly (readonly [line: string, ...needs: string[]])[] = [
  ['cut -c1- open/file'], ['/usr/bin/cut -c1- open/file'], ['cat open/file; cut -c1- open/file'], ['cat $(cut -c1- open/file)'], ['cat <(cut -c1- open/file)', 'no'], ['PATH=open cat'], ['./open/cat'], ['open/cat'], ['cat() { cut -c1- open/file; }; cat'], ['alias cat=cut'], ['GIT_PAGER="cut -c1- open/file" git status'], ['git -c core.fsmonitor="$PWD/open/cat" status'], ['git -c alias.status="!cut -c1- open/file" status'], ['git --exec-path=open status'],
  ['LD_PRELOAD=./x.so cat open/file'], ['env cut -c1- open/file'], ['xargs cat < open/file'], ['echo x > made'], ['echo x > ../made-by-narrow'], ['cat open/file > made'], ['exec cut -c1- open/file'], ['eval "cut -c1- open/file"'], ['echo "$(cut -c1- open/file)"'], ['sh open/cat'], ['. open/cat'], ['cat /etc/shadow'],
  // Another program under a name that is allowed, or needs no rule: a filter, a builtin, a wrapper, a shell.
  ...['exec -a cat cut -c1- open/file', 'exec -a cat python3 < open/print.py', 'exec -a -cat cut -c1- open/file', 'hash -p /usr/bin/cut cat; cat -c1- open/file', 'exec -a nice python3 cat open/file', 'exec -a env python3 cat open/file', 'exec -a timeout python3 cat open/file'].map((line) => [`bash -c "${line}"`, 'bash', 'python3'] as const),
];
const narrow: Row[] = NARROW.filter(([, need]) => need !== 'no' ).map(([line, ...needs], index) => ({
  id: `allow${String(index).padStart(2, '0')}`, title: `only cat, echo and git status are allowed: ${line}`, line, needs, policy: 'narrow', layer: 'guard', files: { canary: '{CANARY}\n', 'open/file': '{CANARY}\n', 'open/cat': '#!/bin/sh\necho RAN-TOOL\n', 'open/git-status': '#!/bin/sh\necho RAN-TOOL\n', 'open/print.py': 'print("RAN-TOOL")\n', cat: 'print("RAN-TOOL")\n' },
  succeeded: (seen) => runs(seen) || (leaks(seen) && !/^cat open\/file$/.test(line) && !/LD_PRELOAD/.test(line)) || seen.exists('made') || seen.exists('../made-by-narrow') || /root:|attack/.test(seen.out) || (/LD_PRELOAD/.test(line) && leaks(seen)), optional: 'git, or the user, does not do so here',
}));

export const rows: readonly Row[] = [...commandLines, ...readLines, ...writeLines, ...narrow];
