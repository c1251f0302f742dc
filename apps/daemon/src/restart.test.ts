import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROUTES } from '@ibkit/api-contract';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it, vi } from 'vitest';
import { fakeTicket } from './testing/fake-order.js';
import { temporaryDirectory } from './testing/temporary-directory.js';
import { startTestDaemon } from './testing/test-daemon.js';
import type { TestDaemon } from './testing/test-daemon.js';

describe('a daemon that is restarted', () => {
  it('goes on with what it was recording when it was killed, and says so', async () => {
    await using state = await temporaryDirectory();
    await using gateway = await createSimulator();
    const killed = path.join(state.path, 'recordings', 'killed');
    await mkdir(killed, { recursive: true });
    await writeFile(path.join(killed, 'ibkit-recording.json'), JSON.stringify({ id: 'killed', topics: ['trades/SPY'], active: true, startedAtMs: 1, rows: 0, bytes: 0, dropped: 0, gaps: 0 }));
    await using daemon = await startTestDaemon('--port', String(gateway.port), '--state-dir', state.path);
    await vi.waitFor(async () => {
      const { recordings } = await daemon.read('/v1/recordings', ROUTES.recordings.response);
      expect(recordings).toMatchObject([{ active: true, topics: ['trades/SPY'] }, { id: 'killed', active: false }]);
      expect(recordings[1]?.endReason).toContain(`${recordings[0]?.id ?? ''} goes on`);
    }, { timeout: 15_000 });
  });

  it('still knows its orders, keys, caps and tokens, and sends nothing twice', async () => {
    await using state = await temporaryDirectory();
    await using gateway = await createSimulator();
    const start = async (): Promise<TestDaemon> => {
      const daemon = await startTestDaemon('--port', String(gateway.port), '--state-dir', state.path);
      await vi.waitFor(() => {
        expect(daemon.parts.trading.gate().filter((reason) => reason !== 'KILL_SWITCH')).toEqual([]);
      }, { timeout: 15_000 });
      return daemon;
    };
    const place = async (daemon: TestDaemon, key: string): Promise<readonly [number, number]> => {
      const answer = await daemon.call('POST', '/v1/orders', { body: { ticket: fakeTicket() }, headers: { 'idempotency-key': key } });
      const [order] = ROUTES.placeOrder.response.parse(await answer.json()).orders;
      return [answer.status, order?.orderId ?? 0];
    };
    const sent = (): number => gateway.control.journal().filter(({ kind }) => kind === 'order').length;

    const first = await start();
    const { secret } = await first.makeToken({ name: 'bot', scope: 'trade' });
    const [, orderId] = await place(first, 'one');
    await first.call('POST', '/v1/kill', { body: { reason: 'test' } });
    await first[Symbol.asyncDispose]();
    const before = sent();

    await using second = await start();
    expect((await second.call('GET', '/v1/orders/one', { secret })).status).toBe(200);
    // The kill switch is journal state: it stays on over restarts.
    expect(await (await second.call('POST', '/v1/orders', { secret, body: { ticket: fakeTicket() }, headers: { 'idempotency-key': 'two' } })).json()).toMatchObject({ status: 409, code: 'IBKR_ORDER_GATE_REFUSED' });
    expect(sent()).toBe(before);
    expect((await second.call('DELETE', '/v1/kill?reason=over')).status).toBe(200);
    expect(await place(second, 'one')).toEqual([200, orderId]);
    expect((await place(second, 'two'))[1]).toBeGreaterThan(orderId);
  });
});
