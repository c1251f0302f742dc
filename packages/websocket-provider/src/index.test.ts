import { expect, it } from 'vitest';
import * as browser from './browser.js';
import * as node from './index.js';

const NAMES = ['DATA_TYPES', 'DaemonClient', 'DaemonStream', 'HttpClient', 'LiveProvider', 'StreamClient', 'WebSocketProvider'];

it.each([['Node', node], ['a browser', browser]])('exports these names and no others for %s', (_, names) => {
  expect(Object.keys(names).sort()).toEqual(NAMES);
});
