import { OrderError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction, maskAccount } from './redaction.js';

const redaction = createRedaction();

describe('maskAccount', () => {
  it.each([
    ['DU1234567', 'DU***567'],
    ['U7654321', 'U***321'],
    ['DF1234567', 'DF***567'],
    ['1234567', '***567'],
    ['U123', 'U***'],
    ['All', 'All***'],
    ['', '***'],
  ])('shows %s as %s', (account, masked) => {
    expect(maskAccount(account)).toBe(masked);
  });
});

describe('text', () => {
  it.each([
    ['order for DU1234567 was filled', 'order for DU***567 was filled'],
    ['accounts DU1234567,U7654321', 'accounts DU***567,U***321'],
    ['[F1234567]', '[F***567]'],
    ['GET /x?token=abc123&y=1', 'GET /x?token=[redacted]&y=1'],
    ['{"password":"hunter2","x":1}', '{"password":"[redacted]","x":1}'],
    ['Authorization: Bearer abcdef.ghi-jk', 'Authorization: Bearer [redacted]'],
    ['http://me:pw@host/x', 'http://[redacted]@host/x'],
    ['AAPL 1234567 shares at 189.95', 'AAPL 1234567 shares at 189.95'],
    ['EURUSD12345678 and SU1234567 are no accounts', 'EURUSD12345678 and SU1234567 are no accounts'],
  ])('turns %s into %s', (before, after) => {
    expect(redaction.text(before)).toBe(after);
  });

  it('keeps a message on one line and off the cursor', () => {
    expect(redaction.text('a\nb\u001b[2Jc\u009b\u2028')).toBe('a\\nb\\u001b[2Jc\\u009b\\u2028');
  });

  it('never lets an account through, wherever it stands', () => {
    const account = fc.tuple(fc.constantFrom('U', 'DU', 'F', 'DF'), fc.stringMatching(/^\d{7}$/u)).map(([letters, digits]) => `${letters}${digits}`);
    const around = fc.string().filter((text) => !/[A-Za-z0-9]$/u.test(text));
    const after = fc.string().filter((text) => !/^[A-Za-z0-9]/u.test(text));
    fc.assert(fc.property(around, account, after, (left, id, right) => !redaction.text(`${left}${id}${right}`).includes(id)));
  });

  it('shows accounts when it is told to, and still no secrets', () => {
    expect(createRedaction({ showAccounts: true }).text('DU1234567 token=abc')).toBe('DU1234567 token=[redacted]');
  });
});

describe('fields', () => {
  it('hides secrets and accounts by name, at any depth', () => {
    expect(
      redaction.fields({
        accountId: 'DU1234567',
        acctCode: 'X99887766',
        accounts: ['DU1234567', 'odd'],
        accountsList: 'DU1234567,U7654321',
        apiKey: 'k',
        nested: { list: [{ authToken: 't', note: 'for U7654321' }] },
        map: new Map([['password', 'p']]),
        DU1234567: 'as a name',
        symbol: 'AAPL',
      }),
    ).toEqual({
      accountId: 'DU***567',
      acctCode: 'X***766',
      accounts: ['DU***567', 'odd***'],
      accountsList: 'DU***567,U***321',
      apiKey: '[redacted]',
      nested: { list: [{ authToken: '[redacted]', note: 'for U***321' }] },
      map: { password: '[redacted]' },
      'DU***567': 'as a name',
      symbol: 'AAPL',
    });
  });

  it('does not mask an account twice', () => {
    expect(redaction.fields(redaction.fields({ accountId: 'DU1234567' }))).toEqual({ accountId: 'DU***567' });
  });

  it('hides what an order is, and shows what it is called and how it stands', () => {
    const fields = {
      order: { orderId: 7, permId: 9, orderRef: 'k1', action: 'BUY', totalQuantity: 100, lmtPrice: 189.5, symbol: 'AAPL', status: 'Submitted', account: 'DU1234567', legs: [{ conId: 1 }] },
      openOrders: [{ orderId: 8, side: 'SELL' }],
      orders: 3,
      side: 'BUY',
      action: 'reconnect',
      quantity: 5,
      limit_price: 1.5,
      bid: 189.4,
    };
    expect(redaction.fields(fields)).toEqual({
      order: { orderId: 7, permId: 9, orderRef: 'k1', action: '[redacted]', totalQuantity: '[redacted]', lmtPrice: '[redacted]', symbol: '[redacted]', status: 'Submitted', account: 'DU***567', legs: '[redacted]' },
      openOrders: [{ orderId: 8, side: '[redacted]' }],
      orders: 3,
      side: '[redacted]',
      action: 'reconnect',
      quantity: '[redacted]',
      limit_price: '[redacted]',
      bid: 189.4,
    });
    expect(redaction.text('Order Message: BUY 100 AAPL @ 189.50 will be held; SELL 5 SPY ARCA')).toBe('Order Message: BUY [redacted] will be held; SELL [redacted] ARCA');
    expect(createRedaction({ showOrders: true }).fields(fields)).toMatchObject({ order: { action: 'BUY', account: 'DU***567' }, quantity: 5 });
  });

  it('hides the names that it was given', () => {
    expect(createRedaction({ redactKeys: ['Strategy'] }).fields({ strategy: 'x', price: 1 })).toEqual({ strategy: '[redacted]', price: 1 });
  });

  it('writes errors with code, details and cause', () => {
    const error = new OrderError({ code: 'IBKR_TEST', message: 'no for DU1234567', details: { token: 't', size: 1 }, cause: new Error('deep U7654321') });
    const [shown] = [redaction.fields({ error })['error']];
    expect(shown).toMatchObject({ name: 'OrderError', message: 'no for DU***567', code: 'IBKR_TEST', details: { token: '[redacted]', size: 1 }, cause: { message: 'deep U***321' } });
    expect(JSON.stringify(shown)).not.toMatch(/1234567|7654321/u);
  });

  it('names the keys of a map without asking objects for a text', () => {
    const shown = redaction.fields({ map: new Map<unknown, unknown>([[{ toString: '' }, 1], [Symbol('s'), 2], ['name', 3], [4, 5]]) });
    expect(shown).toEqual({ map: { '[object]': 1, '[symbol]': 2, name: 3, '4': 5 } });
  });

  it('makes JSON of everything', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const shown = redaction.fields({ big: 10n ** 20n, nan: Number.NaN, when: new Date(0), never: new Date(Number.NaN), set: new Set([1]), bytes: new Uint8Array(3), run: () => 1, loop, many: Array.from({ length: 1001 }, () => 0) });
    expect(shown).toMatchObject({ big: '100000000000000000000', nan: 'NaN', when: '1970-01-01T00:00:00.000Z', never: 'Invalid Date', set: [1], bytes: '[3 bytes]', run: '[function]' });
    expect(JSON.stringify(shown)).toContain('nested too deep');
    expect(JSON.stringify(shown)).toContain('[1 more]');
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })), (fields) => typeof JSON.stringify(redaction.fields(fields)) === 'string'));
  });
});
