import { describe, expect, it } from 'vitest';
import { memoryCoordinator } from '../coordinator/memory-coordinator.js';
import { memoryJournal } from '../journal/memory-journal.js';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('A17: a leader that slept through a takeover', () => {
  it('transmits nothing any more: no order, no change, no cancel', async () => {
    const journal = memoryJournal();
    const coordinator = memoryCoordinator();
    await using stage = await Stage.open({ journal, coordinator });
    const { trading, simulator } = stage;
    await (await trading.place({ ...REST, key: 'k' })).acknowledged(PATIENCE);
    const { lastSeq } = simulator.control;

    // Somebody else takes over while this one is paused, and writes its term.
    const next = await coordinator.acquire({ takeOver: true, above: (await journal.head()).term });
    const { seq } = await journal.head();
    await journal.append([{ type: 'term', atMs: 0, term: next.term }], { term: next.term, expectedSeq: seq });

    await expect(trading.place(REST)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['LEASE_LOST'] } });
    // What was refused would be written down: the journal is closed to it, too.
    const both = { details: { reasons: ['JOURNAL_FENCED', 'LEASE_LOST'] } };
    await expect(trading.modify('k', { limitPrice: 2 })).rejects.toMatchObject(both);
    await expect(trading.cancel('k')).rejects.toMatchObject(both);
    expect((await trading.kill('by the one that was replaced', { all: true })).failed).toHaveLength(1);
    for (const type of ['placeOrder', 'cancelOrder', 'reqGlobalCancel']) expect(stage.seen(type, lastSeq)).toEqual([]);
    expect((await journal.head()).seq).toBe(seq + 1);
    await next.release();
  });

  it('is fenced by the journal alone where there is no coordinator', async () => {
    const journal = memoryJournal();
    await using stage = await Stage.open({ journal });
    const { trading, simulator } = stage;
    await (await trading.place({ ...REST, key: 'k' })).acknowledged(PATIENCE);
    await trading.reconcile();
    const { lastSeq } = simulator.control;
    const { seq, term } = await journal.head();
    await journal.append([{ type: 'term', atMs: 0, term: term + 1 }], { term: term + 1, expectedSeq: seq });
    await expect(trading.place(REST)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FENCED' });
    await expect(trading.cancel('k')).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['JOURNAL_FENCED'] } });
    for (const type of ['placeOrder', 'cancelOrder']) expect(stage.seen(type, lastSeq)).toEqual([]);
  });
});
