import path from 'node:path';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import type { Coordinator } from '@ibkit/gateway-trading';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { journalDirectory, journalNeighbours } from './journal-directory.js';
import { sqliteJournal } from './sqlite-journal.js';
import { JournalDirectory } from './testing/directories.js';

const PROGRAM = path.join(import.meta.dirname, 'testing/placing-program.ts');
const BUY = { contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 2 } as const;

/** What the simulator itself saw: the independent witness. */
function ordersSeen({ control }: Simulator): number {
  return control.journal({ kind: 'in', type: 'placeOrder' }).length;
}

/** Stops a process and takes its right over. One that is stopped in the middle of a write keeps the file locked: it goes on for a moment then. */
async function stopAndReplace({ child }: ChildProgram, coordinator: Coordinator): Promise<void> {
  for (;;) {
    child.kill('SIGSTOP');
    try {
      await coordinator.acquire({ takeOver: true });
      return;
    } catch (error) {
      if (!isIbkrError(error) || error.code !== 'IBKR_JOURNAL_LOCKED') throw error;
      child.kill('SIGCONT');
    }
  }
}

describe('trading on the journal of a directory', () => {
  it('sends nothing from a process that was stopped, replaced and woken up', { timeout: 60_000 }, async () => {
    await using directory = new JournalDirectory();
    await using simulator = await createSimulator({ accounts: ['DU1234567'] });
    await using program = new ChildProgram(PROGRAM, [directory.path, String(simulator.port)]);
    expect(await program.next()).toBe('ready');
    program.say('first');
    expect(await program.next()).toMatch(/^first: (?:acked|working)$/u);
    const journal = await directory.open({ busyTimeoutMs: 10 });
    await stopAndReplace(program, journal.coordinator);
    program.say('second');
    program.child.kill('SIGCONT');
    // What else was under way when it woke up may have met the fence by itself.
    expect(await program.next()).toMatch(/^second: IBKR_ORDER_GATE_REFUSED (?:JOURNAL_FENCED,)?LEASE_LOST$/u);
    expect(ordersSeen(simulator)).toBe(1);
  });

  it('sends nothing while the journal cannot be written, says why, and knows its orders again in the next process', async () => {
    await using directory = new JournalDirectory();
    await using simulator = await createSimulator({ accounts: ['DU1234567'] });
    await using connection = new ConnectionManager({ port: simulator.port, clientId: 1 });
    await connection.connect();
    const journal = await directory.open({ busyTimeoutMs: 10 });
    const trading = new Trading({ connection, journal, coordinator: journal.coordinator });
    await trading.ready();
    const first = await (await trading.place({ ...BUY, key: 'one' })).acknowledged();
    const blocker = new DatabaseSync(directory.file);
    blocker.exec('BEGIN IMMEDIATE');
    await expect(trading.place({ ...BUY, key: 'two' })).rejects.toMatchObject({
      code: 'IBKR_JOURNAL_FAILED', message: expect.stringContaining('is locked by another program') as unknown, details: { reason: 'IBKR_JOURNAL_LOCKED' },
    });
    blocker.close();
    expect(trading.gate()).toEqual(['JOURNAL_FAILED']);
    await trading.close();
    await journal.close();
    expect(ordersSeen(simulator)).toBe(1);

    const again = await directory.open();
    const next = new Trading({ connection, journal: again, coordinator: again.coordinator });
    await next.ready();
    expect((await next.place({ ...BUY, key: 'one' })).state.orderId).toBe(first.orderId);
    expect(ordersSeen(simulator)).toBe(1);
    await (await next.place({ ...BUY, key: 'two' })).acknowledged();
    expect(ordersSeen(simulator)).toBe(2);
    const trail: string[] = [];
    for await (const line of again.audit({ order: 'one' })) trail.push((JSON.parse(line) as { type: string }).type);
    expect(trail.slice(0, 3)).toEqual(['order.staged', 'order.sending', 'order.sent']);
    await next.close();
  });

  it('lets one key through once, whichever client ids use it, also in the same moment', { timeout: 30_000 }, async () => {
    await using directory = new JournalDirectory();
    await using simulator = await createSimulator({ accounts: ['DU1234567'] });
    const [one, other] = await Promise.all(
      [1, 50].map(async (clientId) => {
        const place = { stateDirectory: directory.root, host: simulator.host, port: simulator.port, clientId };
        const journal = await sqliteJournal({ directory: journalDirectory(place), neighbours: () => journalNeighbours(place) });
        const connection = new ConnectionManager({ port: simulator.port, clientId });
        await connection.connect();
        const trading = new Trading({ connection, journal, coordinator: journal.coordinator });
        await trading.ready();
        return { journal, connection, trading };
      }),
    );
    if (one === undefined || other === undefined) throw new TypeError('somebody is missing');
    const place = async (trading: Trading, key: string): Promise<string> => {
      try {
        await (await trading.place({ ...BUY, key })).acknowledged();
        return 'sent';
      } catch (error) {
        return isIbkrError(error) ? error.code : String(error);
      }
    };
    for (let round = 0; round < 20; round += 1) {
      const before = ordersSeen(simulator);
      const outcomes = await Promise.all([one, other].map(({ trading }) => place(trading, `k${round}`)));
      const sent = outcomes.filter((outcome) => outcome === 'sent').length;
      expect([ordersSeen(simulator) - before, outcomes]).toEqual([sent, outcomes]);
      expect(sent).toBeLessThanOrEqual(1);
    }
    await one.trading.place({ ...BUY, key: 'mine' });
    await expect(other.trading.place({ ...BUY, key: 'mine' })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['KEY_TAKEN'] } });
    for (const { trading, journal, connection } of [one, other]) {
      await trading.close();
      await journal.close();
      await connection.disconnect();
    }
  });
});
