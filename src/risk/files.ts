/** Risk of file actions: by what the path is, then by what is done to it. */
import type { FileAction } from '../model/request.ts';
import { RISK_LEVELS, type Risk, type RiskFlag, type RiskLevel } from '../model/risk.ts';

interface FileRow {
  readonly test: RegExp;
  readonly read: RiskLevel;
  readonly write: RiskLevel;
  readonly flags: readonly RiskFlag[];
}

/** Tried in order, against the absolute path; the first that hits counts. */
const ROWS: readonly FileRow[] = [
  // Certificates and libraries of the system have names that mean something else elsewhere.
  { test: /^\/(?:usr|lib|lib32|lib64|bin|sbin|etc\/ssl\/certs|etc\/ca-certificates|etc\/pki\/tls\/certs|System|nix\/store)(?:\/|$)/, read: 'none', write: 'critical', flags: ['system_modification'] },
  // Examples and templates are made to be read.
  { test: /\/\.env\.(?:example|sample|template|dist)$/i, read: 'low', write: 'low', flags: [] },
  { test: /\/\.env(?:\.[^/]*|rc)?$/i, read: 'high', write: 'high', flags: ['sensitive_file_access'] },
  { test: /\/(?:\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker|\.config\/gcloud|\.password-store|\.config\/gh|Keychains)(?:\/|$)/i, read: 'high', write: 'critical', flags: ['sensitive_file_access'] },
  { test: /\/(?:id_(?:rsa|dsa|ecdsa|ed25519)[^/]*|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc))$/i, read: 'high', write: 'high', flags: ['sensitive_file_access'] },
  { test: /\/(?:\.netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|\.vault-token|(?:credentials|secrets?)(?:\.(?:json|ya?ml|toml|ini|txt|env|conf|cfg|xml|db|csv))?|[^/]*(?:secret|credential|password|passwd|token)s?[^/]*\.(?:json|ya?ml|toml|ini|txt|env|conf|cfg))$/i, read: 'high', write: 'high', flags: ['sensitive_file_access'] },
  { test: /^\/etc\/(?:shadow|gshadow|sudoers(?:\.d\/.*)?|ssl\/private\/.*|ssh\/ssh_host_.*)-?$/, read: 'high', write: 'critical', flags: ['sensitive_file_access', 'system_modification'] },
  { test: /^\/proc\/(?!self\/|thread-self\/)[^/]+\/(?:environ|mem|maps|fd\/)/, read: 'high', write: 'critical', flags: ['sensitive_file_access'] },
  { test: /^\/(?:dev\/(?:null|zero|full|random|urandom|tty|ptmx|pts\/|std(?:in|out|err)|fd\/|shm\/))/, read: 'none', write: 'none', flags: [] },
  // What a process says about itself: its name, its dumps (java), its place when memory runs out.
  { test: /^\/proc\/(?:self|thread-self|self\/task\/\d+)\/(?:comm|coredump_filter|oom_score_adj|oom_adj|timerslack_ns|clear_refs|autogroup|sched)$/, read: 'none', write: 'none', flags: [] },
  { test: /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|proc|sbin|sys|usr|var\/(?:lib|spool|log|run)|System|Library|run)(?:\/|$)/, read: 'none', write: 'critical', flags: ['system_modification'] },
  // What a shell, git or an editor runs by itself the next time.
  { test: /\/\.git\/(?:hooks(?:\/|$)|config$)/, read: 'low', write: 'critical', flags: ['config_file_modification'] },
  { test: /\/(?:\.bashrc|\.bash_profile|\.profile|\.zshrc|\.zshenv|\.zprofile|\.gitconfig|\.vimrc|\.tmux\.conf|\.inputrc|\.config\/fish\/config\.fish|\.config\/autostart\/.*|authorized_keys)$|^\/etc\/crontab$|^\/var\/spool\/cron\//, read: 'low', write: 'critical', flags: ['config_file_modification'] },
  { test: /\/\.git(?:\/|$)/, read: 'none', write: 'medium', flags: ['config_file_modification'] },
  { test: /\/(?:package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|Cargo\.(?:toml|lock)|go\.(?:mod|sum)|pyproject\.toml|poetry\.lock|requirements[^/]*\.txt|setup\.(?:py|cfg)|Gemfile(?:\.lock)?|composer\.(?:json|lock)|pom\.xml|build\.gradle(?:\.kts)?|Makefile|CMakeLists\.txt|Dockerfile[^/]*|docker-compose[^/]*\.ya?ml|compose\.ya?ml|tsconfig[^/]*\.json|[^/]*\.config\.(?:[cm]?[jt]s|json)|\.eslintrc[^/]*|\.prettierrc[^/]*|\.babelrc[^/]*|biome\.jsonc?|Jenkinsfile|\.gitlab-ci\.yml|\.travis\.yml|\.gitignore|\.gitattributes|\.editorconfig|\.dockerignore|AGENTS\.md|CLAUDE\.md|GEMINI\.md|\.mcp\.json)$/, read: 'none', write: 'medium', flags: ['config_file_modification'] },
  { test: /\/\.(?:github|circleci|gitlab|husky|vscode|idea|devcontainer|claude|codex|gemini|cursor)\//, read: 'none', write: 'medium', flags: ['config_file_modification'] },
  { test: /\/\.patchwork(?!\/nested(?:\/|$))(?:\/|$)/, read: 'none', write: 'critical', flags: ['self_protection'] },
];

const isSystemRow = ({ flags }: FileRow): boolean => flags.length === 1 && flags[0] === 'system_modification';

const WRITE_LEVEL: Readonly<Record<FileAction, RiskLevel>> = { file_read: 'none', file_create: 'low', file_edit: 'low', file_delete: 'medium' };

/** Own work that lies below a system folder is no part of the system. */
export function classifyFile(action: FileAction, paths: readonly string[], isOwnWork: (path: string) => boolean = () => false): Risk {
  let worst: Risk = { level: WRITE_LEVEL[action], flags: action === 'file_delete' ? ['destructive_command'] : [] };
  for (const path of paths) {
    const row = ROWS.find((each) => each.test.test(path) && !(isSystemRow(each) && isOwnWork(path)));
    if (row === undefined) continue;
    const level = action === 'file_read' ? row.read : row.write;
    const isWorse = RISK_LEVELS.indexOf(level) > RISK_LEVELS.indexOf(worst.level);
    const flags = action === 'file_read' && row.flags.every((flag) => flag !== 'sensitive_file_access') ? [] : row.flags;
    worst = { level: isWorse ? level : worst.level, flags: [...new Set([...worst.flags, ...flags])] };
  }
  return worst;
}

