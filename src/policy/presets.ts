/** The starter policies, as data: `policy init` writes them out with their comments, a session without a policy uses the first. */
import type { Origin, Section } from '../model/decision.ts';
import type { RiskLevel } from '../model/risk.ts';
import type { Mode, Policy, Rule, SectionRules } from './schema.ts';

interface Group {
  readonly about: string;
  readonly patterns: readonly string[];
}

interface PresetSection {
  readonly deny: readonly Group[];
  readonly allow: readonly Group[];
}

interface Preset {
  readonly about: readonly string[];
  readonly mode: Mode;
  readonly sections: Readonly<Record<Section, PresetSection>>;
  readonly maxRisk: RiskLevel;
}

export type PresetName = 'default' | 'strict';

const SECRETS: readonly Group[] = [
  { about: 'Secrets of projects. Examples (.env.example) stay readable.', patterns: ['**/.env', '**/.env.local', '**/.env.*.local', '**/.env.development', '**/.env.production', '**/.env.prod', '**/.env.staging', '**/.env.test', '**/.envrc', '**/.git-credentials', '**/secrets.{json,yml,yaml,toml,env}', '**/credentials.{json,yml,yaml,toml}', '**/service-account*.json'] },
  { about: 'Keys and tokens in the home.', patterns: ['**/id_rsa', '**/id_dsa', '**/id_ecdsa', '**/id_ed25519', '**/*.kdbx', '~/.aws/credentials', '~/.aws/sso', '~/.azure', '~/.config/gcloud', '~/.kube/config', '~/.netrc', '~/.pgpass', '~/.my.cnf', '~/.pypirc', '~/.gnupg/private-keys-v1.d', '~/.password-store', '~/.local/share/keyrings', '~/.mozilla', '~/.config/google-chrome', '~/.config/chromium', '~/Library/Keychains'] },
  { about: "The system's own secrets.", patterns: ['/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/etc/sudoers.d', '/etc/ssl/private'] },
];

const DANGEROUS: readonly Group[] = [
  { about: 'More rights than the user has.', patterns: ['sudo *', 'doas *', 'su *', 'pkexec *', 'docker run --privileged *', 'docker container run --privileged *', 'docker create --privileged *', 'docker container create --privileged *', 'docker exec --privileged *', 'docker container exec --privileged *'] },
  { about: 'Work that is lost, history that is rewritten for others.', patterns: ['git push --force*', 'git reset --hard*', 'git clean --force*', 'git filter-branch *', 'git filter-repo *', 'git reflog expire *', 'git push --mirror*', 'git config --global *', 'git config --system *'] },
  { about: 'Whatever comes off the network, run unseen.', patterns: ['curl * | bash', 'wget * | bash'] },
  { about: 'The machine itself.', patterns: ['mkfs*', 'dd * of=/dev/*', 'shutdown *', 'reboot *', 'halt *', 'poweroff *', 'systemctl poweroff *', 'systemctl reboot *', 'systemctl halt *', 'chmod 777 *', 'chmod 1777 *', 'chmod o+rwx *', 'chmod o=rwx *', 'chmod go+rwx *', 'chmod go=rwx *', 'chmod *+s *', 'chmod 4755 *', 'chmod 6755 *', 'crontab *'] },
  { about: 'What cannot be taken back.', patterns: ['npm publish *', 'npm unpublish *', 'npm deprecate *', 'npm owner *', 'npm token *', 'npm login *', 'npm adduser *', 'pnpm publish *', 'yarn publish *', 'yarn npm publish *', 'cargo publish *', 'cargo yank *', 'twine upload *', 'poetry publish *', 'gem push *', 'gh repo delete *', 'kubectl delete *', 'terraform destroy *', 'dropdb *'] },
];

