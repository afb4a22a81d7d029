/** Runners that come with languages, packages, containers and projects: `npx CMD`, `docker exec C CMD`, `poetry run CMD`. */
import { bySub, either, type Inner, literal, named, prefix, runs, scan, texts, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

/** `npx CMD`, `npm exec -- CMD`, `npm exec -c TEXT`; `CMD@version` is CMD. */
const packageRun: Wrapper = (args) => {
  const scanned = scan(args, { values: 'pw', longValues: ['package', 'workspace', 'from', 'with', 'python', 'spec', 'prefix'], text: ['c', 'call'] });
  const inner: Inner[] = texts(valuesOf(scanned, ['c', 'call']));
  const [first, ...rest] = scanned.operands;
  if (first !== undefined) inner.push({ kind: 'words', words: [{ ...first, text: withoutVersion(first.text) }, ...rest] });
  return { standing: 'judged', innerStanding: 'reading', inner };
};

function withoutVersion(text: string): string {
  const at = text.lastIndexOf('@');
  return at > 0 ? text.slice(0, at) : text;
}

function packageRunner(subs: readonly string[]): Wrapper {
  return bySub({ values: 'CwF', longValues: ['prefix', 'workspace', 'dir', 'filter', 'cwd', 'loglevel', 'userconfig', 'registry'] }, named(subs, packageRun));
}

/** `python -m pip install x` is `pip install x`. */
export const pythonModule: Wrapper = (args) => {
  const scanned = scan(args, { values: 'WX', text: ['m'] });
  const at = args.findIndex((arg) => /^-[a-zA-Z]*m/.test(arg.text));
  if (at < 0 || valuesOf(scanned, ['m']).length === 0) return undefined;
  const attached = /^-[a-zA-Z]*m(.+)$/.exec(args[at]?.text ?? '')?.[1];
  const words = attached === undefined ? args.slice(at + 1) : [literal(attached, args[at]), ...args.slice(at + 1)];
  return words.length === 0 ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words }] };
};

const CONTAINER_RUN = 'vepuwhlmac';
const CONTAINER_LONG = ['volume', 'env', 'publish', 'user', 'workdir', 'hostname', 'label', 'memory', 'attach', 'cpu-shares', 'name', 'network', 'net', 'network-alias', 'pid', 'mount', 'cap-add', 'cap-drop', 'env-file', 'platform', 'pull', 'restart', 'security-opt', 'device', 'userns', 'ipc', 'add-host', 'annotation', 'cgroup-parent', 'cidfile', 'cpus', 'cpuset-cpus', 'detach-keys', 'dns', 'expose', 'gpus', 'group-add', 'health-cmd', 'ip', 'label-file', 'link', 'log-driver', 'log-opt', 'memory-swap', 'pids-limit', 'runtime', 'shm-size', 'stop-signal', 'stop-timeout', 'storage-opt', 'sysctl', 'tmpfs', 'ulimit', 'uts', 'volume-driver', 'volumes-from', 'index'];

const containerRun: Wrapper = (args) => {
  const scanned = scan(args, { values: CONTAINER_RUN, longValues: [...CONTAINER_LONG, 'entrypoint'] });
  const [entry] = valuesOf(scanned, ['entrypoint']);
  const rest = scanned.operands.slice(1);
  const words = entry === undefined ? rest : [entry, ...rest];
  return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 ? [] : [{ kind: 'words', words }] };
};

const containerRows: WrapperTable = {
  run: containerRun,
  create: containerRun,
  exec: containerRun,
  container: bySub({}, { run: containerRun, create: containerRun, exec: containerRun }),
  compose: bySub({ values: 'fp', longValues: ['file', 'project-name', 'profile', 'env-file', 'project-directory', 'ansi'] }, { run: containerRun, exec: containerRun }),
};
const container = bySub({ values: 'cHl', longValues: ['context', 'host', 'log-level', 'config', 'tlscacert', 'tlscert', 'tlskey'] }, containerRows);

