import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { accountValueFor, segmentOf } from './account-values.js';

const ACCOUNT = 'DU1234567';

function lastId({ connection }: Rig): number {
  const request = connection.sent.findLast((message) => message.type === 'reqAccountUpdatesMulti');
  return request !== undefined && 'reqId' in request ? request.reqId : 0;
}

function tell({ connection }: Rig, reqId: number, rows: readonly (readonly [key: string, value: string, currency: string])[]): void {
  for (const [key, value, currency] of rows) connection.emit({ type: 'accountUpdateMulti', reqId, account: ACCOUNT, key, value, currency });
}

function end({ connection }: Rig, reqId: number): void {
  connection.emit({ type: 'accountUpdateMultiEnd', reqId });
}

const ROWS = [
  ['NetLiquidation', '1000000.55', 'USD'],
  ['NetLiquidation-S', '900000', 'USD'],
  ['NetLiquidation-C', '100000.55', 'USD'],
  ['CashBalance', '500', 'USD'],
  ['CashBalance', '70', 'EUR'],
  ['CashBalance', '580.5', 'BASE'],
  ['AccountType', 'INDIVIDUAL', ''],
  ['AccountReady', 'true', ''],
] as const;

describe('account values', () => {
  it('come complete, by currency and segment', async () => {
    const rig = await readyRig();
    const asking = rig.trading.accountValues();
    await rig.settle();
    const reqId = lastId(rig);
    tell(rig, reqId, ROWS);
    rig.connection.emit({ type: 'accountUpdateMulti', reqId, account: 'DU7', key: 'NetLiquidation', value: '1', currency: 'USD' });
    end(rig, reqId);
    const { values, ready, account } = await asking;
    expect([account, ready, values.length]).toEqual([ACCOUNT, true, ROWS.length]);
    expect(accountValueFor(values, 'NetLiquidation')).toEqual({ tag: 'NetLiquidation', segment: 'total', value: '1000000.55', amount: 1000000.55, currency: 'USD' });
    expect(accountValueFor(values, 'NetLiquidation', { segment: 'commodities' })?.value).toBe('100000.55');
    expect(accountValueFor(values, 'CashBalance')?.currency).toBe('BASE');
    expect(accountValueFor(values, 'CashBalance', { currency: 'EUR' })?.amount).toBe(70);
    expect(accountValueFor(values, 'CashBalance', { currency: 'GBP' })).toBeUndefined();
    expect(accountValueFor(values, 'AccountType')).toEqual({ tag: 'AccountType', segment: 'total', value: 'INDIVIDUAL' });
    expect(rig.connection.sent.at(-1)).toEqual({ type: 'cancelAccountUpdatesMulti', reqId });
    await rig.trading.close();
  });

  it('are kept up to date, and those that are not sent any more after an outage are gone', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const live = trading.accountUpdates();
    await settle();
    tell(rig, lastId(rig), ROWS);
    await settle();
    expect(live.status).toBe('waiting');
    end(rig, lastId(rig));
    tell(rig, lastId(rig), [['CashBalance', '71', 'EUR']]);
    await settle();
    expect(accountValueFor(live.current?.values ?? [], 'CashBalance', { currency: 'EUR' })?.value).toBe('71');
    connection.down();
    connection.up();
    await settle();
    tell(rig, lastId(rig), [['NetLiquidation', '5', 'USD'], ['AccountReady', 'false', '']]);
    await settle();
    expect(live.current).toMatchObject({ stale: true, ready: true });
    expect(live.current?.values).toHaveLength(ROWS.length);
    end(rig, lastId(rig));
    await settle();
    expect(live.current).toMatchObject({ stale: false, gaps: 1, ready: false });
    expect(live.current?.values.map(({ tag }) => tag)).toEqual(['NetLiquidation', 'AccountReady']);
    await trading.close();
  });

  it('split a name into tag and segment only where the broker has one', () => {
    expect(segmentOf('NetLiquidation-S')).toEqual({ tag: 'NetLiquidation', segment: 'securities' });
    expect(segmentOf('FullInitMarginReq-P')).toEqual({ tag: 'FullInitMarginReq', segment: 'crypto' });
    expect(segmentOf('DayTradesRemainingT+1')).toEqual({ tag: 'DayTradesRemainingT+1', segment: 'total' });
    fc.assert(fc.property(fc.string(), (key) => {
      const { tag, segment } = segmentOf(key);
      const suffix = { total: '', securities: '-S', commodities: '-C', crypto: '-P' }[segment];
      return `${tag}${suffix}` === key;
    }));
  });
});

describe('the balance', () => {
  const row = { type: 'accountSummary', account: ACCOUNT } as const;

  it('is what the account is worth and can spend, and absent what was not told', async () => {
    const { connection, trading } = await readyRig();
    connection.broker.summary = [
      { ...row, tag: 'NetLiquidation', value: '1000000.55', currency: 'USD' },
      { ...row, tag: 'TotalCashValue', value: '-12.5', currency: 'USD' },
      { ...row, tag: 'BuyingPower', value: '', currency: 'USD' },
      { ...row, account: 'DU7', tag: 'AvailableFunds', value: '1', currency: 'USD' },
    ];
    expect(await trading.getAccountBalance()).toEqual({ account: ACCOUNT, currency: 'USD', netLiquidation: 1000000.55, totalCash: -12.5, atMs: connection.clock.now() });
    await trading.close();
  });

  it('is not 0 because the broker did not tell it', async () => {
    const { connection, trading } = await readyRig();
    connection.broker.summary = [{ ...row, tag: 'BuyingPower', value: '1', currency: 'USD' }];
    await expect(trading.getAccountBalance()).rejects.toMatchObject({ code: 'IBKR_ACCOUNT_BALANCE_UNKNOWN', retryable: true });
    await trading.close();
  });

  it('is asked for with other summaries one at a time, because the broker answers few', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.mute.add('reqAccountSummary');
    const asking = [trading.account({ group: 'A' }), trading.account({ group: 'B', tags: ['$LEDGER:ALL', 'NetLiquidation'] }), trading.account()];
    await settle();
    const requests = (): readonly unknown[] => connection.sent.filter(({ type }) => type === 'reqAccountSummary');
    for (const expected of [{ group: 'A' }, { group: 'B', tags: '$LEDGER:ALL,NetLiquidation' }, { group: 'All' }]) {
      const request = requests().at(-1);
      expect(request).toMatchObject(expected);
      const reqId = typeof request === 'object' && request !== null && 'reqId' in request ? Number(request.reqId) : 0;
      connection.emit({ ...row, reqId, tag: 'NetLiquidation', value: '1', currency: 'USD' });
      connection.emit({ type: 'accountSummaryEnd', reqId });
      await settle();
    }
    expect(requests()).toHaveLength(3);
    for (const summary of await Promise.all(asking)) expect(summary).toMatchObject([{ account: ACCOUNT, values: [{ value: '1' }] }]);
    await trading.close();
  });
});