const METADATA: Group = { about: "The cloud's metadata services hand out the machine's credentials.", patterns: ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal', '100.100.100.200', '192.0.0.192', '168.63.129.16'] };

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  default: {
    about: ['Patchwork policy: what the agent may not do. Everything else is allowed and logged (fail-open).', 'Order: deny rules, allow rules, max_risk, mode. See docs/policy.md.'],
    mode: 'fail-open',
    sections: {
      files: { deny: SECRETS, allow: [] },
      commands: { deny: DANGEROUS, allow: [] },
      network: { deny: [METADATA], allow: [] },
      mcp_tools: { deny: [], allow: [] },
    },
    maxRisk: 'high',
  },
  strict: {
    about: ['Patchwork policy: what the agent may do. Everything else is denied (fail-closed).', 'Order: deny rules, allow rules, max_risk, mode. See docs/policy.md.'],
    mode: 'fail-closed',
    sections: {
      files: {
        deny: SECRETS,
        allow: [{ about: 'The whole project, but for hidden folders like .git that are not named here.', patterns: ['./*', './[^.]*/**', './.github/**', './.gitlab/**', './.circleci/**', './.vscode/**', './.husky/**', './.changeset/**', './.storybook/**', './.devcontainer/**', './.config/**'] }],
      },
      commands: {
        deny: [...DANGEROUS, { about: 'Recursive, forced deletion.', patterns: ['rm -rf *'] }],
        allow: [
          { about: 'Looking around.', patterns: ['ls *', 'cat *', 'head *', 'tail *', 'wc *', 'grep *', 'rg *', 'find *', 'fd *', 'tree *', 'stat *', 'file *', 'du *', 'df *', 'diff *', 'sort *', 'uniq *', 'cut *', 'tr *', 'jq *', 'sed *', 'awk *', 'which *', 'date *', 'uname *', 'whoami *', 'id *', 'hostname *', 'nproc *', 'env *', 'printenv *', 'free *', 'uptime *', 'pgrep *', 'kill *', 'sleep *', 'basename *', 'dirname *', 'realpath *', 'readlink *', 'ps *', 'xargs *', 'seq *', 'tee *', 'less *', 'sha256sum *'] },
          { about: 'Files of the project.', patterns: ['mkdir *', 'touch *', 'cp *', 'mv *', 'rm *', 'rmdir *', 'ln *', 'patch *', 'chmod *', 'tar *', 'zip *', 'unzip *', 'gzip *', 'gunzip *'] },
          { about: 'Git, but for what the deny list holds back.', patterns: ['git *'] },
          { about: 'Build and test.', patterns: ['npm *', 'pnpm *', 'yarn *', 'node *', 'npx tsc *', 'npx eslint *', 'npx prettier *', 'npx jest *', 'npx vitest *', 'npx biome *', 'npx playwright *', 'tsc *', 'tsx *', 'eslint *', 'prettier *', 'vitest *', 'jest *', 'python *', 'python3 *', 'pytest *', 'pip *', 'pip3 *', 'uv *', 'ruff *', 'mypy *', 'black *', 'cargo *', 'rustc *', 'go *', 'gofmt *', 'make *', 'cmake *', 'ninja *', 'gcc *', 'g++ *', 'clang *', 'cc *', 'java *', 'javac *', 'mvn *', 'gradle *'] },
        ],
      },
      network: {
        deny: [METADATA],
        allow: [{ about: 'Package registries and code hosts.', patterns: ['npmjs.org', '*.npmjs.org', 'registry.yarnpkg.com', 'pypi.org', '*.pypi.org', 'files.pythonhosted.org', 'crates.io', '*.crates.io', 'proxy.golang.org', 'sum.golang.org', 'github.com', '*.github.com', 'githubusercontent.com', '*.githubusercontent.com', 'gitlab.com', 'nodejs.org', 'localhost'] }],
      },
      mcp_tools: { deny: [], allow: [] },
    },
    maxRisk: 'high',
  },
};

const SECTION_NAMES: readonly Section[] = ['files', 'commands', 'network', 'mcp_tools'];

/** The preset as a policy of the user layer, without a file behind it. */
export function presetPolicy(name: PresetName): Policy {
  const preset = PRESETS[name];
  const origin: Origin = { file: `built-in ${name} policy`, line: 0, column: 0 };
  const rules = (groups: readonly Group[]): Rule[] => groups.flatMap((group) => group.patterns.map((pattern) => ({ pattern, origin })));
  const section = ({ deny, allow }: PresetSection): SectionRules => ({ present: true, deny: rules(deny), allow: rules(allow), origin });
  const { files, commands, network, mcp_tools } = preset.sections;
  return {
    layer: 'user',
    file: origin.file,
    mode: preset.mode,
    modeOrigin: origin,
    sections: { files: section(files), commands: section(commands), network: section(network), mcp_tools: section(mcp_tools) },
    nested: 'covered',
    maxRisk: preset.maxRisk,
    maxRiskOrigin: origin,
  };
}

/** The preset as a file, with comments and the line by which editors find the schema beside it. */
export function presetText(name: PresetName, schemaFile: string): string {
  const preset = PRESETS[name];
  const lines = [`# yaml-language-server: $schema=${schemaFile}`, ...preset.about.map((line) => `# ${line}`), '', 'version: 1', `mode: ${preset.mode}`, '', 'rules:'];
  for (const name of SECTION_NAMES) {
    lines.push(`  ${name}:`, ...listText('deny', preset.sections[name].deny), ...listText('allow', preset.sections[name].allow), '');
  }
  lines.push('  # Denied without a rule when its risk is above this: none, low, medium, high, critical.', `  max_risk: ${preset.maxRisk}`, '');
  return lines.join('\n');
}

function listText(list: string, groups: readonly Group[]): string[] {
  if (groups.length === 0) return [`    ${list}: []`];
  return [`    ${list}:`, ...groups.flatMap((group) => [`      # ${group.about}`, ...group.patterns.map((pattern) => `      - ${JSON.stringify(pattern)}`)])];
}
