import { expect, it } from 'vitest';

it('exports these names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'CLIENT_MESSAGE_TYPES',
    'ClientHelloReader',
    'DAILY_RESTART',
    'FrameSplitter',
    'FramingError',
    'MAX_FRAME_LENGTH',
    'MAX_SERVER_VERSION',
    'MIN_SERVER_VERSION',
    'SERVER_MESSAGE_TYPES',
    'WEEKLY_LOGIN',
    'accountKind',
    'createTextCodec',
    'decodeServerHello',
    'encodeClientHello',
    'encodeFields',
    'encodeFrame',
    'encodeServerHello',
    'forEachBar',
    'splitFields',
  ]);
});
