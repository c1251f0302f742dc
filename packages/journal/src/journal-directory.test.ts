import path from 'node:path';
import { expect, it } from 'vitest';
import { journalDirectory } from './journal-directory.js';

it('is one for every name of a gateway, and never outside the state directory', () => {
  const of = (host: string): string => path.relative('/state', journalDirectory({ stateDirectory: '/state', host, port: 4002, clientId: 1 }));
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.0.1.1', '::1']) expect(of(host)).toBe(path.join('journals', '127.0.0.1-4002-1'));
  expect(of('Gateway.example')).toBe(of('gateway.example'));
  expect(of('../../etc')).toBe(path.join('journals', '.._.._etc-4002-1'));
  expect(of('fe80::1%eth0')).toBe(path.join('journals', 'fe80__1_eth0-4002-1'));
});
