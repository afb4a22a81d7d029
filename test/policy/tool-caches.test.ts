// What covered tools fill while they work lies in their caches; what holds keys, settings and programs beside them does not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Places } from '../../src/resolve/places.ts';

const places = new Places({ project: '/nowhere/project' });
const scope = (name: string): string => places.scopeOf(join(places.home, name));

test('caches and their locks may be written by covered tools', () => {
  for (const name of ['.npm/_cacache/x', '.cache/pip/x', '.cargo/registry/index/x', '.cargo/.package-cache', '.cargo/.package-cache-mutate', '.cargo/.global-cache', '.cargo/.global-cache-journal', 'go/pkg/mod/x']) assert.equal(scope(name), 'read_write', name);
});

test('what lies beside them may not', () => {
  for (const name of ['.cargo/credentials.toml', '.cargo/.package-cache-other', '.cargo/bin/cargo', '.cargo/config.toml', '.npmrc-other', 'go/bin/x', '.ssh/config']) assert.notEqual(scope(name), 'read_write', name);
});
