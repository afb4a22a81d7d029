/**
 * An event in the Open Cybersecurity Schema Framework 1.3 (https://schema.ocsf.io/1.3.0): File System Activity (1001),
 * Kernel Activity (1003), Process Activity (1007), Network Activity (4001), API Activity (6003) and Application Lifecycle (6002). Pure.
 */
import type { RiskLevel } from '../model/risk.ts';
import type { AuditEvent, EventAction } from './event.ts';
import { targetText } from './query.ts';

interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly category: number;
  readonly categoryName: string;
  readonly activity: number;
  readonly activityName: string;
}

const system = (uid: number, name: string, activity: number, activityName: string): OcsfClass => ({ uid, name, category: 1, categoryName: 'System Activity', activity, activityName });
const application = (uid: number, name: string, activity: number, activityName: string): OcsfClass => ({ uid, name, category: 6, categoryName: 'Application Activity', activity, activityName });

const CLASSES: Readonly<Record<EventAction, OcsfClass>> = {
  file_create: system(1001, 'File System Activity', 1, 'Create'),
  file_read: system(1001, 'File System Activity', 2, 'Read'),
  file_edit: system(1001, 'File System Activity', 3, 'Update'),
  file_delete: system(1001, 'File System Activity', 4, 'Delete'),
  command_execute: system(1007, 'Process Activity', 1, 'Launch'),
  network_request: { uid: 4001, name: 'Network Activity', category: 4, categoryName: 'Network Activity', activity: 1, activityName: 'Open' },
  mcp_tool_call: application(6003, 'API Activity', 99, 'Other'),
  system_call: system(1003, 'Kernel Activity', 4, 'Invoke'),
  session_start: application(6002, 'Application Lifecycle', 3, 'Start'),
  session_end: application(6002, 'Application Lifecycle', 4, 'Stop'),
};

const SEVERITIES: Readonly<Record<RiskLevel, readonly [number, string]>> = { none: [1, 'Informational'], low: [2, 'Low'], medium: [3, 'Medium'], high: [4, 'High'], critical: [5, 'Critical'] };

/** `hostname` of the machine whose log it is: every event of the schema names its device. */
export function toOcsf(event: AuditEvent, hostname: string): Record<string, unknown> {
  const kind = CLASSES[event.action];
  const [severity, severityName] = SEVERITIES[event.risk.level];
  const isDenied = event.status === 'denied';
  // The classes of applications have neither a disposition nor, for an API, a device.
  const isOfSystem = kind.category !== 6;
  return {
    metadata: { version: '1.3.0', uid: event.id, product: { name: 'Patchwork', vendor_name: 'Patchwork' }, ...(isOfSystem ? { profiles: ['security_control'] } : {}), correlation_uid: event.session_id },
    time: Date.parse(event.timestamp),
    category_uid: kind.category, category_name: kind.categoryName, class_uid: kind.uid, class_name: kind.name, activity_id: kind.activity, activity_name: kind.activityName, type_uid: kind.uid * 100 + kind.activity,
    severity_id: severity, severity: severityName,
    status_id: event.status === 'completed' ? 1 : 2, status: event.status === 'completed' ? 'Success' : 'Failure', status_detail: event.decision.reason,
    ...(isOfSystem ? { action_id: isDenied ? 2 : 1, action: isDenied ? 'Denied' : 'Allowed', disposition_id: isDenied ? 2 : 1, disposition: isDenied ? 'Blocked' : 'Allowed' } : {}),
    ...(event.decision.rule === undefined || !isOfSystem ? {} : { firewall_rule: { name: event.decision.rule, ...(event.decision.source === undefined ? {} : { desc: event.decision.source }) } }),
    message: `${event.action} ${targetText(event)}`,
    ...(event.repeat === undefined ? {} : { count: event.repeat.count, start_time: Date.parse(event.repeat.since) }),
    actor: { app_name: event.agent, process: { pid: event.process.pid, ...(event.process.exe === undefined ? {} : { file: { path: event.process.exe, name: event.process.exe.split('/').at(-1), type_id: 1 } }), ...(event.process.ppid === undefined ? {} : { parent_process: { pid: event.process.ppid } }) } },
    ...(event.action === 'mcp_tool_call' ? { src_endpoint: { hostname } } : { device: { type_id: 0, hostname } }),
    ...objectOf(event),
    unmapped: { effect: event.decision.effect, layer: event.decision.layer, step: event.decision.step, ...(isOfSystem || event.decision.rule === undefined ? {} : { rule: event.decision.rule }), ...(event.target.cwd === undefined ? {} : { folder: event.target.cwd }), flags: event.risk.flags, project: event.project.path, hash: event.hash, prev_hash: event.prev_hash },
  };
}

function objectOf({ action, target, process }: AuditEvent): Record<string, unknown> {
  switch (target.type) {
    case 'file':
      return { file: { path: target.abs_path ?? target.path ?? '', name: (target.abs_path ?? target.path ?? '').split('/').at(-1), type_id: 1 } };
    case 'command':
      return { process: { pid: process.pid, cmd_line: target.command ?? '' } };
    case 'network':
      return { dst_endpoint: { ...(/^[\d.]+$|:/.test(target.host ?? '') ? { ip: target.host } : { hostname: target.host ?? '' }), ...(target.port === undefined ? {} : { port: target.port }) }, ...(target.url === undefined ? {} : { url: { url_string: target.url } }) };
    case 'mcp_tool':
      return { api: { operation: target.tool_name ?? '', service: { name: target.server_name ?? '' } } };
    case 'system_call':
      return { kernel: { name: target.call ?? '', type_id: 2, type: 'System Call' } };
    case 'session':
      return action === 'session_start' || action === 'session_end' ? { app: { name: 'Patchwork', vendor_name: 'Patchwork' } } : {};
  }
}
