/** The policies that scenarios run under. `{BASE}` is the folder that holds project, home and what lies outside. */

const DENIES = `  files:
    deny: ["**/.env*", "**/*secret*", "**/vault", "{BASE}/outside/locked"]`;

const COMMANDS = `    deny: ["denytool *", "denystatic *", "denybare *", "id *", "argtool forbidden*", "git push --force*", "git push * kept", "git clean -f*", "npm prefix*", "rm -rf *"]`;

export const POLICIES: Readonly<Record<string, string>> = {
  /** Everything but a few things. */
  open: `version: 1\nmode: fail-open\nrules:\n${DENIES}\n  commands:\n${COMMANDS}\n  network:\n    deny: ["127.0.0.9", "denied.test"]\n`,
  /** Rules of which a folder on the way is a part. */
  places: `version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["rows/*/conf/prod.key", "**/keys/private.pem", "rows/*/tree/**/*.key", "{BASE}/outside/*/sealed/*.key", "{BASE}/outside/via-link/via/key", "**/cellar/*", "rows/*/exact.key"]\n`,
  /** Nothing but a few things. */
  closed: `version: 1\nmode: fail-closed\nrules:\n${DENIES}\n    allow: ["./**"]\n  commands:\n${COMMANDS}\n    allow: ["sh *", "python3 *", "perl *", "node *", "bash *", "./attack *", "cat *", "cp *", "mv *", "ln *", "ls *", "git *", "make *", "cc *", "gcc *", "tar *", "awk *", "sed *", "grep *", "find *", "xargs *", "npm *", "chmod *", "mkdir *", "rm *"]\n  network:\n    deny: ["*"]\n`,
  /** What the agent itself may start is a short list. */
  narrow: `version: 1\nmode: fail-closed\nrules:\n${DENIES}\n    allow: ["plan*", "plan*/**", "rows/*/open/**", "rows/*/*.sh", "rows/*/*.py", "rows/*/attack*"]\n  commands:\n${COMMANDS}\n    allow: ["cat *", "echo *", "git status *"]\n  network:\n    deny: ["*"]\n`,
};

/** Undefined for the policy that is built in. */
export function policyText(name: string, base: string): string | undefined {
  if (name === 'default') return undefined;
  const text = POLICIES[name];
  if (text === undefined) throw new Error(`no policy is called ${name}`);
  return text.replaceAll('{BASE}', base);
}
