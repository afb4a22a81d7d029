/** One row a wrapper: the line, and what it runs in the end. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

const ROWS: readonly (readonly [string, string])[] = [
  ['sudo rm x', 'rm x'],
  ['sudo -u root -E -- rm x', 'rm x'],
  ['sudo A=1 rm x', 'rm x'],
  ['sudo --user=root rm x', 'rm x'],
  ['sudo --user root rm x', 'rm x'],
  ['doas -u root rm x', 'rm x'],
  ['env rm x', 'rm x'],
  ['env -i A=1 B=2 rm x', 'rm x'],
  ['env -u A -C /tmp rm x', 'rm x'],
  ['env -S "rm x"', 'rm x'],
  ["env -iS 'A=1 rm' x", 'rm x'],
  ['nice rm x', 'rm x'],
  ['nice -n 10 rm x', 'rm x'],
  ['nice -10 rm x', 'rm x'],
  ['ionice -c 3 rm x', 'rm x'],
  ['nohup rm x', 'rm x'],
  ['setsid -f rm x', 'rm x'],
  ['timeout 5 rm x', 'rm x'],
  ['timeout -k 1s 5s rm x', 'rm x'],
  ['timeout --signal=KILL 5 rm x', 'rm x'],
  ['stdbuf -oL rm x', 'rm x'],
  ['stdbuf -o L rm x', 'rm x'],
  ['chroot /r rm x', 'rm x'],
  ['flock /l rm x', 'rm x'],
  ["flock /l -c 'rm x'", 'rm x'],
  ['watch -n 1 rm x', 'rm x'],
  ["script -c 'rm x' /dev/null", 'rm x'],
  ["script -qc 'rm x' /dev/null", 'rm x'],
  ["su -c 'rm x' root", 'rm x'],
  ['xargs rm', 'rm'],
  ['xargs -n 1 -P 4 rm -f', 'rm -f'],
  ['xargs -I{} rm {}', 'rm {}'],
  ['find . -name x -exec rm {} \\;', 'rm {}'],
  ['find . -execdir rm {} + -print', 'rm {}'],
  ['find . -exec ls {} \\; -exec rm {} \\;', 'rm {}'],
  ["bash -c 'rm x'", 'rm x'],
  ["bash -lc 'rm x'", 'rm x'],
  ["bash -l -c 'rm x' name arg", 'rm x'],
  ["bash --norc -e -o pipefail -c 'rm x'", 'rm x'],
  ["zsh -ic 'rm x'", 'rm x'],
  ['busybox rm x', 'rm x'],
  ["ssh -p 22 host 'rm x'", 'rm x'],
  ['ssh host rm x', 'rm x'],
  ['/lib64/ld-linux-x86-64.so.2 /bin/rm x', '/bin/rm x'],
  ["git -c alias.x='!rm x' x", 'rm x'],
  ["git -c core.sshCommand='rm x' fetch", 'rm x'],
  ['git -c remote.origin.push=+main push origin', 'git push --force origin'],
  ['git -c remote.origin.mirror push', 'git push --mirror'],
  ['git config remote.origin.push +main', 'git push --force'],
  ['git -c clean.requireForce=false clean -d', 'git clean --force -d'],
  ['git send-pack --force u', 'git push --force u'],
  ['node --no-warnings /usr/bin/npm publish', '/usr/bin/npm publish'],
  ['sh ./tool x', './tool x'],
  ["git rebase -x 'rm x' main", 'rm x'],
  ['git bisect run rm x', 'rm x'],
  ["git submodule foreach 'rm x'", 'rm x'],
  ["GIT_SSH_COMMAND='rm x' git fetch", 'rm x'],
  ["PAGER='rm x' git log", 'rm x'],
  ['strace -f rm x', 'rm x'],
  ['sudo env nice -n 5 timeout 3 rm x', 'rm x'],
  ['systemd-cat -t x rm x', 'rm x'],
  ['flatpak-spawn --host rm x', 'rm x'],
  ['ip netns exec n rm x', 'rm x'],
  ['ip -all netns exec rm x', 'rm x'],
  ['ip vrf exec v rm x', 'rm x'],
  ['dtach -n s -r none rm x', 'rm x'],
  ['abduco -n s rm x', 'rm x'],
  ['zellij run -- rm x', 'rm x'],
  ['meson devenv -C b rm x', 'rm x'],
  ['cmake -E rm -rf x', 'rm -rf x'],
  ['cmake -E remove_directory x', 'rm -r -f x'],
  ['cmake -E env A=1 rm x', 'rm x'],
  ['cmake -E chdir / rm x', 'rm x'],
  ['gcc -wrapper rm,x a.c', 'rm x'],
  ["gpg --photo-viewer 'rm x' k", 'rm x'],
  ["wget -e 'use_askpass=rm x' u", 'rm x'],
  ["sftp -D 'rm x' h", 'rm x'],
  ["tclsh <<< 'exec rm x'", 'rm x'],
  ["ex -sc '!rm x' f", 'rm x'],
  ["awk -f - <<< 'BEGIN{system(\"rm x\")}'", 'rm x'],
  ["newgrp g <<< 'rm x'", 'rm x'],
  ['sshpass -p s rm x', 'rm x'],
  ['sudoedit f', 'sudo -e f'],
  ['xterm -T t -e rm x', 'rm x'],
  ["gnome-terminal -- sh -c 'rm x'", 'rm x'],
  ["nu -c 'rm x'", 'rm x'],
  ["asciinema rec -c 'rm x' f", 'rm x'],
  ["fzf --preview 'rm x'", 'rm x'],
  ["fzf --bind 'enter:become(rm x)'", 'rm x'],
  ["gh alias set a '!rm x'", 'rm x'],
  ["hg --config alias.a='!rm x' a", 'rm x'],
  ["svn diff --diff-cmd 'rm x'", 'rm x'],
  ["ansible all -m shell -a 'rm x'", 'rm x'],
  ["salt '*' cmd.run 'rm x'", 'rm x'],
  ['pdsh -w h rm x', 'rm x'],
  ['multipass exec v -- rm x', 'rm x'],
  ['apptainer exec i rm x', 'rm x'],
  ['rr record rm x', 'rm x'],
  ['pueue add rm x', 'rm x'],
  ["execlineb -Pc 'foreground { rm x } ls'", 'rm x'],
  ['npm explore p -- rm x', 'rm x'],
  ['yarn workspace p exec rm x', 'rm x'],
  ["chroot / <<< 'rm x'", 'rm x'],
  ["unshare -r <<< 'rm x'", 'rm x'],
  ["script <<< 'rm x'", 'rm x'],
  ["crontab <<< '@daily rm x'", 'rm x'],
  ["echo '30 2 * * 1-5 rm x' | crontab -", 'rm x'],
  ["git daemon --access-hook='rm x'", 'rm x'],
  ["sftp h <<< '!rm x'", 'rm x'],
  ['echo x | xargs rm', 'rm x'],
  ["printf '%s\\n' -rf x | xargs rm", 'rm -rf x'],
  ['xargs -I% rm %/a <<< x', 'rm x/a'],
];

for (const [line, inner] of ROWS) {
  test(`${line} runs ${inner}`, () => {
    const found = analyzeText(line).parts.map((part) => part.words.map((word) => word.text).join(' '));
    assert.ok(found.includes(inner), `found: ${JSON.stringify(found)}`);
  });
}

const NOT_THAT: readonly string[] = ['systemd-cat -t rm', 'ip netns add rm', 'ip link show exec', 'dtach -a rm', 'cmake -E touch rm', 'cmake -E echo rm x', 'gcc -c rm.c', 'gcc -o rm x.c', 'gpg -o rm -d f', "wget -e robots=off u", 'sftp -b rm h', 'ex -s rm', 'awk -f rm <<< x', 'echo rm x | xargs', 'echo rm x | xargs cat', 'xargs -I% echo % <<< rm', 'meson compile -C rm', 'xterm -T rm', 'sshpass -p rm ls', 'gh alias list rm', 'gh pr view rm', 'hg log rm', 'svn rm x', 'ansible rm -m ping', 'fzf -q rm', 'rr replay rm', 'npm explore rm', 'asciinema play rm', 'i3-msg focus rm', "crontab -l <<< '@daily rm x'", "chroot / cat <<< 'rm x'", "script -c ls <<< 'rm x'"];
for (const line of NOT_THAT) {
  test(`${line} runs no rm`, () => assert.ok(!analyzeText(line).parts.some((part) => part.words[0]?.text === 'rm'), line));
}

test('git options that only look like command texts are none', () => {
  for (const line of ['git clean -x dir', 'git cherry-pick -x abc', 'git -c user.name=x commit', 'PAGER=cat git log']) {
    assert.equal(analyzeText(line).parts.length, 1, line);
  }
});
