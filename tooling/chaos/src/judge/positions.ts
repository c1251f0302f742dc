import type { Position } from '@ibkit/gateway-trading';
import type { Truth } from '../stage/witness.js';
import type { Finding } from './judge.js';

function symbolsOf(positions: readonly { readonly symbol: string; readonly position: number }[]): string {
  return positions
    .filter(({ position }) => position !== 0)
    .map(({ symbol, position }) => `${symbol} ${position}`)
    .sort()
    .join(', ');
}

/** Whether the positions that a client reads are those of the server, and those are the sum of the executions. */
export function judgePositions({ positions, executions }: Truth, read: readonly Position[] | undefined): readonly Finding[] {
  const sums = new Map<string, number>();
  for (const { instrument, side, shares } of executions) sums.set(instrument.symbol, (sums.get(instrument.symbol) ?? 0) + (side === 'BOT' ? shares : -shares));
  const bySum = symbolsOf([...sums].map(([symbol, position]) => ({ symbol, position })));
  const byServer = symbolsOf(positions.map(({ instrument, position }) => ({ symbol: instrument.symbol, position })));
  const byClient = read === undefined ? byServer : symbolsOf(read.map(({ contract, position }) => ({ symbol: contract.symbol ?? '', position })));
  if (bySum === byServer && byServer === byClient) return [];
  return [{ kind: 'positions', key: '', text: `${byClient} instead of ${byServer}; the executions add up to ${bySum}` }];
}
