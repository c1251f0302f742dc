import { describe, expect, it } from 'vitest';
import * as contract from './index.js';

describe('api-contract', () => {
  it('exports these names and no others', () => {
    expect(Object.keys(contract).sort()).toEqual([
      'ROUTES', 'SCOPES', 'accountsSchema', 'healthSchema', 'layerSchema', 'livenessSchema', 'positionsSchema', 'problemSchema', 'quoteSchema', 'readinessSchema', 'statusSchema',
    ]);
  });

  it('leaves only the liveness probe without a token', () => {
    const open = Object.values<contract.Route>(contract.ROUTES).filter((route) => route.scope === undefined);
    expect(open.map((route) => route.path)).toEqual(['/healthz']);
  });

  it('takes a quote without prices and refuses one whose mode is made up', () => {
    const quote = { symbol: 'SPY', conId: 756733, mode: 'delayed', stale: false, receivedAtMs: 1, ageMs: 0 };
    expect(contract.quoteSchema.safeParse(quote).success).toBe(true);
    expect(contract.quoteSchema.safeParse({ ...quote, mode: 'realtime' }).success).toBe(false);
  });
});
