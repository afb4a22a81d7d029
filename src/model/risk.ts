/** Risk levels in order, and what a classifier says of an action. */

export const RISK_LEVELS = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export type RiskFlag =
  | 'destructive_command'
  | 'system_modification'
  | 'privilege_escalation'
  | 'sensitive_file_access'
  | 'config_file_modification'
  | 'network_request'
  | 'pipe_to_shell'
  | 'force_push'
  | 'broad_file_deletion'
  | 'package_install'
  | 'publishing'
  | 'cloud_metadata'
  | 'remote_execution'
  | 'code_loading_environment'
  | 'opaque_command'
  | 'self_protection';

export interface Risk {
  readonly level: RiskLevel;
  readonly flags: readonly RiskFlag[];
}

export const NO_RISK: Risk = { level: 'none', flags: [] };

export function isAbove(level: RiskLevel, bound: RiskLevel): boolean {
  return RISK_LEVELS.indexOf(level) > RISK_LEVELS.indexOf(bound);
}

export function atLeast(level: RiskLevel, bound: RiskLevel): boolean {
  return !isAbove(bound, level);
}

/** The highest level and all flags of several findings. */
export function joinRisks(risks: Iterable<Risk>): Risk {
  let level: RiskLevel = 'none';
  const flags = new Set<RiskFlag>();
  for (const risk of risks) {
    if (isAbove(risk.level, level)) level = risk.level;
    for (const flag of risk.flags) flags.add(flag);
  }
  return { level, flags: [...flags] };
}
