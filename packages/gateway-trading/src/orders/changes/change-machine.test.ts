import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderRecord, StagedRecord } from '../../journal/journal-record.js';
import { stageOrder, transition } from '../order-machine.js';
import { stageRequest } from '../order-request.js';
import type { LooseOrderRequest } from '../order-request.js';
import { isEnded } from '../order-state.js';
import type { OrderState } from '../order-state.js';
import { wireTerms } from '../wire-order.js';
import { showsNewTerms } from './terms-echo.js';

const ID = { intentId: 'I1', atMs: 5 } as const;
const CONTRACT = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const REQUEST: LooseOrderRequest = { contract: CONTRACT, action: 'BUY', quantity: 100, orderType: 'LMT', limitPrice: 190 };

function staged(request: LooseOrderRequest = REQUEST): StagedRecord {
  return { ...ID, type: 'order.staged', key: 'k', requestHash: 'h', request: stageRequest(request), account: 'DU1', clientId: 1, orderId: 5, orderRef: 'ibk.I1', epoch: 1, attempt: 1 };
}

function play(first: StagedRecord, ...records: readonly OrderRecord[]): OrderState {
  return records.reduce(transition, stageOrder(first));
}

function acked(permId: string): OrderRecord {
  return { ...ID, type: 'order.acked', permId, evidence: 'openOrder' };
}

function status(word: string, permId: string, filled?: number): OrderRecord {
  return { ...ID, type: 'order.status', status: word, permId, filled: filled === undefined ? undefined : String(filled), evidence: 'status' };
}

function execution(execId: string, quantity: number): OrderRecord {
  return { ...ID, type: 'order.execution', execId, side: 'BOT', quantity: String(quantity), price: '190', exchange: 'X', time: 't' };
}

function change(revision: number, changes: Partial<LooseOrderRequest>): OrderRecord {
  return { ...ID, type: 'order.changeRequested', revision, request: stageRequest({ ...REQUEST, ...changes }), epoch: 1 };
}

function verdict(revision: number, word: 'accepted' | 'refused' | 'unsent' | 'unknown'): OrderRecord {
  return { ...ID, type: 'order.changeVerdict', revision, verdict: word, evidence: 'notice', code: 105, reason: 'words' };
}

describe('a change', () => {
  it('leaves the terms alone until the broker shows the new ones', () => {
    const asked = play(staged(), acked('1'), status('Submitted', '1'), change(1, { limitPrice: 191, quantity: 50 }));
    expect(asked).toMatchObject({ limitPrice: 190, quantity: 100, change: { status: 'requested' } });
    for (const word of ['refused', 'unsent', 'unknown'] as const) expect(transition(asked, verdict(1, word))).toMatchObject({ status: 'working', limitPrice: 190, quantity: 100, change: { status: word } });
    expect(transition(asked, verdict(1, 'accepted'))).toMatchObject({ limitPrice: 191, quantity: 50, remainingQuantity: 50, terms: { limitPrice: '191' } });
  });

  it('is taken when the broker shows it, whatever was thought before, and never undone', () => {
    const asked = play(staged(), acked('1'), change(1, { limitPrice: 191 }));
    const words = ['accepted', 'refused', 'unsent', 'unknown'] as const;
    for (const word of words) {
      const taken = transition(transition(asked, verdict(1, word)), verdict(1, 'accepted'));
      expect(taken).toMatchObject({ limitPrice: 191, change: { status: 'accepted' } });
      for (const late of words) expect(transition(taken, verdict(1, late))).toBe(taken);
    }
    expect(transition(asked, verdict(2, 'accepted'))).toBe(asked);
    expect(transition(asked, change(1, { limitPrice: 5 }))).toBe(asked);
  });

  it('completes an order of which as much is filled as it wants now', () => {
    const asked = play(staged(), acked('1'), status('Submitted', '1'), execution('a.b.1.01', 60), change(1, { quantity: 60 }));
    expect(transition(asked, verdict(1, 'accepted'))).toMatchObject({ status: 'filled', remainingQuantity: 0 });
    expect(transition(asked, status('Filled', '1', 60))).toMatchObject({ status: 'filled', quantity: 60, reportedFilled: 60, change: { status: 'accepted' } });
  });

  it('is recognised by the fields that it touches, however they are spelled', () => {
    const before = stageRequest({ ...REQUEST, tif: 'GTD', goodTillDate: '20991120-21:00:00' });
    const after = stageRequest({ ...REQUEST, limitPrice: 191, tif: 'GTD', goodTillDate: '20991121-21:00:00' });
    const shown = wireTerms(after);
    expect(showsNewTerms({ ...shown, goodTillDate: '20991121 16:00:00 America/New_York', auxPrice: 0 }, { before, after })).toBe(true);
    expect(showsNewTerms({ ...shown, lmtPrice: 190 }, { before, after })).toBe(false);
    expect(showsNewTerms(wireTerms(before), { before, after })).toBe(false);
    expect(showsNewTerms(shown, { before, after: before })).toBe(false);
    const plain = stageRequest(REQUEST);
    expect(showsNewTerms({ ...wireTerms(plain), goodTillDate: '' }, { before, after: plain })).toBe(true);
  });
});

