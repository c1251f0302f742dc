import { expect, it } from 'vitest';
import { isOwnAddress } from './host-addresses.js';
import { recogniseStranger } from './stranger.js';

it.each([
  ['HTTP/1.1 400 Bad Request\r\n', 'http'],
  ['<!DOCTYPE html>', 'http'],
  ['<html><head>', 'http'],
  ['SSH-2.0-OpenSSH_9.6', 'ssh'],
  ['\u0015\u0003\u0001\u0000\u0002', 'tls'],
  ['\u0016\u0003\u0003', 'tls'],
  ['\u0015', 'unknown'],
  ['', 'unknown'],
  ['220 mail.example ESMTP', 'unknown'],
])('takes %j for %s', (bytes, stranger) => {
  expect(recogniseStranger(Buffer.from(bytes, 'latin1'))).toBe(stranger);
});

it('knows the addresses of this machine', () => {
  expect(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'].map(isOwnAddress)).toEqual([true, true, true, true]);
  expect(['203.0.113.7', '2001:db8::1'].map(isOwnAddress)).toEqual([false, false]);
});
