import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeTicket } from '../testing/fake-order.js';
import { parseMetrics } from '../testing/prometheus.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

const ROOT = path.join(import.meta.dirname, '../../../..');

/** The rows of the table: name and type. */
async function documented(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(ROOT, 'docs/metrics.md'), 'utf8');
  return new Map([...text.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name = '', type = '']) => [name, type]));
}

describe('the metrics of a daemon', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon('--simulate');
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it('are those that the documentation lists, all of them, of the type that it says', async () => {
    const { types } = parseMetrics(await (await daemon.get('/metrics')).text());
    expect(new Map([...types].sort())).toEqual(new Map([...(await documented())].sort()));
  });

  it('are what dashboard and alert rules ask for', async () => {
    const known = await documented();
    const known3 = new Set([...known].flatMap(([name, type]) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name])));
    const deploy = path.join(ROOT, 'deploy');
    const files = (await readdir(deploy, { recursive: true })).filter((name) => /prometheus|grafana/.test(name) && /\.(?:ya?ml|json)$/.test(name));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const used = new Set((await readFile(path.join(deploy, file), 'utf8')).match(/\b(?:ibkit|process|nodejs)_[a-z_]+\b/g) ?? []);
      expect(used.size, file).toBeGreaterThan(5);
      expect([...used].filter((name) => !known3.has(name)), file).toEqual([]);
    }
  });

  it('count an order from the call to the first word of the broker, and a fill', async () => {
    const placed = await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket({ orderType: 'MKT', limitPrice: undefined }) }, headers: { 'idempotency-key': 'metrics-1' } });
    expect([200, 201, 202]).toContain(placed.status);
    await daemon.parts.trading.order('metrics-1')?.filled({ timeoutMs: 15_000 });
    const { samples } = parseMetrics(await (await daemon.get('/metrics')).text());
    const value = (name: string, labels = ''): number | undefined => samples.find((sample) => sample.name === name && sample.labels === labels)?.value;
    // The order left at once: in the first bucket, and in every one after it.
    expect(value('ibkit_request_wait_seconds_count', '{lane="order"}')).toBe(1);
    expect(value('ibkit_request_wait_seconds_bucket', '{lane="order",le="+Inf"}')).toBe(1);
    expect(value('ibkit_fills_total')).toBeGreaterThanOrEqual(1);
    expect(value('ibkit_order_call_to_send_seconds_count')).toBe(1);
    expect(value('ibkit_order_send_to_ack_seconds_count')).toBe(1);
    expect(value('ibkit_orders', '{status="filled"}')).toBe(1);
    expect(value('ibkit_orders', '{status="unknown"}')).toBe(0);
    expect(value('ibkit_reconcile_age_seconds')).toBeGreaterThanOrEqual(0);
    expect(value('ibkit_http_request_duration_seconds_count', '{route="/v1/orders"}')).toBe(1);
    expect(samples.some(({ labels }) => /\bD[UF]\d{4,}|SPY|metrics-1/.test(labels))).toBe(false);
  });
});