describe('an order that the broker makes smaller', () => {
  it('wants what the broker shows, and is filled when that is filled', () => {
    const working = play(staged(), acked('1'), status('Submitted', '1'), execution('a.b.1.01', 60));
    const resized = transition(working, { ...ID, type: 'order.resized', quantity: '80', evidence: 'openOrder' });
    expect(resized).toMatchObject({ status: 'working', quantity: 80, remainingQuantity: 20, terms: { quantity: '80' } });
    expect(transition(resized, execution('a.b.2.01', 20))).toMatchObject({ status: 'filled' });
    expect(transition(working, { ...ID, type: 'order.resized', quantity: '60', evidence: 'openOrder' }).status).toBe('filled');
    expect(transition(working, status('Filled', '1', 60))).toMatchObject({ status: 'filled', quantity: 60, remainingQuantity: 0, reportedFilled: 60 });
  });
});

describe('an order for an amount of money', () => {
  it('is filled when the broker says so, with what its executions add up to', () => {
    const euro = staged({ contract: { ...CONTRACT, symbol: 'EUR', secType: 'CASH' }, action: 'BUY', quantity: 0, cashQuantity: 1_000, orderType: 'MKT' });
    const partly = play(euro, acked('1'), status('Submitted', '1'), execution('a.b.1.01', 600));
    expect(partly).toMatchObject({ status: 'working', filledQuantity: 600 });
    const early = transition(partly, status('Filled', '1', 923));
    expect(early).toMatchObject({ status: 'filled', remainingQuantity: 323, reportedFilled: 923 });
    expect(transition(early, execution('a.b.2.01', 323))).toMatchObject({ filledQuantity: 923, remainingQuantity: 0 });
  });
});

describe('an order that the broker has several times', () => {
  const permIds = ['1', '2', '3'];
  const told = fc.array(fc.tuple(fc.constantFrom('acked', 'Submitted', 'Cancelled', 'Filled', 'execution'), fc.constantFrom(...permIds)), { maxLength: 30 });

  it('is over exactly when each of them is, and counts every fill', () => {
    fc.assert(
      fc.property(told, (events) => {
        let order = play(staged(), { ...ID, type: 'order.sending' });
        const over = new Set<string>();
        let fills = 0;
        for (const [word, permId] of events) {
          const before = order;
          order = transition(order, acked(permId));
          if (word === 'execution') order = transition(order, execution(`a.b.${(fills += 1)}.01`, 10));
          else if (word !== 'acked') order = transition(order, status(word, permId));
          if (word === 'Cancelled' || word === 'Filled') over.add(permId);
          // The first one that ends the order while it is alone ends it; from the second one on, all must end.
          if (order.permIds.length < 2) continue;
          if (before.permIds.length < 2 && isEnded(before.status)) over.add(before.permIds[0] ?? '');
          expect(isEnded(order.status)).toBe(order.permIds.every((id) => order.endedPermIds?.includes(id)));
        }
        expect(order.filledQuantity).toBe(fills * 10);
        expect((order.endedPermIds ?? []).every((id) => over.has(id))).toBe(true);
      }),
    );
  });
});
