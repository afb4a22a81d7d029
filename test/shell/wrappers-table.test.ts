/** One row a wrapper: the line, and what it runs in the end; and lines that only look as if they ran something. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

function commandsIn(line: string): string[] {
  return analyzeText(line).parts.map((part) => part.words.map((word) => word.text).join(' '));
}

/** Each runs `rm x`. */
const RUNS: readonly string[] = [
  // Debuggers and terminals.
  "gdb -ex 'shell rm x'", "gdb -batch -ex '!rm x'", 'gdb --args rm x', "gdb -ex 'call (int)system(\"rm x\")' -p 1", "lldb -o 'platform shell rm x'", "tmux new-session -d 'rm x'", 'tmux new -s a -d rm x', "tmux -L s split-window -h 'rm x'",
  "tmux run-shell 'rm x'", "tmux if-shell true 'run-shell \"rm x\"'", "tmux send-keys -t a 'rm x' Enter", 'tmux send-keys -t a rm Space x C-m', "tmux new -d \\; send-keys 'rm x' Enter", 'screen -dmS a rm x', "screen -S a -X stuff 'rm x\\n'",
  "expect -c 'spawn rm x'", "expect -c 'spawn bash; send \"rm x\\r\"'", "osascript -e 'do shell script \"rm x\"'",
  // Later, elsewhere, with other rights.
  'systemd-run --user -p A=b rm x', 'at now <<EOF\nrm x\nEOF', "batch <<< 'rm x'", "script -qec 'rm x' /dev/null", 'script -q /dev/null rm x', 'fakeroot rm x', 'proot -r /r -b /a:/b rm x', 'bwrap --bind / / --dev /dev rm x', 'firejail --noprofile rm x',
  'unshare -rn rm x', 'unshare --map-root-user rm x', 'nsenter -t 1 -m rm x', 'setarch x86_64 -R rm x', 'setarch -R rm x', 'linux32 rm x', 'taskset -c 0 rm x', 'chrt -f 1 rm x', 'cgexec -g cpu:a rm x', 'numactl -N 0 --membind 0 rm x', 'catchsegv rm x', 'eatmydata rm x', 'unbuffer -p rm x',
  'start-stop-daemon --start --exec rm -- x', "runuser -u a -- rm x", "runuser -l a -c 'rm x'", "su - a -c 'rm x'", "su --command='rm x'", "su --comm 'rm x'", 'pkexec --user a rm x', "sg g -c 'rm x'", "sg g 'rm x'", "capsh --user=a -- -c 'rm x'", 'logsave f rm x', 'chroot --userspec=a /r rm x', 'dbus-run-session -- rm x',
  'xvfb-run -a -s "-screen 0" rm x', 'ssh-agent rm x', 'ssh-agent -t 5 rm x', 'env -S "rm x"', 'exec -a n rm x', 'command -p rm x', 'builtin command rm x', 'coproc rm x', 'prlimit --nofile=5 rm x', 'choom -n 5 -- rm x', 'faketime yesterday rm x', 'proxychains4 -q rm x', 'gosu a rm x', 'gtimeout 5 rm x', 'tini -- rm x',
  'perf stat -e cycles rm x', 'valgrind --tool=none rm x', 'strace -fe trace=file rm x', 'ltrace -S rm x', "watch -d 'rm x'", 'busybox rm x', 'toybox rm x', 'coreutils rm x', 'coreutils --coreutils-prog=rm x', 'snap run rm x', 'lvm rm x', 'kmod rm x', 'xtables-nft-multi rm x', 'busybox sh -c "rm x"', '/lib64/ld-linux-x86-64.so.2 --library-path /l rm x', "fish -c 'rm x'", "csh -fc 'rm x'", "tcsh -c 'rm x'", "pwsh -c 'rm x'", 'flock -w 5 /l rm x', "flock /l -c 'rm x'",
  "bind -x '\"\\C-l\": rm x'", "complete -C 'rm x' git", "mapfile -C 'rm x' a",
  // Files.
  'ls | entr rm x', "ls | entr -s 'rm x'", "hyperfine 'rm x'", "hyperfine -p 'rm x' ls", "hyperfine -L a 1,2 'rm x'", 'watchexec -w src rm x', "watchexec -e js 'rm x'", "nodemon --exec 'rm x'", "nodemon -x 'rm x' a.js", "concurrently 'rm x' ls", "concurrently -n a,b ls 'rm x'",
  "tar -cf /dev/null --checkpoint=1 --checkpoint-action=exec='rm x' a", "tar -I 'rm x' -cf a b", "tar --use-compress-program='rm x' -cf a b", "tar --to-command 'rm x' -xf a", "tar -xf a -F 'rm x'", "tar cfI a 'rm x' b", "sort --compress-program='rm x' a", "split --filter='rm x' a", "zip a b -T -TT 'rm x'", "make --eval='a:;rm x'",
  "make SHELL='rm x'", "make 'A=$(shell rm x)'", "rsync -e 'rm x' a b:c", "rsync -ave 'rm x' a b:c", "rsync --rsh='rm x' a b:c", "rsync --rsync-path 'rm x' a b:c", "scp -S 'rm x' a b:c", "scp -o ProxyCommand='rm x' a b:c", "ssh -o ProxyCommand='rm x' h", "ssh -oProxyCommand='rm x' h", "ssh -o 'LocalCommand rm x' h", 'ssh h -p 5 rm x', "ssh h -- 'rm x'",
  "rg --pre 'rm x' a", "ag --pager 'rm x' a", "man -P 'rm x' ls", "man --pager='rm x' ls", "less '+!rm x' f", 'fd -x rm x', 'fd -e js -X rm x', 'fd --exec=rm x', "find . -ok rm x \\;", 'parallel rm x', "parallel ::: 'rm x' ls", 'parallel rm ::: x', "parallel 'rm {}' ::: x", "parallel -j 4 rm ::: x y", "socat - 'EXEC:rm x'", "nc -l -c 'rm x'",
  // Runners.
  'npx rm x', 'npx -y rm x', 'npx rm@1.0 x', "npx -c 'rm x'", 'npx -p a -- rm x', 'npm exec rm x', 'npm x -- rm x', 'npm --prefix d exec -- rm x', 'pnpm dlx rm x', 'pnpm exec rm x', 'pnpm -C d exec rm x', 'yarn dlx rm x', 'bunx rm x', 'bun x rm x', 'uv run rm x', 'uv run --with a rm x', 'uvx rm x', 'uv tool run rm x', 'poetry run rm x', 'pipenv run rm x', 'bundle exec rm x', 'conda run -n e rm x',
  'docker exec c rm x', 'docker exec -it -u root c rm x', 'docker run --rm -v /a:/b img rm x', 'docker run --entrypoint rm img x', 'docker --context c exec a rm x', 'docker compose exec web rm x', 'docker-compose run --rm web rm x', 'podman run img rm x', 'docker container exec c rm x', 'kubectl exec p -- rm x', 'kubectl -n a exec -it p -c c -- rm x', 'kubectl run a --image=b -- rm x',
  'cross-env A=1 rm x', "cross-env-shell A=1 'rm x'", 'dotenv -e .e -- rm x', 'dotenv run rm x', "nix-shell -p a --run 'rm x'", 'nix develop -c rm x', 'direnv exec . rm x', 'mise exec node@20 -- rm x', 'asdf exec rm x', 'rustup run stable rm x', 'python3 -m rm x', 'python3 -mrm x', 'doppler run -- rm x',
  // git.
  "git -c alias.a='!rm' a x", "git -c core.pager='rm x' log", "git -c core.editor='rm x' commit", "git -c core.fsmonitor='rm x' status", "git -c sequence.editor='rm x' rebase -i", "git config alias.a '!rm x'", "git config --global core.editor 'rm x'", "git config set core.pager 'rm x'", "git rebase --exec 'rm x' main", "git rebase --exec='rm x' main", "git rebase -x'rm x' main",
  'git bisect run rm x', "git submodule foreach --recursive 'rm x'", 'git submodule foreach rm x', "git filter-branch --tree-filter 'rm x' HEAD", "git filter-branch --env-filter='rm x'", "git difftool -x 'rm x'", "git grep -O'rm x' a", "git grep --open-files-in-pager='rm x' a", "git fetch --upload-pack='rm x' o", "git clone --upload-pack 'rm x' u", "git clone -u 'rm x' u", "git push --receive-pack='rm x' o", "git ls-remote 'ext::rm x'",
  "git clone -c core.sshCommand='rm x' u", "git -c credential.helper='!rm x' fetch", "git -c diff.a.textconv='rm x' diff",
  // Editors.
  "vim -c '!rm x'", "vim -c ':!rm x' -c q f", "nvim --cmd '!rm x'", "vim '+!rm x' f", "vim -c 'silent !rm x'", "vim -c 'r !rm x'", "vim -c \"call system('rm x')\"", "ex -s f <<EOF\n!rm x\nq\nEOF", "vim -es -c '%!rm x' f", "nvim -c 'terminal rm x'", "nvim -c 'lua os.execute(\"rm x\")'",
  "emacs --batch --eval '(shell-command \"rm x\")'", "emacs -eval '(call-process \"rm\" nil nil nil \"x\")'", 'ed f <<EOF\n!rm x\nEOF', "sed '1e rm x' f", "sed 's/a/rm x/e' f", "sed -n -e p -e 's,a,rm x,e' f", "awk 'BEGIN{system(\"rm x\")}'", "awk 'BEGIN{print 1 | \"rm x\"}'", "awk '{ \"rm x\" | getline y }' f", "gawk -e 'BEGIN { system(\"rm \" \"x\") }'",
];

