import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { runProgram } from './run-program.js';

it('the options flow strategy buys by a prediction, sells by the next one, and says why', async () => {
  await using simulator = await createSimulator();
  const predictions = [
    { id: 1, signal: 'bullish', confidence: 0.8 },
    { id: 2, signal: 'bearish', confidence: 0.9 },
  ];
  let asked = 0;
  const service = createServer((_request, response) => {
    const prediction = predictions[Math.min(asked, predictions.length - 1)];
    asked += 1;
    response.end(JSON.stringify({ status: 'success', data: { ticker: 'SPY', prediction } }));
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const env = { API_BASE_URL: `http://127.0.0.1:${port}/api/v1`, API_KEY: 'demo' };
    const { exitCode, stdout, stderr } = await runProgram(fileURLToPath(new URL('options-flow-strategy.ts', import.meta.url)), [String(simulator.port), 'SPY', '2'], env);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/SPY: bullish with confidence 0.8: 2.50 % of \d+ at [\d.]+ are (\d+) shares, 0 are held\n[^]*bought \1: filled/u);
    expect(stdout).toMatch(/SPY: bearish with confidence 0.9: 0.00 % of .* are 0 shares, (\d+) are held\n[^]*sold \1: filled/u);
    expect(exitCode).toBe(0);
    expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(2);
  } finally {
    service.closeAllConnections();
    service.close();
  }
});
