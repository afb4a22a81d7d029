/** The system's own files about names, the user's proxies, and when names matter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile.ts';
import { presetPolicy } from '../../src/policy/presets.ts';
import { doNamesMatter } from '../../src/evaluator/names-matter.ts';
import { parseHosts, parseResolvConf } from '../../src/network/hosts-file.ts';
import { parseProxy, upstreamProxies } from '../../src/network/proxies.ts';
import type { Policy } from '../../src/policy/schema.ts';

test('the table of hosts, with comments, several names, and a list against advertisers', () => {
  const table = parseHosts(`127.0.0.1 localhost\n::1 localhost # home\n10.0.0.5\tGit.Corp git\nnonsense x\n# 1.2.3.4 y\n${Array.from({ length: 5000 }, (_, index) => `0.0.0.0 ad${index}.test`).join('\n')}`);
  assert.deepEqual(table.addresses.get('localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(table.names.get('10.0.0.5'), ['git.corp', 'git']);
  assert.deepEqual([table.addresses.get('x'), table.addresses.get('y'), table.addresses.get('ad4999.test')], [undefined, undefined, ['0.0.0.0']]);
  assert.equal(table.names.get('0.0.0.0')?.length, 16);
});

test('name servers and search domains', () => {
  assert.deepEqual(parseResolvConf('nameserver 10.0.0.1\nnameserver fe80::1%eth0 # x\nnameserver x\nsearch A.test b.test\n'), { servers: ['10.0.0.1', 'fe80::1%eth0'], search: ['a.test', 'b.test'] });
});

test("the user's proxies: which, and for what", () => {
  assert.deepEqual(parseProxy('http://u%40x:p@Proxy.test:3128'), { kind: 'http', host: 'proxy.test', port: 3128, credentials: 'u@x:p' });
  assert.deepEqual([parseProxy('proxy.test:8080')?.port, parseProxy('socks5h://p.test')?.port, parseProxy('https://p.test'), parseProxy('')], [8080, 1080, undefined, undefined]);
  const proxies = upstreamProxies({ HTTPS_PROXY: 'http://a.test:1', https_proxy: 'http://b.test:2', ALL_PROXY: 'socks5://c.test', NO_PROXY: '.corp.test, x.test' });
  assert.deepEqual([proxies.choose('y.test', true)?.host, proxies.choose('y.test', false)?.host, proxies.choose('git.corp.test', true), proxies.choose('x.test', true)], ['b.test', 'c.test', undefined, undefined]);
});

test('names matter unless no rule and no bound could tell hosts apart', () => {
  const policy = (changes: Partial<Policy>, deny: readonly string[], allow: readonly string[] = []): boolean => {
    const base = presetPolicy('default');
    const rules = (patterns: readonly string[]) => patterns.map((pattern) => ({ pattern, origin: base.modeOrigin }));
    const full: Policy = { ...base, maxRisk: 'critical', ...changes, sections: { ...base.sections, network: { ...base.sections.network, deny: rules(deny), allow: rules(allow) } } };
    return doNamesMatter([compilePolicy(full, { project: '/p', home: '/h' })]);
  };
  assert.equal(policy({}, []), false);
  assert.equal(policy({}, ['10.0.0.0/8', '169.254.169.254']), false);
  assert.equal(policy({}, ['evil.test']), true);
  assert.equal(policy({}, ['*']), true);
  assert.equal(policy({ maxRisk: 'high' }, []), true);
  assert.equal(policy({ mode: 'fail-closed' }, [], ['a.test']), true);
  assert.equal(policy({ mode: 'fail-closed', maxRisk: 'low' }, [], ['*']), false);
});
