import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../journal/journal-record.js';
import type { LimitCount } from './check-guards.js';
import { LimitLedger } from './limit-ledger.js';

interface Step {
  readonly kind: 'stage' | 'change' | 'unsent' | 'nextDay';
  readonly pick: number;
  readonly quantity: number;
  readonly currency: 'USD' | 'EUR';
}

const STEP = fc.record<Step>({
  kind: fc.constantFrom('stage', 'stage', 'stage', 'change', 'unsent', 'nextDay'),
  pick: fc.nat(20),
  quantity: fc.integer({ min: 1, max: 500 }),
  currency: fc.constantFrom('USD', 'EUR'),
});

const REQUEST = { action: 'BUY', quantity: '1', orderType: 'LMT', limitPrice: '1', tif: 'DAY', outsideRth: false } as const;

function stagedRecord(intentId: string, counts: LimitCount): JournalRecord {
  const contract = { symbol: 'X', secType: 'STK', exchange: 'SMART', currency: counts.currency } as const;
  return { type: 'order.staged', atMs: 0, intentId, key: intentId, requestHash: '', request: { ...REQUEST, contract }, account: 'DU1', clientId: 1, orderId: 1, orderRef: '', epoch: 1, attempt: 1, counts };
}

/** The same, the slow way: everything that was counted and did not turn out unsent. */
function sum(counted: readonly { readonly intentId: string; readonly counts: LimitCount }[], unsent: ReadonlySet<string>, day: string, currency: string, own?: string): object {
  const kept = counted.filter(({ intentId, counts }) => !unsent.has(intentId) && intentId !== own && counts.day >= day).map(({ counts }) => counts);
  return {
    orders: kept.reduce((total, { orders }) => total + orders, 0),
    quantity: kept.reduce((total, { quantity }) => total + Number(quantity), 0),
    notional: kept.filter((counts) => counts.currency === currency).reduce((total, { notional }) => total + Number(notional), 0),
  };
}

describe('what the day has used up', () => {
  it('is the sum of what was counted and left, whatever happened in between, and the same after a replay', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
        const [ledger, records] = [new LimitLedger(), [] as JournalRecord[]];
        const counted: { readonly intentId: string; readonly counts: LimitCount }[] = [];
        const unsent = new Set<string>();
        let day = 1;
        const dayText = (): string => `2026-01-${String(day).padStart(2, '0')}`;
        const note = (record: JournalRecord): void => {
          records.push(record);
          ledger.apply(record);
        };
        for (const { kind, pick, quantity, currency } of steps) {
          if (kind === 'nextDay' && day < 28) day += 1;
          const known = counted[pick % Math.max(1, counted.length)]?.intentId;
          if (kind === 'unsent' && known !== undefined && !unsent.has(known)) {
            unsent.add(known);
            note({ type: 'order.unsent', atMs: 0, intentId: known, reason: '' });
          }
          if (kind !== 'stage' && kind !== 'change') continue;
          if (kind === 'change' && (known === undefined || unsent.has(known))) continue;
          const counts: LimitCount = { day: dayText(), orders: kind === 'stage' ? 1 : 0, quantity: String(quantity), currency, notional: String(quantity * 3) };
          const intentId = kind === 'stage' ? `I${counted.length}` : (known ?? '');
          counted.push({ intentId, counts });
          note(kind === 'stage' ? stagedRecord(intentId, counts) : { type: 'order.changeRequested', atMs: 0, intentId, revision: 1, request: { ...REQUEST, contract: { symbol: 'X', secType: 'STK', exchange: 'SMART', currency } }, epoch: 1, counts });
        }
        const replayed = new LimitLedger();
        for (const record of records) replayed.apply(record);
        for (const currency of ['USD', 'EUR']) {
          for (const own of [undefined, counted.at(-1)?.intentId]) {
            const used = ledger.use(currency, dayText(), own);
            expect(replayed.use(currency, dayText(), own)).toEqual(used);
            expect({ orders: used.orders, quantity: Number(used.quantity), notional: Number(used.notional) }).toEqual(sum(counted, unsent, dayText(), currency, own));
            expect(used.hasUnvalued).toBe(false);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
