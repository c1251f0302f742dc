import type { ConnectionEvents } from '@ibkit/core-connection';
import { ConnectionError, OrderError, SystemError, describeError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { TradingEvents } from '@ibkit/gateway-trading';
import type { MarketDataEvents } from '@ibkit/market-data';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorNews, feedErrors } from './error-feed.js';
import { RecentErrors } from './recent-errors.js';

describe('the feed of errors', () => {
  let connection: EventBus<ConnectionEvents>;
  let marketData: EventBus<MarketDataEvents>;
  let trading: EventBus<TradingEvents>;
  let errors: RecentErrors;
  let stop: () => void;
  const codes = (): string[] => errors.newest(100).map(({ code }) => code);
  beforeEach(() => {
    connection = new EventBus();
    marketData = new EventBus();
    trading = new EventBus();
    errors = new RecentErrors(100);
    stop = feedErrors({ connection: { events: connection, accounts: ['DU1234567'] }, marketData: { events: marketData }, trading: { events: trading } }, errors);
  });

  it('writes a loss down once, however many events tell it, and names no account', () => {
    const error = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session of DU1234567 ended', tips: ['Look at the gateway.'] });
    connection.emit('connection.lost', { epoch: 1, reason: 'reset', error, willReconnect: true, atMs: 1 });
    connection.emit('connection.retryScheduled', { epoch: 1, error, delayMs: 250, atMs: 2 });
    expect(errors.newest(10)).toEqual([{ atMs: 1, code: 'IBKR_SESSION_CLOSED', message: 'The session of DU***567 ended', tips: ['Look at the gateway.'], count: 1 }]);
    const again = (atMs: number): void => {
      connection.emit('connection.retryScheduled', { epoch: 1, error: new ConnectionError({ code: 'IBKR_TCP_REFUSED', message: 'refused' }), delayMs: 250, atMs });
    };
    again(3);
    again(4);
    expect(errors.newest(1)).toMatchObject([{ atMs: 4, code: 'IBKR_TCP_REFUSED', count: 2 }]);
  });

  it('writes down alarms of the connection and of streams', () => {
    connection.emit('connection.alarm', { kind: 'stillDown', downMs: 60_000, message: 'There has been no session for a minute', atMs: 1 });
    marketData.emit('stream.alarm', { key: 'k', code: 'IBKR_STREAM_SILENT', cause: 'unknown', severity: 'critical', title: 'Silent', message: 'Quotes say nothing', details: { code: 'IBKR_STREAM_SILENT', cause: 'unknown', streams: [], silentMs: 1 }, atMs: 2 });
    expect(codes()).toEqual(['IBKR_STREAM_SILENT', 'IBKR_CONNECTION_STILL_DOWN']);
  });

  it('tells of a notice what its code means, not the words of the broker', () => {
    const notice = (code: number): void => {
      connection.emit('notice.received', { epoch: 1, id: 7, code, message: 'BUY 100 SPY for U7654321', advancedRejectJson: undefined, description: describeError(code), atMs: 1 });
    };
    for (const fine of [202, 1102, 2104]) notice(fine);
    expect(codes()).toEqual([]);
    notice(201);
    expect(errors.newest(1)).toEqual([{ atMs: 1, code: 'IBKR_BROKER_NOTICE', ibCode: 201, message: describeError(201).description, tips: [...describeError(201).tips], count: 1 }]);
  });

  it('writes down what stops trading, and what a person should look into', () => {
    trading.emit('order.idRollback', { clientId: 1, nextValidId: 5, highestUsed: 9, atMs: 3 });
    trading.emit('positions.drifted', { drifts: [], fromMs: 0, atMs: 5 });
    trading.emit('lease.lost', { error: new OrderError({ code: 'IBKR_LEASE_LOST', message: 'Another process trades' }), atMs: 6 });
    trading.emit('journal.stopped', { error: new Error('the disk is full'), atMs: 7 });
    expect(codes()).toEqual(['IBKR_UNEXPECTED', 'IBKR_LEASE_LOST', 'IBKR_POSITIONS_DRIFTED', 'IBKR_ORDER_ID_ROLLBACK']);
  });

  it('hears nothing any more when it is over', () => {
    stop();
    connection.emit('error.occurred', { error: new SystemError({ code: 'IBKR_X', message: 'x' }), atMs: 1 });
    trading.emit('positions.drifted', { drifts: [], fromMs: 0, atMs: 1 });
    expect(codes()).toEqual([]);
  });
});

it('gives an error of the broker the tips of its code where it has none', () => {
  const error = new SystemError({ code: 'IBKR_X', message: 'x', brokerCode: 200 });
  expect(errorNews(1, error)).toEqual({ atMs: 1, code: 'IBKR_X', ibCode: 200, message: 'x', tips: describeError(200).tips });
  expect(errorNews(1, 'text')).toMatchObject({ code: 'IBKR_UNEXPECTED' });
});
