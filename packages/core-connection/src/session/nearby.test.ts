import { expect, it } from 'vitest';
import { isNearby } from './nearby.js';

it.each(['127.0.0.1', '::1', 'localhost', '10.1.2.3', '192.168.0.9', '172.16.0.1', '172.31.255.1', '169.254.1.1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', 'gateway', 'box.local'])(
  'takes %s for near',
  (host) => {
    expect(isNearby(host)).toBe(true);
  },
);

it.each(['8.8.8.8', '172.32.0.1', '193.168.0.1', '2001:db8::1', 'gateway.example.com', '::ffff:8.8.8.8'])('takes %s for far', (host) => {
  expect(isNearby(host)).toBe(false);
});
