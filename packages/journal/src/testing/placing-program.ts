import process from 'node:process';
import { createInterface } from 'node:readline';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import { sqliteJournal } from '../sqlite-journal.js';

// Places an order for every line that it reads, with the line as its key, and says what came of it.
const [directory = '', port = ''] = process.argv.slice(2);
const journal = await sqliteJournal({ directory });
const connection = new ConnectionManager({ port: Number(port), clientId: 1 });
const trading = new Trading({ connection, journal, coordinator: journal.coordinator });
await connection.connect();
await trading.ready();
const contract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;

async function place(key: string): Promise<string> {
  try {
    const handle = await trading.place({ contract, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 2, key });
    return (await handle.acknowledged()).status;
  } catch (error) {
    return isIbkrError(error) ? `${error.code} ${String(error.details['reasons'])}` : String(error);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  void place(line).then((outcome) => process.stdout.write(`${line}: ${outcome}\n`));
});
process.stdout.write('ready\n');
