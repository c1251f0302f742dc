import { expect, it } from 'vitest';

it('exports exactly its public names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['EscalationLadder', 'GatewayError', 'GatewayProcess', 'configuredDriver', 'directDriver', 'externalDriver', 'gatewayLadder', 'ibcDriver', 'probeApi', 'readDriverSettings']);
});
