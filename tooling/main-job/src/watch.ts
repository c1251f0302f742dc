import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { ApiClient } from './api-client.js';
import type { MainJobIo } from './io.js';
import { lines, screen } from './view.js';
import type { Look } from './view.js';

const LOOK_EVERY_MS = 1000;
/** The broker renews account values every three minutes anyway. */
const ACCOUNTS_EVERY_LOOKS = 5;

/** What a watch needs. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly out: MainJobIo['out'];
  readonly symbols: readonly string[];
  /** Ends the watch: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** The calls that a watch makes. */
export type Watched = Pick<ApiClient, 'status' | 'accounts' | 'quote'>;

async function look(api: Watched, { clock, symbols, signal }: WatchOptions, known: Look | undefined, turn: number): Promise<Look> {
  const accounts = turn % ACCOUNTS_EVERY_LOOKS === 0 || known?.accounts?.ok !== true ? api.accounts(signal) : Promise.resolve(known.accounts);
  const [status, quotes, values] = await Promise.all([
    api.status(signal),
    Promise.all(symbols.map(async (symbol) => ({ symbol, answer: await api.quote(symbol, signal) }))),
    accounts,
  ]);
  return { atMs: clock.now(), status, quotes, accounts: values };
}

/** A row as the terminal will show it: cut where it would wrap, because the next drawing counts rows. */
function folded(row: string, columns: number): readonly string[] {
  const width = Math.max(1, columns - 1);
  const parts = [row.slice(0, width)];
  for (let from = width; from < row.length; from += width) parts.push(row.slice(from, from + width));
  return parts;
}

/** The text that draws a block over one of `drawn` rows. */
export function redraw(block: string, drawn: number, columns: number): { readonly text: string; readonly drawn: number } {
  const rows = block.split('\n').flatMap((row) => folded(row, columns));
  const up = drawn === 0 ? '' : `\u001b[${drawn}A\r`;
  return { text: `${up}${rows.map((row) => `${row}\u001b[K`).join('\n')}\u001b[J`, drawn: rows.length - 1 };
}

/** Shows the daemon once a second: on a terminal in place, elsewhere what changed. @throws the signal's reason. */
export async function watch(api: Watched, options: WatchOptions): Promise<never> {
  const { clock, out, signal } = options;
  let before: Look | undefined;
  let drawn = 0;
  for (let turn = 0; ; turn += 1) {
    const now = await look(api, options, before, turn);
    if (out.isTerminal) {
      const next = redraw(screen(now), drawn, out.columns);
      out.write(next.text);
      drawn = next.drawn;
    } else for (const line of lines(now, before)) out.write(`${line}\n`);
    before = now;
    await sleep(clock, LOOK_EVERY_MS, { signal });
  }
}
