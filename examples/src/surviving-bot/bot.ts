// A small bot that buys one share a few times, whatever happens to the link: every order ends with a verdict, and none is sent twice.
//   tsx src/surviving-bot/bot.ts [HOST:PORT]      fault-run.ts shows it while everything goes wrong
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionOptions } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import type { OrderRequest, OrderState, TradingOptions } from '@ibkit/gateway-trading';
import { sqliteJournal } from '@ibkit/journal';
import { gatewayAddress, isProgram } from '../gateway-address.js';
import type { GatewayAddress } from '../gateway-address.js';

export interface BotOptions extends GatewayAddress {
  readonly rounds?: number;
  /** Where the journal is: in earnest a directory that stays, so that a killed bot goes on with what it had. */
  readonly directory?: string;
  readonly waits?: Pick<ConnectionOptions, 'reconnect'> & Pick<TradingOptions, 'ackTimeoutMs' | 'absenceWindowMs'>;
}

/** @returns every order, with its verdict. */
export async function run({ host, port, rounds = 4, directory, waits = {} }: BotOptions): Promise<readonly OrderState[]> {
  const { reconnect, ackTimeoutMs, absenceWindowMs } = waits;
  const connection = new ConnectionManager({ host, port, clientId: 1, reconnect });
  const journal = await sqliteJournal({ directory: directory ?? (await mkdtemp(path.join(tmpdir(), 'ibkit-bot-'))) });
  const trading = new Trading({ connection, journal, coordinator: journal.coordinator, ackTimeoutMs, absenceWindowMs });
  connection.events.on('connection.lost', ({ reason }) => { console.log(`  the session is lost: ${reason}`); });
  connection.events.on('connection.recovered', ({ scope }) => { console.log(`  recovered: ${scope}`); });
  trading.events.on('order.unknown', ({ order }) => { console.log(`  ${order.key}: nobody knows; waiting for the broker's word`); });
  try {
    await connection.connect();
    for (let round = 1; round <= rounds; round += 1) {
      const { key, status, filledQuantity } = await buyOne(trading, `buy-${round}`);
      console.log(`${key}: ${status}, ${filledQuantity} filled`);
    }
    return trading.orders();
  } finally {
    await trading.close();
    await journal.close();
    await connection.close();
  }
}

/** Buys one share under this key; under a new key only when the broker has shown twice that the order never arrived. */
async function buyOne(trading: Trading, key: string): Promise<OrderState> {
  const request: OrderRequest = { contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: 1, orderType: 'MKT', key };
  for (;;) {
    await trading.ready({ timeoutMs: 300_000 }); // a session, its orders and executions read, the gate open
    try {
      const order = await trading.place(request); // an order that exists under the key is given back, never sent again
      const state = await order.done({ timeoutMs: 300_000 }); // `unknown` is waited out
      if (state.status === 'absent') return await buyOne(trading, `${key}-again`);
      if (state.status === 'filled') return await order.filled({ timeoutMs: 60_000 }); // a status may be here before its executions
      if (state.status !== 'unsent') return state;
    } catch (error) {
      // The gate closed in between: nothing was sent, and `ready` tells when it is open again.
      if (!(isIbkrError(error) && error.retryable)) throw error;
    }
  }
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
