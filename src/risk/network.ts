/** Risk of hosts and of MCP tools. */
import type { McpRequest, NetworkRequest } from '../model/request.ts';
import type { Risk } from '../model/risk.ts';

interface HostRow {
  readonly test: RegExp;
  readonly risk: Risk;
}

/** Tried in order against the host in normal form. */
const HOSTS: readonly HostRow[] = [
  // Credentials of the machine itself: AWS, GCP, Azure, ECS, EKS, Alibaba, Oracle.
  { test: /^(?:169\.254\.169\.254|169\.254\.170\.2|169\.254\.170\.23|168\.63\.129\.16|192\.0\.0\.192|metadata\.google\.internal|metadata\.goog|metadata|instance-data(?:\.ec2\.internal)?|fd00:ec2::254|fd00:ec2::23|fd20:ce::254|100\.100\.100\.200)$/, risk: { level: 'critical', flags: ['network_request', 'cloud_metadata'] } },
  // Whoever talks to these commands the machine.
  { test: /^unix:.*(?:\/(?:docker|containerd|podman|crio|lxd\/unix|libvirt[^/]*)[^/]*(?:\.sock|\.socket)$|\/run\/systemd\/private$|\/(?:docker|podman|libvirt|lxd|snapd)[^/]*(?:\/|\.sock))/, risk: { level: 'critical', flags: ['privilege_escalation'] } },
  { test: /^unix:/, risk: { level: 'medium', flags: [] } },
  { test: /^(?:localhost|[^.]+\.localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)$/, risk: { level: 'low', flags: ['network_request'] } },
  { test: /^169\.254\.|^fe80:/, risk: { level: 'high', flags: ['network_request'] } },
  { test: /(?:^|\.)(?:npmjs\.org|npmjs\.com|pypi\.org|pythonhosted\.org|crates\.io|rubygems\.org|golang\.org|github\.com|githubusercontent\.com|gitlab\.com|debian\.org|ubuntu\.com|nodejs\.org|yarnpkg\.com)$/, risk: { level: 'low', flags: ['network_request'] } },
  // Places made for handing data to strangers.
  { test: /(?:^|\.)(?:pastebin\.com|transfer\.sh|webhook\.site|requestbin\.\w+|ngrok\.\w+|ngrok-free\.app|file\.io|0x0\.st|termbin\.com|burpcollaborator\.net|interact\.sh|oast\.\w+|serveo\.net|localhost\.run|trycloudflare\.com|onion)$/, risk: { level: 'high', flags: ['network_request'] } },
];

/** Mail, remote shells and databases on the open network say more than a web request. */
const HIGH_PORTS: ReadonlySet<number> = new Set([22, 23, 25, 465, 587, 445, 3389, 5900]);

export function classifyHost(request: NetworkRequest): Risk {
  const row = HOSTS.find((each) => each.test.test(request.host));
  if (row !== undefined) return row.risk;
  return { level: request.port !== undefined && HIGH_PORTS.has(request.port) ? 'high' : 'medium', flags: ['network_request'] };
}

export function classifyTool(request: McpRequest): Risk {
  if (/(?:^|[_.-])(?:delete|drop|remove|destroy|exec|execute|run|shell|eval|publish|deploy|transfer|pay|send)(?:$|[_.-])/i.test(request.tool)) return { level: 'high', flags: ['remote_execution'] };
  if (/^(?:get|list|read|search|find|describe|show|query|fetch)(?:$|[_A-Z.-])/.test(request.tool)) return { level: 'low', flags: [] };
  return { level: 'medium', flags: [] };
}