/** `kubectl exec POD -c X -- CMD`, `kubectl run NAME --image=X -- CMD`. */
const kubernetesExec: Wrapper = (args) => {
  const end = args.findIndex((arg) => arg.text === '--');
  const words = end >= 0 ? args.slice(end + 1) : scan(args, { values: 'cnf', longValues: ['container', 'namespace', 'filename', 'context', 'image'] }, true).operands.slice(1);
  return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 ? [] : [{ kind: 'words', words }] };
};
const kubernetes = bySub({ values: 'nsv', longValues: ['namespace', 'server', 'context', 'cluster', 'kubeconfig', 'token', 'user', 'as'] }, { exec: kubernetesExec, run: kubernetesExec, debug: kubernetesExec, rsh: kubernetesExec });

/** `tool … -- CMD`. */
const afterDashes: Wrapper = (args) => {
  const end = args.findIndex((arg) => arg.text === '--');
  return end < 0 || end + 1 === args.length ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: args.slice(end + 1) }] };
};

const run = prefix({}, 'judged');
const condaRun = prefix({ values: 'np', longValues: ['name', 'prefix', 'cwd'] }, 'judged');

/** `concurrently "a" "b"`: each operand is shell text; `npm:x` is a script of the package. */
const concurrently = runs({ values: 'ncplts', longValues: ['names', 'prefix', 'prefix-colors', 'max-processes', 'success', 'restart-tries', 'restart-after', 'prefix-length', 'timestamp-format', 'default-input-target'], rest: 'texts', permutes: true });

const hyperfine = runs({ values: 'wmMrnuDS', text: ['s', 'p', 'c', 'C', 'setup', 'prepare', 'cleanup', 'conclude'], longValues: ['warmup', 'min-runs', 'max-runs', 'runs', 'command-name', 'time-unit', 'shell', 'export-json', 'export-csv', 'export-markdown', 'export-asciidoc', 'export-orgmode', 'style', 'sort', 'output', 'input', 'reference', 'ignore-failure'], arity: { P: 3, 'parameter-scan': 3, L: 2, 'parameter-list': 2, D: 1 }, rest: 'texts', permutes: true });

/** `cross-env A=1 CMD`. */
const crossEnv = prefix({ variables: true }, 'judged');

