/** Spellings of addresses that lead to the same machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeHost } from '../../src/resolve/destination.ts';

const SAME: readonly (readonly [string, string])[] = [
  ['169.254.169.254', '169.254.169.254'], ['::ffff:169.254.169.254', '169.254.169.254'], ['::ffff:a9fe:a9fe', '169.254.169.254'], ['[::FFFF:A9FE:A9FE]', '169.254.169.254'], ['0:0:0:0:0:ffff:a9fe:a9fe', '169.254.169.254'], ['64:ff9b::a9fe:a9fe', '169.254.169.254'], ['64:ff9b::169.254.169.254', '169.254.169.254'], ['64:ff9b:1::a9fe:a9fe', '169.254.169.254'], ['2002:a9fe:a9fe::', '169.254.169.254'], ['2002:a9fe:a9fe::1', '169.254.169.254'], ['::169.254.169.254', '169.254.169.254'], ['::ffff:0:169.254.169.254', '169.254.169.254'],
  ['0xa9fea9fe', '169.254.169.254'], ['2852039166', '169.254.169.254'], ['0251.0376.0251.0376', '169.254.169.254'], ['127.1', '127.0.0.1'], ['LOCALHOST.', 'localhost'],
];
const DIFFERENT: readonly (readonly [string, string])[] = [
  ['::1', '::1'], ['64:ff9b::7f00:1', '64:ff9b::7f00:1'], ['2002:7f00:1::1', '2002:7f00:1::1'], ['::ffff:127.0.0.1', '127.0.0.1'], ['::', '::'], ['2001:db8::a9fe:a9fe', '2001:db8::a9fe:a9fe'], ['fd00:ec2::254', 'fd00:ec2::254'], ['64:ff9b:2::a9fe:a9fe', '64:ff9b:2::a9fe:a9fe'], ['2003:a9fe:a9fe::', '2003:a9fe:a9fe::'], ['fe80::a9fe:a9fe', 'fe80::a9fe:a9fe'], ['x.org', 'x.org'], ['2606:4700::1111', '2606:4700::1111'], ['ff02::1', 'ff02::1'], ['2002.example.org', '2002.example.org'], ['a-64-ff9b.example', 'a-64-ff9b.example'],
];

for (const [host, expected] of [...SAME, ...DIFFERENT]) test(`${host} is ${expected}`, () => assert.equal(normalizeHost(host), expected));