for (const line of RUNS) {
  test(`${JSON.stringify(line)} runs rm x`, () => {
    const found = commandsIn(line);
    assert.ok(found.some((each) => /(^| )rm x$/.test(each) && each !== line), `found: ${JSON.stringify(found)}`);
  });
}

/** None of these runs anything called `rm`. */
const LOOKS_LIKE: readonly string[] = [
  'git commit -m "rm x"', "git log --grep='rm x'", 'git log -S "rm x"', "git -c user.name='rm x' commit", 'git config user.name "rm x"', 'git config --get alias.rm', 'git tag -m "rm x" v1', 'git grep "rm x"', 'git log -- rm', 'git checkout rm', 'git stash push -m "rm x"', 'git clean -x rm', 'git cherry-pick -x rm', 'git rebase --onto rm x', 'git branch rm', 'git show HEAD:rm', "git -c core.pager=cat log -G 'rm x'",
  'git config alias.rm', 'git config --unset alias.x "rm x"',
  'grep -r "rm x" .', "grep -e 'rm x' f", "rg 'rm x' src", "rg -e 'rm x' -g '*.js'", 'ag "rm x"', 'echo "rm x"', "printf 'rm x'", 'find . -name rm', "find . -name 'rm x' -print", 'fd rm', 'fd -e rm x', 'ls rm x', 'cat rm', 'less rm', 'less +10 rm', 'man rm', 'man -k rm', 'which rm', 'command -v rm', 'type rm', 'whatis rm', 'ssh h', 'ssh -i rm h', 'ssh -o User=rm h', 'scp rm h:x', 'scp -i rm a h:x', 'rsync -a rm h:x', "rsync -av --exclude 'rm x' a b",
  'tar -cf rm x', 'tar -xf rm', "tar --exclude='rm x' -cf a b", 'tar czf rm x', 'zip a rm', 'sort rm', 'sort -k 2 rm', 'sort -t rm x', 'split -l 5 rm', 'make rm', 'make A=rm x', 'make -f rm x', 'make -j 4 rm', "make CFLAGS='-rm x'", 'docker ps -f name=rm', 'docker run rm', 'docker run --rm rm', 'docker run --name rm img', 'docker build -t rm x', 'docker exec rm ls', 'docker rm x', 'docker compose rm x', 'kubectl get rm', 'kubectl exec rm -- ls', 'kubectl delete pod rm',
  "sed -n 5p rm", "sed 's/rm x/y/' f", "sed -e 's/e/rm x/g' f", "sed '/rm x/d' f", "sed 's|a/e|rm x|' f", "sed -i 's/x/rm x/' f", "sed '$!N;s/rm//' f", "sed 'a rm x' f", "sed 's/[/]e/rm x/' f", "awk '{print $1}' rm", "awk '/rm x/' f", "awk '{print \"rm x\"}'", "awk '$1 > 5' rm", "awk -F '|' '{print $2}' rm", "awk '{ print > \"rm\" }'", "awk -v a='rm x' '{print a}'", "awk '{ if ($1 || $2) print \"rm x\" }'", "awk 'BEGIN { # system(\"rm x\")\n }'",
  'vim rm', "vim '+/rm x' f", 'vim +10 rm', "vim -c 'q!' rm", "vim -c '%s/a!b/rm x/' f", "vim -c wq rm", "nvim -c 'set nu' rm", "emacs --eval '(message \"rm x\")'", 'emacs rm', 'tmux attach -t rm', 'tmux ls', 'tmux kill-session -t rm', 'tmux new-session -s rm', 'screen -ls rm', 'screen -r rm', "tmux rename-window 'rm x'", 'gdb rm.core', "gdb -ex 'break rm' prog", "gdb -ex 'print rm' prog",
  'npm install rm', 'npm run rm', 'npm rm x', 'npm test -- rm', 'npm exec', 'npx', 'pnpm add rm', 'yarn add rm', 'yarn rm x', 'bun add rm', 'pip install rm', 'uv pip install rm', 'uv add rm', 'poetry add rm', 'bundle install rm', 'conda install rm', 'cargo run rm', 'python3 rm', 'python3 rm.py x', 'python3 -m pytest rm', 'node rm.js', 'concurrently "npm:rm"', 'nodemon rm.js', 'nodemon -w rm x.js', "hyperfine --export-json rm 'ls'", 'watchexec -e rm ls', 'timeout 5 ls rm', 'env A=rm ls', 'nice ls rm', 'time ls rm', 'flock rm ls', 'taskset -p 5', 'systemd-run --unit rm ls',
  'snap install rm', 'at -l', 'atq', 'crontab -l', 'xargs -a rm ls', 'parallel ls ::: rm', 'parallel -a rm ls', 'entr ls rm', "expect -c 'puts \"rm x\"'", "osascript -e 'display dialog \"rm x\"'", "psql -c 'select * from rm'", "sqlite3 a.db 'select 1'", 'trap - EXIT', 'alias', 'su - rm', 'sg rm ls', 'start-stop-daemon --stop --pidfile rm', 'bwrap --ro-bind rm x ls', 'fakeroot ls rm', 'xvfb-run -s rm ls', 'unshare -R rm ls', 'nsenter -t 1 ls', 'firejail ls rm', 'script -q rm', 'watch -n 1 ls rm', 'busybox ls rm', 'socat - TCP:rm:80', 'nc rm 80', "jq '.rm' f", 'git difftool', 'cross-env A=rm ls', 'dotenv -e rm -- ls', 'direnv allow rm', 'mise use rm', 'rustup show rm',
];

for (const line of LOOKS_LIKE) {
  test(`${JSON.stringify(line)} runs no rm`, () => {
    const found = commandsIn(line).filter((each) => /^(?:\/\S*\/)?rm(?: |$)/.test(each));
    assert.deepEqual(found, []);
  });
}

test('wrappers that only look on leave nothing unresolved', () => {
  for (const line of LOOKS_LIKE) assert.deepEqual(analyzeText(line).opaque, [], line);
});