export const TOOL_WRAPPERS: WrapperTable = {
  ...named(['npx', 'bunx', 'pnpx', 'uvx'], packageRun),
  npm: either(packageRunner(['exec', 'x']), bySub({}, { explore: prefix({ skip: 1 }, 'judged') })),
  pnpm: packageRunner(['exec', 'dlx']),
  yarn: either(packageRunner(['exec', 'dlx']), bySub({}, { workspace: (args, input) => bySub({}, { exec: packageRun })(args.slice(1), input) })),
  bun: packageRunner(['x']),
  pipx: bySub({}, { run: packageRun }),
  ...named(['docker', 'podman', 'nerdctl'], container),
  'docker-compose': containerRows['compose'] as Wrapper,
  ...named(['kubectl', 'oc', 'k3s'], either(kubernetes, bySub({}, { kubectl: kubernetes }))),
  ...named(['lxc', 'incus'], bySub({}, { exec: afterDashes })),
  'lxc-attach': afterDashes,
  'systemd-nspawn': prefix({ values: 'DMupEi', longValues: ['directory', 'machine', 'user', 'bind', 'bind-ro', 'tmpfs', 'setenv', 'image'] }, 'judged'),
  ...named(['distrobox', 'toolbox'], either(bySub({}, { run: prefix({ values: 'cdr', longValues: ['container', 'distro', 'release'] }, 'judged') }), afterDashes)),
  uv: bySub({ values: 'p', longValues: ['directory', 'project', 'config-file', 'python'] }, {
    run: prefix({ values: 'pw', longValues: ['with', 'extra', 'group', 'python', 'with-editable', 'with-requirements', 'env-file', 'package', 'index', 'index-url'] }, 'judged'),
    tool: bySub({}, { run: packageRun }),
  }),
  ...named(['poetry', 'pipenv', 'pdm', 'rye', 'pixi', 'hatch', 'foreman', 'honcho', 'doppler', 'infisical', 'op', 'dotenvx', 'heroku', 'rbenv-run'], bySub({ values: 'CPep', longValues: ['directory', 'project', 'env', 'config'] }, { run })),
  ...named(['bundle', 'bundler', 'rbenv', 'pyenv', 'asdf', 'nodenv'], bySub({}, { exec: run })),
  mise: bySub({ values: 'CE', longValues: ['cd', 'env'] }, { exec: either(afterDashes, runs({ text: ['c', 'command'], values: 'jC' })), x: either(afterDashes, runs({ text: ['c', 'command'] })) }),
  ...named(['conda', 'mamba', 'micromamba'], bySub({}, { run: condaRun })),
  rustup: bySub({}, { run: prefix({ skip: 1 }, 'judged') }),
  nvm: bySub({}, { exec: prefix({ skip: 1 }, 'judged'), run: prefix({ skip: 1 }, 'judged') }),
  fnm: bySub({}, { exec: prefix({ values: 'u', longValues: ['using'] }, 'judged') }),
  volta: bySub({}, { run: prefix({ longValues: ['node', 'npm', 'yarn', 'pnpm'] }, 'judged') }),
  direnv: bySub({}, { exec: prefix({ skip: 1 }, 'judged') }),
  ...named(['aws-vault', 'chamber', 'lerna', 'nx', 'teller', 'envchain'], bySub({}, { exec: either(afterDashes, run), run: afterDashes })),
  'nix-shell': runs({ values: 'pAIj', text: ['run', 'command'], longValues: ['packages', 'attr', 'option'], permutes: true }),
  nix: (args) => {
    const at = args.findIndex((arg) => /^(?:-c|--command)$/.test(arg.text));
    return at < 0 || at + 1 >= args.length ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: args.slice(at + 1) }] };
  },
  guix: afterDashes,
  zellij: bySub({}, { run: afterDashes, r: afterDashes }),
  just: (args) => {
    const at = args.findIndex((arg) => /^(?:-c|--command)$/.test(arg.text));
    return at < 0 || at + 1 >= args.length ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: args.slice(at + 1) }] };
  },
  flatpak: (args) => {
    const scanned = scan(args, {}, true);
    const command = args.find((arg) => arg.text.startsWith('--command='));
    return command === undefined ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: [literal(command.text.slice(10), command), ...scanned.operands.slice(2)] }] };
  },
  vagrant: bySub({}, { ssh: runs({ text: ['c', 'command'], permutes: true }) }),
  'cross-env': crossEnv,
  'cross-env-shell': (args) => {
    const rest = args.filter((_, index) => !args.slice(0, index + 1).every((each) => /^[A-Za-z_]\w*=/.test(each.text)));
    return runs({ rest: 'text' })(rest);
  },
  dotenv: either(afterDashes, (args) => {
    const { operands } = scan(args, { values: 'efvcopq', longValues: ['file', 'quote', 'export'] });
    const words = operands[0]?.text === 'run' ? operands.slice(1) : operands;
    return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 ? [] : [{ kind: 'words', words }] };
  }),
  concurrently,
  hyperfine,
  watchexec: either(runs({ values: 'wWefiosdENpjn', longValues: ['watch', 'watch-non-recursive', 'exts', 'filter', 'ignore', 'signal', 'stop-signal', 'stop-timeout', 'debounce', 'delay-run', 'shell', 'workdir', 'on-busy-update', 'env', 'project-origin', 'filter-file', 'ignore-file', 'fs-events', 'emit-events-to', 'poll'], rest: 'text' })),
  nodemon: runs({ values: 'weids', longValues: ['watch', 'ext', 'ignore', 'delay', 'signal', 'config', 'cwd'], text: ['x', 'exec'], permutes: true }),
  chokidar: runs({ values: 'diIp', text: ['c', 'command'], permutes: true }),
  onchange: afterDashes,
  'wait-on': afterDashes,
  'start-server-and-test': runs({ rest: 'texts' }),
};
