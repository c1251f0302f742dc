import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import { messageLog } from './message-log.js';

function linesOf(config: { readonly logAllMessages: boolean }, showOrders = false): string[] {
  const lines: string[] = [];
  const log = createLogger({ level: 'warn', destination: { write: (line) => lines.push(line) }, clock: { now: () => 0 }, showOrders });
  const quiet = messageLog(log, config);
  quiet.sent({ type: 'reqCurrentTime' });
  const loud = createLogger({ destination: { write: (line) => lines.push(line) }, clock: { now: () => 0 }, showOrders });
  const messages = messageLog(loud, config);
  messages.sent({ type: 'placeOrder', orderId: 7, order: { totalQuantity: 100 }, contract: { symbol: 'AAPL' } });
  messages.received({ type: 'managedAccounts', accountsList: 'DU1234567' });
  return lines;
}

describe('messageLog', () => {
  it('writes nothing unless the configuration says so', () => {
    expect(linesOf({ logAllMessages: false })).toEqual([]);
  });

  it('writes every message of both directions, with orders and accounts hidden', () => {
    expect(linesOf({ logAllMessages: true })).toEqual([
      '{"level":"info","time":0,"name":"messages","direction":"sent","type":"placeOrder","order":{"type":"placeOrder","orderId":7,"order":"[redacted]","contract":"[redacted]"}}\n',
      '{"level":"info","time":0,"name":"messages","direction":"received","type":"managedAccounts","message":{"type":"managedAccounts","accountsList":"DU***567"}}\n',
    ]);
    expect(linesOf({ logAllMessages: true }, true)[0]).toContain('"totalQuantity":100');
  });
});
