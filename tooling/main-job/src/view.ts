import type { ApiAccounts, ApiQuote, ApiStatus } from '@ibkit/api-contract';
import Table from 'cli-table3';
import type { Answer } from './api-client.js';

/** Everything that one look at the daemon found. */
export interface Look {
  readonly atMs: number;
  readonly quotes: readonly { readonly symbol: string; readonly answer: Answer<ApiQuote> }[];
  readonly accounts: Answer<ApiAccounts> | undefined;
  readonly status: Answer<ApiStatus>;
}

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '   ',
};

/** Text that came from elsewhere, without what a terminal would obey. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function price(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

function size(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en-US');
}

function moved(quote: ApiQuote): string {
  if (quote.last === undefined || quote.close === undefined || quote.close === 0) return '-';
  const percent = (quote.last / quote.close - 1) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(2)}%`;
}

function trust(quote: ApiQuote): string {
  return `${quote.mode}${quote.stale ? `, stale: ${plain(quote.staleReason ?? 'connection broken')}` : ''}`;
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** One line about each account. */
export function accountLines(accounts: Answer<ApiAccounts> | undefined): readonly string[] {
  if (accounts === undefined) return [];
  if (!accounts.ok) return [`account  ${plain(accounts.problem.detail)}`];
  return accounts.value.accounts.map(({ account, values }) => {
    const shown = ['NetLiquidation', 'TotalCashValue', 'BuyingPower'].map((tag) => {
      const found = values.find((value) => value.tag === tag);
      return `${tag} ${found === undefined ? '-' : `${Number(found.value).toLocaleString('en-US', { maximumFractionDigits: 2 })} ${found.currency ?? ''}`}`;
    });
    return `account  ${account}  ${shown.join('  ')}`.trimEnd();
  });
}

/** One line about the connection, layer by layer. */
export function healthLine(status: Answer<ApiStatus>, atMs: number): string {
  if (!status.ok) return `health   the daemon does not answer: ${plain(status.problem.detail)}`;
  const { connection, health } = status.value;
  const layers = (['tcp', 'handshake', 'api', 'upstream'] as const).map((name) => `${name} ${health[name].status} ${span(atMs - health[name].sinceMs)}`);
  const farms = Object.entries(health.farms);
  const up = farms.filter(([, layer]) => layer.status === 'up').length;
  return `health   ${connection.state}, ${layers.join(', ')}, farms ${up} of ${farms.length} up, reconnects ${connection.reconnectCount}`;
}

/** The look as a block for a terminal. */
export function screen(look: Look): string {
  const quotes = new Table({
    head: ['SYMBOL', 'BID', 'ASK', 'LAST', 'CHANGE', 'VOLUME', 'MODE', 'AGE'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left', 'right'],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const { symbol, answer } of look.quotes) {
    if (answer.ok) {
      const { bid, ask, last, volume, ageMs } = answer.value;
      quotes.push([symbol, price(bid), price(ask), price(last), moved(answer.value), size(volume), trust(answer.value), span(ageMs)]);
    } else quotes.push([symbol, '-', '-', '-', '-', '-', plain(answer.problem.detail), '-']);
  }
  return [quotes.toString(), '', ...accountLines(look.accounts), healthLine(look.status, look.atMs), ''].join('\n');
}

/** The look as lines for a log or a pipe: only what changed since `before`. */
export function lines(look: Look, before: Look | undefined): readonly string[] {
  const at = new Date(look.atMs).toISOString().slice(11, 19);
  const shown: string[] = [];
  for (const { symbol, answer } of look.quotes) {
    const text = answer.ok
      ? `quote    ${symbol.padEnd(6)} ${price(answer.value.bid)} x ${price(answer.value.ask)}  last ${price(answer.value.last)}  volume ${size(answer.value.volume)}  ${trust(answer.value)}`
      : `quote    ${symbol.padEnd(6)} ${plain(answer.problem.detail)}`;
    const old = before?.quotes.find((other) => other.symbol === symbol)?.answer;
    const changed = old?.ok !== answer.ok || (answer.ok && old.ok && (answer.value.receivedAtMs !== old.value.receivedAtMs || answer.value.stale !== old.value.stale));
    if (changed) shown.push(text);
  }
  if (JSON.stringify(look.accounts) !== JSON.stringify(before?.accounts)) shown.push(...accountLines(look.accounts));
  const health = look.status.ok ? look.status.value.connection.state : 'unreachable';
  const healthBefore = before === undefined ? undefined : before.status.ok ? before.status.value.connection.state : 'unreachable';
  if (health !== healthBefore) shown.push(healthLine(look.status, look.atMs));
  return shown.map((text) => `${at} ${text}`);
}
