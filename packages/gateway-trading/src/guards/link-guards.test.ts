import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { BUY, readyRig, recordsOf } from '../testing/rig.js';
import { PROBE_TIMEOUT_MS } from './liveness-probe.js';
import { isRestartAhead, restartBoundary } from './restart-ahead.js';

function probes(sent: readonly { readonly type: string }[]): number {
  return sent.filter(({ type }) => type === 'reqCurrentTime').length;
}

describe('an order over a link that was quiet', () => {
  it('proves first that the link is alive', async () => {
    const { connection, trading } = await readyRig();
    connection.silentMs = 5_001;
    const types = (): readonly string[] => connection.sent.map(({ type }) => type).slice(-2);
    await trading.place(BUY);
    expect(types()).toEqual(['reqCurrentTime', 'placeOrder']);
    await trading.place(BUY);
    expect([probes(connection.sent), connection.placed.length]).toEqual([1, 2]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is unsent, never unknown, when the link is dead: nothing left, and the same key may be placed again', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    connection.silentMs = 60_000;
    connection.mute.add('reqCurrentTime');
    const refused = expect(trading.place({ ...BUY, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT', retryable: true, cause: { code: 'IBKR_LINK_SILENT' } });
    await connection.clock.advance(PROBE_TIMEOUT_MS - 1);
    expect(trading.order('k')?.state.status).toBe('sending');
    await connection.clock.advance(1);
    await refused;
    expect([connection.placed, trading.order('k')?.state.status]).toEqual([[], 'unsent']);
    expect((await recordsOf(journal)).map(({ type }) => type)).not.toContain('order.unknown');
    connection.mute.clear();
    await trading.place({ ...BUY, key: 'k' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('is unsent when the session ends in the middle of the proof, and not sent on the next one', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.silentMs = 6_000;
    connection.mute.add('reqCurrentTime');
    const refused = expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
    await settle();
    connection.down();
    connection.up();
    await refused;
    await settle();
    expect(connection.placed).toEqual([]);
    await trading.close();
  });

  it('can be taken back during the proof, by a cancel and by the kill switch', async () => {
    for (const takeBack of [(key: string, trading: Awaited<ReturnType<typeof readyRig>>['trading']) => trading.cancel(key), (_: string, trading: Awaited<ReturnType<typeof readyRig>>['trading']) => trading.kill('x')]) {
      const { connection, trading, settle } = await readyRig();
      connection.silentMs = 6_000;
      connection.mute.add('reqCurrentTime');
      const refused = expect(trading.place({ ...BUY, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
      await settle();
      const taken = takeBack('k', trading);
      await connection.clock.advance(PROBE_TIMEOUT_MS);
      await Promise.all([refused, taken]);
      expect(connection.placed).toEqual([]);
      await trading.close();
    }
  });

  it('shares one question with others, and asks nothing while the link is busy', async () => {
    const { connection, trading } = await readyRig({ onUnknown: 'warn' });
    connection.silentMs = 6_000;
    await Promise.all([trading.place(BUY), trading.place(BUY), trading.place(BUY)]);
    expect([probes(connection.sent), connection.placed.length]).toEqual([1, 3]);
    connection.silentMs = 5_000;
    const before = connection.sent.length;
    await trading.place(BUY);
    expect(connection.sent.slice(before).map(({ type }) => type)).toEqual(['placeOrder']);
    await trading.close();
  });

  it('proves always where nobody measures the silence, and never where it is told not to', async () => {
    const measured = await readyRig();
    measured.connection.silentMs = undefined;
    await measured.trading.place(BUY);
    expect(probes(measured.connection.sent)).toBe(1);
    await measured.trading.close();
    const careless = await readyRig({ probeAfterQuietMs: false });
    careless.connection.silentMs = 60_000;
    await careless.trading.place(BUY);
    expect(probes(careless.connection.sent)).toBe(0);
    await careless.trading.close();
  });
});

describe('the gate ahead of a restart', () => {
  const occurrence = { fromMs: 1_000_000, untilMs: 1_600_000 };
  it.each([
    ['long before it', 939_999, undefined, false],
    ['a minute before it', 940_000, undefined, true],
    ['while it is going on', 1_300_000, undefined, true],
    ['when it has come and gone', 1_300_000, 1_000_000, false],
    ['when another one has', 1_300_000, 5, true],
    ['after its end', 1_600_000, undefined, false],
  ])('%s', (_name, nowMs, passedFromMs, closed) => {
    expect(isRestartAhead({ occurrence, nowMs, closeBeforeMs: 60_000, passedFromMs })).toBe(closed);
    expect(isRestartAhead({ occurrence, nowMs, closeBeforeMs: false, passedFromMs })).toBe(false);
    expect(isRestartAhead({ occurrence: undefined, nowMs, closeBeforeMs: 60_000, passedFromMs })).toBe(false);
  });

  it('knows when it changes next', () => {
    const at = (nowMs: number): number | undefined => restartBoundary({ occurrence, nowMs, closeBeforeMs: 60_000, passedFromMs: undefined });
    expect([at(0), at(940_000), at(1_599_999), at(1_600_000)]).toEqual([940_000, 1_600_000, 1_600_000, undefined]);
  });

  it('closes on time, lets cancels through, and opens after the restart and a sweep', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    const fromMs = connection.clock.now() + 600_000;
    connection.restartOutlook = { occurrence: { fromMs, untilMs: fromMs + 600_000 } };
    connection.events.emit('connection.stateChanged', { atMs: connection.clock.now() });
    const gates: unknown[] = [];
    trading.events.on('gate.changed', ({ reasons }) => gates.push(reasons));
    await connection.clock.advance(539_999);
    expect(trading.gate()).toEqual([]);
    await connection.clock.advance(1);
    expect(trading.gate()).toEqual(['RESTART_AHEAD']);
    await expect(trading.place(BUY)).rejects.toMatchObject({ retryable: true, details: { reasons: ['RESTART_AHEAD'] } });
    await trading.cancel(handle);
    expect(connection.sent.at(-1)).toMatchObject({ type: 'cancelOrder' });
    await connection.clock.advance(70_000);
    connection.broker.open = [order.openOrder('Submitted')];
    connection.down();
    await connection.clock.advance(60_000);
    connection.up();
    await settle();
    expect(trading.gate()).toEqual([]);
    expect(gates).toEqual([['RESTART_AHEAD'], ['NOT_CONNECTED'], ['RECONCILE_PENDING'], []]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });
});

describe('a read-only API', () => {
  const TEXT = "Error validating request.-'bF' : cause - The API interface is currently in Read-Only mode.";

  it('is noticed by the refusal of an order, named, and asked anew in the next session', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    connection.notice(321, TEXT, broker().placed.orderId);
    expect(await handle.acknowledged()).toMatchObject({ status: 'rejected', brokerNotice: { code: 321 } });
    await settle();
    expect(trading.gate()).toEqual(['READ_ONLY_API']);
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['READ_ONLY_API'] }, tips: [expect.stringContaining('Read-Only API')] });
    connection.down();
    connection.up();
    await trading.ready();
    expect(trading.gate()).toEqual([]);
    await trading.close();
  });

  it('ends the orders that are on their way also when the notice names none of them', async () => {
    const { connection, trading } = await readyRig();
    const handle = await trading.place(BUY);
    connection.notice(321, TEXT);
    expect((await handle.done()).status).toBe('rejected');
    expect(trading.gate()).toContain('READ_ONLY_API');
    await trading.close();
  });

  it('is not read out of another complaint', async () => {
    const { connection, trading } = await readyRig();
    connection.notice(321, "Error validating request.-'bF' : cause - Invalid order type was entered");
    expect(trading.gate()).toEqual([]);
    await trading.close();
  });
});
