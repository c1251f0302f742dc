// The session of the event loop: runs in a thread of its own, so that a busy main loop never delays its socket. Only events cross.
import { ConnectionManager } from '@ibkit/core-connection';
import type { StartSession } from '@ibkit/event-loop';
import { MarketData } from '@ibkit/market-data';
import type { QuoteEvent, SessionData } from './messages.js';

export const startSession: StartSession = async ({ data, emit }) => {
  const { host, port, symbols } = data as SessionData;
  const connection = new ConnectionManager({ host, port, clientId: 18 });
  const marketData = new MarketData({ connection });
  await connection.connect();
  for (const symbol of symbols) {
    marketData.subscribeTicker(symbol).on('quote', ({ bid, ask, stale }) => {
      const event: QuoteEvent = { type: 'quote', symbol, bid, ask, stale };
      emit(event, { key: symbol }); // of quotes that wait the latest is enough
    });
  }
  return {
    request: () => connection.getStatus().state,
    close: async () => {
      await marketData.close();
      await connection.close();
    },
  };
};
