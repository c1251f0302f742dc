import type { ApiAuditEntry } from '@ibkit/api-contract';
import { plain } from '../../render/text.js';

/** In columns of their own, or of use to programs alone: `--json` has them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['type', 'atMs', 'key', 'intentId', 'account', 'clientId', 'request', 'requestHash', 'orderRef', 'counts', 'epoch', 'attempt', 'contract']);

const WIDEST_TYPE = 'order.cancelRequested'.length;

function words(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('AtMs')) return new Date(value).toISOString();
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What was asked for, in the order in which people say it. */
function requestText(request: unknown): string | undefined {
  if (!isRecord(request)) return undefined;
  const { action, quantity, contract, orderType, stopPrice, limitPrice, tif } = request;
  const symbol = isRecord(contract) ? (contract['localSymbol'] ?? contract['symbol']) : undefined;
  const said = [action, quantity, symbol, orderType, stopPrice === undefined ? undefined : `stop ${valueText('stopPrice', stopPrice)}`, limitPrice, tif];
  return said.filter((part) => part !== undefined).map(String).join(' ');
}

/** A record of the journal in one line for people: when, what, whose, and what it says. */
export function auditText({ atMs, type, key, record }: ApiAuditEntry): string {
  const facts = Object.entries(record)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== undefined && value !== '')
    .map(([name, value]) => `${words(name)} ${valueText(name, value)}`);
  const detail = [requestText(record['request']), ...facts].filter((part) => part !== undefined).join(', ');
  const time = new Date(atMs).toISOString().replace('T', ' ');
  return plain([time, type.padEnd(WIDEST_TYPE), key, detail].filter((part) => part !== undefined && part !== '').join('  ').trimEnd());
}
