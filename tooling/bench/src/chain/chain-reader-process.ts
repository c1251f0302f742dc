import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import type { OptionChainOptions, Quote, ResolvedContract } from '@ibkit/market-data';
import { LineBudget } from '@ibkit/rate-limiter';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';

const settings = settingsOf();
const lines = numberOf(settings, 'lines');
const clock = systemClock();
const connection = new ConnectionManager({ port: numberOf(settings, 'port') });
const marketData = new MarketData({ connection, lineBudget: new LineBudget({ lines }), lingerMs: 0 });
await connection.connect();

interface Reading {
  readonly contracts: number;
  readonly complete: number;
}

const wanted: OptionChainOptions = { window: { nextExpiries: numberOf(settings, 'expiries'), strikesEachSide: numberOf(settings, 'strikesEachSide') }, timeoutMs: 120_000 };
let known: readonly ResolvedContract[] = [];

async function readChain(): Promise<Reading> {
  const { rows } = await marketData.optionChain('AAPL', wanted);
  known = rows.map(({ contract }) => contract);
  return { contracts: rows.length, complete: rows.filter(({ complete }) => complete).length };
}

function isComplete({ bid, ask, greeks, saidNone = [] }: Quote): boolean {
  return (bid !== undefined || saidNone.includes('bid')) && (ask !== undefined || saidNone.includes('ask')) && greeks?.model?.delta !== undefined;
}

/** What one writes by hand: as many lines as there are, wait for all of them, give all up, the next ones. */
async function readInBatches(): Promise<Reading> {
  let complete = 0;
  for (let first = 0; first < known.length; first += lines) {
    const tickers = known.slice(first, first + lines).map((contract) => marketData.subscribeTicker(contract));
    await Promise.all(tickers.map((ticker) => ticker.waitFor(isComplete)));
    complete += tickers.length;
    await Promise.all(tickers.map((ticker) => ticker.close()));
  }
  return { contracts: known.length, complete };
}

async function measured(read: () => Promise<Reading>): Promise<Told> {
  const fromMs = clock.monotonic();
  const cpu = process.cpuUsage();
  const reading = await read();
  const { user, system } = process.cpuUsage(cpu);
  return { ...reading, tookMs: clock.monotonic() - fromMs, cpuMs: (user + system) / 1000 };
}

play(
  {},
  {
    chain: () => measured(readChain),
    batches: () => measured(readInBatches),
  },
  async () => {
    await marketData.close();
    await connection.close();
    process.exit();
  },
);
