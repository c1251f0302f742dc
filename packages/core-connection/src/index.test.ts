import { expect, it } from 'vitest';

it('exports exactly these names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'AUTH_REASONS',
    'AuthManager',
    'ClientIdLeases',
    'ConnectionManager',
    'ConnectionPool',
    'DATA_CLIENT_IDS',
    'DEFAULT_CONNECTION_OPTIONS',
    'DEFAULT_POOL',
    'DEFAULT_RECONNECT_DELAYS',
    'FIRST_INTERNAL_REQUEST_ID',
    'ProcessLock',
    'STOQEY_VERSION',
    'SessionManager',
    'SilenceWatch',
    'accountKind',
    'defaultPort',
  ]);
});
