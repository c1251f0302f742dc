import { ContractError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { FakeConnection } from '../../testing/fake-connection.js';
import { stageRequest } from '../order-request.js';
import type { LooseOrderRequest, StagedRequest } from '../order-request.js';
import { ContractRules } from './contract-rules.js';
import type { ContractFacts, ContractSource } from './contract-rules.js';
import { MarketRules, RULE_TIMEOUT_MS } from './market-rules.js';
import { neighbours, stepAt } from './price-grid.js';

const BANDS = [{ lowEdge: 0, increment: 0.0001 }, { lowEdge: 1, increment: 0.01 }, { lowEdge: 100, increment: 0.05 }];
const KNOWN = { conId: 1, symbol: 'X', secType: 'STK', exchange: 'SMART', currency: 'USD', minTick: 0.0001, validExchanges: ['ISLAND', 'SMART'], marketRuleIds: [26, 99] } as const;
const NAMED = { symbol: 'X', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const FACTS: ContractFacts = { ...KNOWN };
const NOW = Date.UTC(2026, 10, 20);

interface Stage {
  readonly connection: FakeConnection;
  readonly rules: ContractRules;
  readonly asked: () => number;
  readonly check: (request: Partial<LooseOrderRequest>) => Promise<StagedRequest> | undefined;
}

function onStage(source?: ContractSource): Stage {
  const connection = new FakeConnection();
  connection.up();
  const rules = new ContractRules({ clock: connection.clock, rules: new MarketRules(connection), source });
  return {
    connection,
    rules,
    asked: () => connection.sent.filter(({ type }) => type === 'reqMarketRule').length,
    check: (changes) => {
      const request: LooseOrderRequest = { contract: KNOWN, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 50.01, ...changes };
      return rules.check(request, stageRequest(request), { nowMs: NOW });
    },
  };
}

describe('the step of a price', () => {
  it('is that of its band', () => {
    expect([['0.5', '0.0001'], ['0.99995', '0.0001'], ['1', '0.01'], ['99.99', '0.01'], ['100', '0.05'], ['-150', '0.05'], ['-0.5', '0.0001']].map(([price = '', step]) => stepAt(BANDS, price) === step)).toEqual(Array(7).fill(true));
    expect(stepAt([{ lowEdge: 1, increment: 0.01 }], '0.5')).toBeUndefined();
    expect(stepAt([{ lowEdge: 0, increment: 0 }], '0.5')).toBeUndefined();
    expect(neighbours('100.07', '0.05')).toEqual({ below: '100.05', above: '100.1' });
    expect(neighbours('-0.07', '0.05')).toEqual({ below: '-0.1', above: '-0.05' });
  });
});

describe('what the broker knows about a contract', () => {
  it('is asked once per rule, of the exchange that the order goes to, and names the prices that would do', async () => {
    const { connection, check, asked } = onStage();
    const first = check({ limitPrice: 100.07 });
    const second = check({ limitPrice: 50.01 });
    connection.emit({ type: 'marketRule', marketRuleId: 26, priceIncrements: [{ lowEdge: 0, increment: 7 }] });
    connection.emit({ type: 'marketRule', marketRuleId: 99, priceIncrements: BANDS });
    await expect(first).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.limitPrice', rule: expect.stringContaining('100.05 or 100.1') as string } });
    expect((await second)?.limitPrice).toBe('50.01');
    await expect(check({ orderType: 'STP', limitPrice: undefined, stopPrice: 100.01 })).rejects.toMatchObject({ details: { field: 'order.stopPrice' } });
    expect(connection.sent).toMatchObject([{ type: 'reqMarketRule', marketRuleId: 99 }]);
    expect(asked()).toBe(1);
  });

  it('holds up no order when it cannot be read, and is not asked for again at once', async () => {
    const { connection, check, asked } = onStage();
    const checking = check({ limitPrice: 100.07 });
    await connection.clock.advance(RULE_TIMEOUT_MS);
    expect((await checking)?.limitPrice).toBe('100.07');
    expect((await check({ limitPrice: 100.07 }))?.limitPrice).toBe('100.07');
    expect(asked()).toBe(1);
    await connection.clock.advance(60_000);
    void check({ limitPrice: 100.07 });
    expect(asked()).toBe(2);
    await connection.clock.advance(RULE_TIMEOUT_MS);
    expect(connection.clock.pending).toBe(0);
  });

  it('costs nothing where there is nothing to ask: no price, no rule, a combination', () => {
    const { check, connection } = onStage();
    expect(check({ orderType: 'MKT', limitPrice: undefined })).toBeUndefined();
    expect(check({ contract: NAMED })).toBeUndefined();
    const legs = [{ conId: 1, ratio: 1, action: 'BUY' }, { conId: 2, ratio: 1, action: 'SELL' }] as const;
    expect(check({ contract: { ...NAMED, secType: 'BAG', comboLegs: legs } })).toBeUndefined();
    expect(connection.sent).toEqual([]);
  });

  it('names a contract exactly that was only described, and finds what is wrong with sizes and days', async () => {
    const { connection, check } = onStage({ resolve: () => Promise.resolve({ ...FACTS, marketRuleIds: [], minSize: 5, lastTradeDate: '2026-12-18' }) });
    expect((await check({ contract: NAMED, quantity: 5 }))?.contract).toMatchObject({ conId: 1, symbol: 'X' });
    await expect(check({ contract: NAMED })).rejects.toMatchObject({ details: { field: 'order.quantity' } });
    await expect(check({ contract: NAMED, quantity: 5, limitPrice: 1.00005 })).rejects.toMatchObject({ details: { field: 'order.limitPrice' } });
    const expired = onStage({ resolve: () => Promise.resolve({ ...FACTS, lastTradeDate: '2026-10-16' }) });
    await expect(expired.check({ contract: NAMED })).rejects.toMatchObject({ details: { field: 'order.contract.lastTradeDate' } });
    expect(connection.clock.pending).toBe(0);
  });

  it('refuses what fits nothing or several, and goes on when the look-up is slow or fails', async () => {
    const ambiguous = onStage({ resolve: () => Promise.reject(new ContractError({ code: 'IBKR_CONTRACT_AMBIGUOUS', message: 'fits two' })) });
    await expect(ambiguous.check({ contract: NAMED })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_AMBIGUOUS' });
    const broken = onStage({ resolve: () => Promise.reject(new Error('no answer')) });
    expect((await broken.check({ contract: NAMED }))?.contract.conId).toBeUndefined();
    const slow = onStage({ resolve: () => new Promise(() => undefined) });
    const checking = slow.check({ contract: NAMED });
    await slow.connection.clock.advance(3_000);
    expect((await checking)?.limitPrice).toBe('50.01');
  });
});
