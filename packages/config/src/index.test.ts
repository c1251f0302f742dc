import { describe, expect, it } from 'vitest';

describe('@ibkit/config', () => {
  it('exports exactly these names', async () => {
    expect(Object.keys(await import('./index.js')).sort()).toEqual(['Config', 'DEFAULT_CONFIG', 'defaultPort', 'stateDirectoryOf']);
  });
});
