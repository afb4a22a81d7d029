/** Where git keeps its settings (git-config(1), gitrepository-layout(5)), read as git reads it. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readPlainFile } from '../resolve/plain-file.ts';

export interface Setting {
  /** In small letters, as `key`. */
  readonly section: string;
  readonly sub: string;
  readonly key: string;
  /** Undefined: the key stands alone, which switches it on. */
  readonly value: string | undefined;
}

/** Bytes of a file of settings; files that name other files. */
const SIZE_LIMIT = 256 * 1024;
const FILES_LIMIT = 512;

const SECTION = /^\s*\[\s*(?<name>[\w.-]+)(?:\s+"(?<sub>(?:[^"\\]|\\.)*)")?\s*\](?<rest>.*)$/;
const ENTRY = /^\s*(?<key>[A-Za-z][\w-]*)\s*(?:=\s*(?<value>.*?))?\s*$/;
/** `'key'='value'` or `'key=value'`, as git hands `-c` on. */
const PARAMETER = /'(?<key>[^'=]*)'?=?'?(?<value>(?:[^']|'\\'')*)'/g;

export class SettingsReader {
  readonly settings: Setting[] = [];
  /** Checked out in the folders that were read. */
  readonly branches: string[] = [];
  readonly #homes: readonly string[];
  readonly #seen = new Set<string>();

  constructor(homes: readonly string[]) {
    this.#homes = homes;
  }

  /** True for what git takes for a repository's folder: it looks no further. A `.git` that is a file leads to one. */
  readFolder(folder: string): boolean {
    const link = /^gitdir:\s*(?<path>.+?)\s*$/m.exec(read(folder))?.groups?.['path'];
    const own = link === undefined ? folder : resolve(dirname(folder), link);
    const common = read(join(own, 'commondir')).trim();
    const shared = common === '' ? own : resolve(own, common);
    for (const each of [own, shared]) for (const name of ['config', 'config.worktree']) this.readFile(join(each, name));
    const head = read(join(own, 'HEAD'));
    const branch = /^ref:\s*refs\/heads\/(\S+)/.exec(head)?.[1];
    if (branch !== undefined) this.branches.push(branch);
    return /^(?:ref:\s*refs\/|[\da-f]{40})/.test(head) && existsSync(join(shared, 'objects')) && existsSync(join(shared, 'refs'));
  }

  readFile(file: string): void {
    if (this.#seen.has(file) || this.#seen.size >= FILES_LIMIT) return;
    this.#seen.add(file);
    const text = read(file);
    let section = '';
    let sub = '';
    for (const line of text.replaceAll('\\\n', '').split('\n')) {
      const head = SECTION.exec(line)?.groups;
      if (head !== undefined) {
        section = (head['name'] ?? '').toLowerCase();
        sub = (head['sub'] ?? '').replaceAll(/\\(.)/g, '$1');
      }
      const entry = ENTRY.exec(head === undefined ? line : (head['rest'] ?? ''))?.groups;
      if (entry === undefined) continue;
      const value = entry['value']?.replace(/\s+[#;].*$/, '').replaceAll('"', '');
      this.add({ section, sub, key: (entry['key'] ?? '').toLowerCase(), value }, dirname(file));
    }
  }

  /** `GIT_CONFIG_KEY_n` with `GIT_CONFIG_VALUE_n`, and what a git hands on to another. `environment` as `NAME=value`. */
  readVariables(environment: readonly string[], folder: string): void {
    for (const entry of environment) {
      const pair = /^GIT_CONFIG_KEY_(?<number>\d+)=(?<key>.*)$/s.exec(entry)?.groups;
      if (pair !== undefined) {
        const prefix = `GIT_CONFIG_VALUE_${pair['number']}=`;
        for (const each of environment) if (each.startsWith(prefix)) this.addNamed(pair['key'] ?? '', each.slice(prefix.length), folder);
      }
      if (!entry.startsWith('GIT_CONFIG_PARAMETERS=')) continue;
      for (const { groups } of entry.matchAll(PARAMETER)) this.addNamed(groups?.['key'] ?? '', groups?.['value'], folder);
    }
  }

  /** `section.sub.key`; paths count from `folder`. */
  addNamed(name: string, value: string | undefined, folder: string): void {
    const parts = /^(?<section>[^.]+)\.(?:(?<sub>.+)\.)?(?<key>[^.]+)$/s.exec(name)?.groups;
    if (parts !== undefined) this.add({ section: (parts['section'] ?? '').toLowerCase(), sub: parts['sub'] ?? '', key: (parts['key'] ?? '').toLowerCase(), value }, folder);
  }

  add(setting: Setting, folder: string): void {
    this.settings.push(setting);
    const { section, key, value = '' } = setting;
    if ((section !== 'include' && section !== 'includeif') || key !== 'path') return;
    for (const file of value.startsWith('~/') ? this.#homes.map((home) => join(home, value.slice(2))) : [resolve(folder, value)]) this.readFile(file);
  }
}

/** Empty for what is no file, or too large. */
function read(file: string): string {
  return readPlainFile(file, SIZE_LIMIT) ?? '';
}
