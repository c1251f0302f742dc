import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { ContractResolver } from './contract-resolver.js';
import { AAPL, brokerKnowing, stockDetails } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { Broker } from '../testing/fake-connection.js';

function setUp(broker: Broker): { readonly connection: FakeConnection; readonly resolver: ContractResolver } {
  const connection = new FakeConnection({ clock: createTestClock(), broker });
  return { connection, resolver: new ContractResolver({ connection, ttlMs: 60_000, capacity: 2, timeoutMs: 5000 }) };
}

const onNasdaq = stockDetails(1, 'ABC', { primaryExch: 'NASDAQ' });
const onNyse = stockDetails(2, 'ABC', { primaryExch: 'NYSE' });

describe('ContractResolver', () => {
  it('describes the contract that a symbol means', async () => {
    const { resolver } = setUp(brokerKnowing(AAPL));
    await expect(resolver.resolve('AAPL')).resolves.toMatchObject({
      conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', primaryExchange: 'NASDAQ', currency: 'USD', localSymbol: 'AAPL', minTick: 0.01,
      longName: 'AAPL INC', validExchanges: ['SMART', 'NASDAQ', 'NYSE'], marketRuleIds: [26, 26, 26],
    });
  });

  it('describes an option with strike, right, date and multiplier', async () => {
    const { resolver } = setUp((message, connection) => {
      if (message.type !== 'reqContractDetails') return;
      connection.deliver({
        type: 'contractDetails', reqId: message.reqId,
        details: { contract: { ...message.contract, conId: 9, symbol: 'AAPL', multiplier: '100', lastTradeDateOrContractMonth: '20261218 08:30:00 US/Central', tradingClass: 'AAPL' }, minTick: 0.01, underConId: 265598, validExchanges: 'SMART,CBOE' },
      });
      connection.deliver({ type: 'contractDetailsEnd', reqId: message.reqId });
    });
    await expect(resolver.resolve('AAPL  261218C00200000')).resolves.toMatchObject({
      secType: 'OPT', lastTradeDate: '2026-12-18', strike: 200, right: 'C', multiplier: 100, underlyingConId: 265598, exchange: 'SMART',
    });
  });

  it('routes a contract id to SMART where that is possible', async () => {
    const { resolver } = setUp(brokerKnowing(stockDetails(265598, 'AAPL', { exchange: 'NASDAQ' })));
    await expect(resolver.resolve({ conId: 265598 })).resolves.toMatchObject({ exchange: 'SMART' });
  });

  it('asks once for the same question while it is answered, and not again until the answer expires', async () => {
    const { connection, resolver } = setUp(brokerKnowing(AAPL));
    const [a, b] = await Promise.all([resolver.resolve('AAPL'), resolver.resolve({ symbol: 'AAPL' })]);
    expect(a).toBe(b);
    await resolver.resolve('aapl');
    expect(connection.sentOf('reqContractDetails')).toHaveLength(1);
    await connection.clock.advance(60_000);
    await resolver.resolve('AAPL');
    expect(connection.sentOf('reqContractDetails')).toHaveLength(2);
  });

  it('keeps the question of one caller when another one gives up', async () => {
    const { resolver } = setUp(brokerKnowing(AAPL));
    const stop = new AbortController();
    const impatient = resolver.resolve('AAPL', stop.signal);
    const patient = resolver.resolve('AAPL');
    stop.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    await expect(patient).resolves.toMatchObject({ conId: 265598 });
  });

  it('takes an earlier answer as it is, without asking', async () => {
    const { connection, resolver } = setUp(brokerKnowing(AAPL));
    const contract = await resolver.resolve('AAPL');
    connection.sent.length = 0;
    await expect(resolver.resolve(contract)).resolves.toBe(contract);
    expect(connection.sent).toEqual([]);
  });

  it('refuses an ambiguous question and lists the candidates', async () => {
    const { resolver } = setUp(brokerKnowing(onNasdaq, onNyse));
    await expect(resolver.resolve('ABC')).rejects.toMatchObject({
      name: 'ContractError', code: 'IBKR_CONTRACT_AMBIGUOUS', message: expect.stringContaining('conId 2') as unknown,
      details: { candidates: [expect.objectContaining({ conId: 1, primaryExchange: 'NASDAQ' }), expect.objectContaining({ conId: 2, primaryExchange: 'NYSE' })] },
    });
    await expect(resolver.resolve({ symbol: 'ABC', primaryExchange: 'NYSE' })).resolves.toMatchObject({ conId: 2 });
  });

  it('says what to add to make a question unique', async () => {
    const rows = [
      stockDetails(1, 'ABC', { currency: 'USD', primaryExch: 'NYSE' }),
      stockDetails(2, 'ABC', { currency: 'USD', primaryExch: 'NASDAQ' }),
      stockDetails(3, 'ABC', { currency: 'EUR', primaryExch: 'NYSE' }),
    ];
    const { resolver } = setUp(brokerKnowing(...rows));
    await expect(resolver.resolve({ symbol: 'ABC', currency: 'ANY' })).rejects.toMatchObject({
      message: expect.stringContaining('Add currency and primaryExchange') as unknown,
      details: {
        distinguishedBy: ['currency', 'primaryExchange'],
        candidates: [{ add: { currency: 'USD', primaryExchange: 'NYSE' } }, { add: { currency: 'USD', primaryExchange: 'NASDAQ' } }, { add: { currency: 'EUR', primaryExchange: 'NYSE' } }],
      },
    });
    const twins = setUp(brokerKnowing(stockDetails(4, 'DEF'), stockDetails(5, 'DEF')));
    await expect(twins.resolver.resolve('DEF')).rejects.toMatchObject({ details: { distinguishedBy: ['conId'], candidates: [{ add: { conId: 4 } }, { add: { conId: 5 } }] } });
  });

  it('does not give a contract for a live one that trades no more, unless asked for', async () => {
    const future = stockDetails(9, 'ES', { secType: 'FUT', exchange: 'CME', localSymbol: 'ESH4', lastTradeDateOrContractMonth: '20240315' });
    const { connection, resolver } = setUp((message, to) => {
      if (message.type !== 'reqContractDetails') return;
      to.deliver({ type: 'contractDetails', reqId: message.reqId, details: { ...future, timeZoneId: 'US/Central' } });
      to.deliver({ type: 'contractDetailsEnd', reqId: message.reqId });
    });
    const question = { localSymbol: 'ESH4', secType: 'FUT' };
    connection.clock.setNow(Date.parse('2024-03-16T04:59:00Z'));
    await expect(resolver.resolve(question)).resolves.toMatchObject({ conId: 9, lastTradeDate: '2024-03-15' });
    connection.clock.setNow(Date.parse('2024-03-16T05:00:00Z'));
    expect(resolver.peek(question)).toBeUndefined();
    await expect(resolver.resolve(question)).rejects.toMatchObject({ name: 'ContractError', code: 'IBKR_CONTRACT_EXPIRED', retryable: false, details: { endedIn: '2024-03-15' } });
    await expect(resolver.resolve({ ...question, includeExpired: true })).resolves.toMatchObject({ conId: 9 });
    expect(resolver.peek({ ...question, includeExpired: true })).toMatchObject({ conId: 9 });
  });

  it('knows an expired contract by its name when the broker knows it no more', async () => {
    const { connection, resolver } = setUp(brokerKnowing());
    connection.clock.setNow(Date.parse('2026-11-20T12:00:00Z'));
    for (const [question, endedIn] of [
      ['ESH6', '2026-03'],
      ['ES 202603', '2026-03'],
      ['AAPL  261119C00200000', '2026-11-19'],
      [{ symbol: 'ES', secType: 'FUT', lastTradeDate: '2026-03' }, '2026-03'],
    ] as const) {
      await expect(resolver.resolve(question)).rejects.toMatchObject({ code: 'IBKR_CONTRACT_EXPIRED', details: { endedIn } });
    }
    await expect(resolver.resolve('AAPL  261120C00200000')).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    await expect(resolver.resolve({ symbol: 'ES', secType: 'FUT', lastTradeDate: '2026-03', includeExpired: true })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
  });

  it('finds a future by its local symbol, or by the product and the month where exchanges name it otherwise', async () => {
    const { connection, resolver } = setUp((message, to) => {
      if (message.type !== 'reqContractDetails') return;
      const { reqId, contract } = message;
      if (contract.symbol === 'FDAX' && contract.lastTradeDateOrContractMonth === '202612') {
        to.deliver({ type: 'contractDetails', reqId, details: stockDetails(5, 'FDAX', { secType: 'FUT', exchange: 'EUREX', localSymbol: 'FDAX 20261218 M' }) });
        to.deliver({ type: 'contractDetailsEnd', reqId });
      } else to.deliver({ type: 'errMsg', id: reqId, code: 200, msg: 'No security definition has been found for the request' });
    });
    connection.clock.setNow(Date.parse('2026-11-20T12:00:00Z'));
    await expect(resolver.resolve('FDAXZ6')).resolves.toMatchObject({ conId: 5 });
    expect(connection.sentOf('reqContractDetails').map(({ contract }) => contract.localSymbol ?? contract.symbol)).toEqual(['FDAXZ6', 'FDAX']);
    await expect(resolver.resolve('GBLZ6')).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
  });

  it('takes rows of one contract at several exchanges for one contract', async () => {
    const { resolver } = setUp(brokerKnowing(stockDetails(1, 'ABC', { exchange: 'NYSE' }), stockDetails(1, 'ABC', { exchange: 'ARCA' })));
    await expect(resolver.resolve({ conId: 1 })).resolves.toMatchObject({ conId: 1 });
  });

  it('says that a contract is unknown, with similar ones', async () => {
    const { resolver } = setUp((message, connection) => {
      if (message.type === 'reqContractDetails') connection.deliver({ type: 'errMsg', id: message.reqId, code: 200, msg: 'No security definition has been found for the request' });
      if (message.type === 'reqMatchingSymbols') {
        connection.deliver({
          type: 'symbolSamples', reqId: message.reqId,
          contracts: [{ contract: { conId: 265598, symbol: 'AAPL', secType: 'STK', primaryExch: 'NASDAQ', currency: 'USD', description: 'APPLE INC', issuerId: '' }, derivativeSecTypes: ['OPT'] }],
        });
      }
    });
    await expect(resolver.resolve('AAPLL')).rejects.toMatchObject({
      name: 'ContractError', code: 'IBKR_CONTRACT_NOT_FOUND', brokerCode: 200, message: expect.stringContaining('Similar: AAPL STK NASDAQ USD') as unknown,
      details: { suggestions: [expect.objectContaining({ conId: 265598 })] },
    });
  });

  it('says that a contract is unknown also when nobody answers the search for similar ones', async () => {
    const { connection, resolver } = setUp((message, fake) => {
      if (message.type === 'reqContractDetails') fake.deliver({ type: 'contractDetailsEnd', reqId: message.reqId });
    });
    const looking = expect(resolver.resolve('NOPE')).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND', details: { suggestions: [] } });
    await connection.clock.advance(3000);
    await looking;
    expect(connection.clock.pending).toBe(0);
  });

  it('searches for similar symbols no more than once a second', async () => {
    const { connection, resolver } = setUp(brokerKnowing());
    const looking = Promise.allSettled([resolver.resolve('NOPE'), resolver.resolve('NADA')]);
    await connection.clock.settle();
    expect(connection.sentOf('reqMatchingSymbols')).toHaveLength(1);
    await connection.clock.advance(1100);
    await looking;
    expect(connection.sentOf('reqMatchingSymbols')).toHaveLength(2);
  });

  it('passes on that the connection is down, and remembers no failure', async () => {
    const { connection, resolver } = setUp(brokerKnowing(AAPL));
    connection.drop();
    await expect(resolver.resolve('AAPL')).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    connection.restore();
    await expect(resolver.resolve('AAPL')).resolves.toMatchObject({ conId: 265598 });
  });

  it('forgets the oldest answer when there are too many', async () => {
    const { connection, resolver } = setUp(brokerKnowing(stockDetails(1, 'A'), stockDetails(2, 'B'), stockDetails(3, 'C')));
    for (const symbol of ['A', 'B', 'C', 'C', 'B', 'A']) await resolver.resolve(symbol);
    expect(connection.sentOf('reqContractDetails').map(({ contract }) => contract.symbol)).toEqual(['A', 'B', 'C', 'A']);
  });

  it('ends what runs when it is closed', async () => {
    const { connection, resolver } = setUp(() => undefined);
    const looking = expect(resolver.resolve('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
    await resolver.close();
    await looking;
    await expect(resolver.resolve('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
    expect([connection.openCount, connection.clock.pending]).toEqual([0, 0]);
  });
});
