import { SystemError } from '@ibkit/error-codes';
import { describe, expect, it, vi } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';

describe('a key that a journal beside this one may know', () => {
  it('is refused before anything is written down, however often, and free again when that order provably never left', async () => {
    const taken = vi.fn((_account: string, key: string) => key === 'there');
    const journal = { ...memoryJournal(), isKeyTaken: taken };
    const { trading, connection } = await readyRig({ journal });
    for (let again = 0; again < 2; again += 1) {
      await expect(trading.place({ ...BUY, key: 'there' })).rejects.toMatchObject({
        code: 'IBKR_ORDER_GATE_REFUSED', retryable: false, details: { reasons: ['KEY_TAKEN'] }, tips: [expect.stringContaining('ibkit audit --order KEY') as string],
      });
    }
    expect(taken.mock.calls[0]).toEqual(['DU1234567', 'there']);
    expect([connection.placed.length, (await recordsOf(journal)).filter(({ type }) => type === 'order.staged')]).toEqual([0, []]);
    expect((await trading.preview({ ...BUY, key: 'there' })).gate).toEqual(['KEY_TAKEN']);
    taken.mockReturnValue(false);
    await trading.place({ ...BUY, key: 'there' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('is unsent when another program wrote it down in the same moment', async () => {
    const memory = memoryJournal();
    let [attempts, isTaken] = [0, false];
    const journal = {
      ...memory,
      append: async (...[records, guard]: Parameters<typeof memory.append>) => {
        const result = await memory.append(records, guard);
        // The other one was a moment earlier with the first attempt.
        if (records.some(({ type }) => type === 'order.staged')) isTaken = (attempts += 1) === 1;
        return result;
      },
      isKeyTaken: () => isTaken,
    };
    const { trading, connection } = await readyRig({ journal });
    await expect(trading.place({ ...BUY, key: 'both' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT', cause: { details: { reasons: ['KEY_TAKEN'] } } });
    expect([connection.placed, trading.order('both')?.state.status]).toEqual([[], 'unsent']);
    isTaken = false;
    await trading.place({ ...BUY, key: 'both' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('is refused while nobody can read them', async () => {
    const journal = {
      ...memoryJournal(),
      isKeyTaken: (): boolean => {
        throw new SystemError({ code: 'IBKR_JOURNAL_CORRUPT', message: 'The journal /there/journal.db is damaged' });
      },
    };
    const { trading, connection } = await readyRig({ journal });
    await expect(trading.place({ ...BUY, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', message: expect.stringMatching(/\. The journal \/there\/journal\.db is damaged$/) as string, details: { reasons: ['KEYS_UNREADABLE'] } });
    // Nobody else can have used the key that an order is given here.
    await trading.place(BUY);
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('is not asked about once it is known here, nor for a change', async () => {
    let isTaken = false;
    const { trading, connection } = await readyRig({ journal: { ...memoryJournal(), isKeyTaken: () => isTaken } });
    const order = await trading.place({ ...BUY, key: 'ours' });
    isTaken = true;
    expect((await trading.place({ ...BUY, key: 'ours' })).state.intentId).toBe(order.state.intentId);
    expect((await trading.preview({ ...BUY, key: 'ours' })).gate).toEqual([]);
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('does not break a bracket off that has begun to leave: whoever comes later sees it, and gives way', async () => {
    const connection = new FakeConnection();
    const { trading } = rigOn(connection, { journal: { ...memoryJournal(), isKeyTaken: () => connection.placed.length > 0 } });
    connection.up();
    await trading.ready();
    await trading.bracket({ entry: { ...BUY, key: 'three' }, takeProfit: { limitPrice: 200 }, stopLoss: { stopPrice: 180 } });
    expect(connection.placed).toHaveLength(3);
    await trading.close();
  });
});
