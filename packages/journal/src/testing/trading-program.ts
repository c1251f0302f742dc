import process from 'node:process';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { sqliteJournal } from '../sqlite-journal.js';

// Places one order and kills itself, as by `kill -9`, at the moment that it is told.
const [directory = '', port = '', moment = ''] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === moment) process.kill(process.pid, 'SIGKILL');
}

const stored = await sqliteJournal({ directory });
const journal: Journal = {
  head: () => stored.head(),
  read: (fromSeq) => stored.read(fromSeq),
  async append(records, guard) {
    const staging = records.some(({ type }) => type === 'order.staged');
    if (staging) dieAt('before staged');
    const result = await stored.append(records, guard);
    if (staging) dieAt('after staged');
    return result;
  },
};
const connection = new ConnectionManager({ port: Number(port), clientId: 1 });
// Orders that earlier processes left behind are for the last one to clear up.
const trading = new Trading({ connection, journal, coordinator: stored.coordinator, onUnknown: 'warn' });
await connection.connect();
await trading.ready();
const { session } = connection;
if (session === undefined) throw new Error('no session');
const trySend = session.trySend.bind(session);
Object.defineProperty(session, 'trySend', {
  value: (...args: Parameters<typeof trySend>) => {
    const sent = trySend(...args);
    dieAt('after the bytes');
    return sent;
  },
});
// Resting, so that what became of it is not a fill by accident.
const contract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
await trading.place({ contract, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 2, key: moment });
dieAt('before the answer');
