/** `~/.patchwork/config.yml`: where events are sent as they happen. Read strictly: what is not known is an error with its place. */
import { readFileSync, statSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { PatchworkError } from '../model/errors.ts';
import { homeFolder } from '../model/home.ts';
import { RISK_LEVELS, type RiskLevel } from '../model/risk.ts';

export type Destination =
  | { readonly type: 'file'; readonly path: string; readonly maxBytes: number; readonly maxFiles: number }
  | { readonly type: 'syslog'; readonly protocol: 'udp' | 'tcp'; readonly host: string; readonly port: number; readonly facility: number }
  | { readonly type: 'http' | 'otlp'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type Shipment = Destination & {
  /** Only events of this level or above, only these outcomes. */
  readonly risk: RiskLevel;
  readonly status: 'all' | 'denied';
};

export interface ShippingConfig {
  /** Events held for each destination at most; more are dropped, and counted. */
  readonly queue: number;
  readonly shipments: readonly Shipment[];
}

const FACILITIES = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'audit', 'alert', 'clock', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const;
const TYPES = ['file', 'syslog', 'http', 'otlp'] as const;
const KEYS: Readonly<Record<(typeof TYPES)[number], readonly string[]>> = { file: ['path', 'max_bytes', 'max_files'], syslog: ['address', 'facility'], http: ['url', 'headers'], otlp: ['url', 'headers'] };
const QUEUE_LIMIT = 1_000_000;


/** Throws PW_CONFIG_INVALID. `variables` fill `${NAME}` in values of headers. */
export function readConfig(file: string, variables: Readonly<Record<string, string | undefined>>): ShippingConfig {
  const { mode } = statSync(file);
  if ((mode & 0o022) !== 0) throw new PatchworkError('PW_CONFIG_INVALID', `${file} is refused: others can write it`, { hint: `chmod go-w ${file}` });
  return parseConfig(readFileSync(file, 'utf8'), file, variables);
}

export function parseConfig(text: string, file: string, variables: Readonly<Record<string, string | undefined>>): ShippingConfig {
  return new ConfigReader(text, file, variables).read();
}

class ConfigReader {
  readonly #file: string;
  readonly #text: string;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #lines = new LineCounter();

  constructor(text: string, file: string, variables: Readonly<Record<string, string | undefined>>) {
    this.#text = text;
    this.#file = file;
    this.#variables = variables;
  }

  read(): ShippingConfig {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
    const [error] = document.errors;
    if (error !== undefined) this.#fail(error.pos[0], error.message.split('\n')[0] ?? 'it is no YAML');
    if (document.contents === null) this.#fail(0, 'the file is empty', 'it needs at least `version: 1`');
    const top = this.#map(document.contents as Node, 'the file', ['version', 'shipping']);
    const version = top.get('version', true);
    if (!isScalar(version) || version.value !== 1) this.#fail(this.#at(version ?? document.contents), '`version` must be 1', 'write `version: 1`');
    const shipping = top.get('shipping', true) as Node | undefined;
    if (shipping === undefined) return { queue: 10_000, shipments: [] };
    const map = this.#map(shipping, '`shipping`', ['queue', 'to']);
    const to = map.get('to', true) as Node | undefined;
    if (to === undefined || !isSeq(to)) this.#fail(this.#at(to ?? shipping), '`shipping.to` must be a list of destinations', 'begin each one with `- type: file`, syslog, http or otlp');
    return { queue: this.#number(map, 'queue', { least: 1, most: QUEUE_LIMIT, standard: 10_000 }), shipments: (to.items as Node[]).map((item) => this.#shipment(item)) };
  }

  #shipment(node: Node): Shipment {
    if (!isMap(node)) this.#fail(this.#at(node), 'a destination must be a map of keys and values', 'begin it with `- type: file`, syslog, http or otlp');
    const type = this.#choice(node, 'type', TYPES);
    if (type === undefined) this.#fail(this.#at(node), 'a destination has no `type`', `one of: ${TYPES.join(', ')}`);
    const map = this.#map(node, `a destination of type ${type}`, ['type', 'risk', 'status', ...KEYS[type]]);
    const common = { risk: this.#choice(map, 'risk', RISK_LEVELS) ?? 'none', status: this.#choice(map, 'status', ['all', 'denied'] as const) ?? 'all' };
    switch (type) {
      case 'file':
        return { type, path: this.#needed(map, 'path').replace(/^~(?=\/)/, homeFolder()), maxBytes: this.#number(map, 'max_bytes', { least: 4096, most: 2 ** 40, standard: 100 * 1024 * 1024 }), maxFiles: this.#number(map, 'max_files', { least: 1, most: 1000, standard: 5 }), ...common };
      case 'syslog':
        return { type, ...this.#address(map), facility: FACILITIES.indexOf(this.#choice(map, 'facility', FACILITIES) ?? 'local0'), ...common };
      default:
        return { type, url: this.#url(map), headers: this.#headers(map), ...common };
    }
  }

  #address(map: YAMLMap): { readonly protocol: 'udp' | 'tcp'; readonly host: string; readonly port: number } {
    const text = this.#needed(map, 'address');
    const parts = /^(udp|tcp):\/\/(\[[0-9a-fA-F:.]+\]|[^:/\s]+)(?::(\d{1,5}))?$/.exec(text);
    if (parts === null || Number(parts[3] ?? 514) > 65_535) this.#fail(this.#at(map.get('address', true)), `\`address\` is ${JSON.stringify(text)}`, 'write udp://HOST:PORT or tcp://HOST:PORT');
    return { protocol: parts[1] as 'udp' | 'tcp', host: (parts[2] ?? '').replace(/^\[|\]$/g, ''), port: Number(parts[3] ?? 514) };
  }

  #url(map: YAMLMap): string {
    const text = this.#needed(map, 'url');
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) this.#fail(this.#at(map.get('url', true)), `\`url\` is ${JSON.stringify(text)}, which is no http or https URL`);
    return text;
  }

  #headers(map: YAMLMap): Record<string, string> {
    const node = map.get('headers', true) as Node | undefined;
    if (node === undefined) return {};
    if (!isMap(node)) this.#fail(this.#at(node), '`headers` must be a map of names and values');
    return Object.fromEntries(
      node.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : '';
        if (!isScalar(value) || typeof value.value !== 'string') this.#fail(this.#at(value ?? key), `the header ${name} is not text`, 'put it in quotes');
        if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\r\n]/.test(value.value)) this.#fail(this.#at(key), `${JSON.stringify(name)} is no header`);
        return [name, this.#fill(value.value, value)];
      }),
    );
  }

  #fill(text: string, node: unknown): string {
    return text.replace(/\$\{(\w+)\}/g, (_, name: string) => this.#variables[name] ?? this.#fail(this.#at(node), `the variable ${name} is not set`));
  }

  #map(node: Node, what: string, keys: readonly string[]): YAMLMap {
    if (!isMap(node)) this.#fail(this.#at(node), `${what} must be a map of keys and values`);
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) this.#fail(this.#at(key), `unknown key \`${name}\` in ${what}`, `known keys here: ${keys.join(', ')}`);
    }
    return node as YAMLMap;
  }

  #needed(map: YAMLMap, key: string): string {
    const node = map.get(key, true);
    if (!isScalar(node) || typeof node.value !== 'string' || node.value === '') this.#fail(this.#at(node ?? map), `\`${key}\` is missing, or is not text`);
    return node.value;
  }

  #choice<T extends string>(map: YAMLMap, key: string, values: readonly T[]): T | undefined {
    const node = map.get(key, true);
    if (node === undefined) return undefined;
    const found = values.find((value) => isScalar(node) && node.value === value);
    return found ?? this.#fail(this.#at(node), `\`${key}\` is none of its values`, `one of: ${values.join(', ')}`);
  }

  #number(map: YAMLMap, key: string, { least, most, standard }: { least: number; most: number; standard: number }): number {
    const node = map.get(key, true);
    if (node === undefined) return standard;
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) this.#fail(this.#at(node), `\`${key}\` must be a whole number from ${least} to ${most}`);
    return value;
  }

  #at(node: unknown): number {
    return (node as Node | null)?.range?.[0] ?? 0;
  }

  #fail(offset: number, what: string, hint?: string): never {
    const { line, col } = this.#lines.linePos(offset);
    throw new PatchworkError('PW_CONFIG_INVALID', `${this.#file}:${Math.max(1, line)}:${Math.max(1, col)}: ${what}\n  ${this.#text.split(/\r?\n/)[Math.max(1, line) - 1] ?? ''}`, hint === undefined ? {} : { hint });
  }
}
