import { UsageError } from '@ibkit/error-codes';
import type { Lane } from '@ibkit/rate-limiter';

/** TWS API: outgoing message ids. */
const PLACE_ORDER = '3';
const CANCEL_IDS: readonly number[] = [4, 58];
const ORDER_IDS: readonly number[] = [3, 21];
const ACCOUNT_IDS: readonly number[] = [5, 6, 7, 15, 16, 17, 61, 62, 63, 64, 74, 75, 76, 77, 92, 93, 94, 95, 99];
const HISTORY_IDS: readonly number[] = [20, 24, 25, 52, 53, 86, 87, 88, 89, 90, 96];

/** The lane of an outgoing message. A request and its cancel share a lane, so that neither overtakes the other. */
export function laneOf(messageId: unknown): Lane {
  const id = typeof messageId === 'number' ? messageId : Number.NaN;
  if (CANCEL_IDS.includes(id)) return 'cancel';
  if (ORDER_IDS.includes(id)) return 'order';
  if (ACCOUNT_IDS.includes(id)) return 'account';
  if (HISTORY_IDS.includes(id)) return 'history';
  return 'data';
}

/** The order that a message places; absent for every other message. From server version 145 on no version comes before the id, and ours begin above. */
export function orderIdOf(fields: readonly string[]): number | undefined {
  return fields[0] === PLACE_ORDER ? Number(fields[1]) : undefined;
}

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f]/u;

function refuse(position: number, rule: string): never {
  throw new UsageError({
    code: 'IBKR_WIRE_VALUE',
    field: `field ${position} of the message`,
    rule,
    message: `Field ${position} of the message ${rule}. Nothing was sent.`,
  });
}

function fieldOf(token: unknown, position: number): string {
  switch (typeof token) {
    case 'undefined':
      return '';
    case 'boolean':
      return token ? '1' : '0';
    case 'number':
      return Number.isFinite(token) ? String(token) : refuse(position, 'must be a finite number');
    case 'bigint':
      return String(token);
    case 'string':
      // A NUL inside a text would inject further fields into the message.
      return CONTROL.test(token) ? refuse(position, 'must not hold control characters') : token;
    default:
      return token === null ? '' : refuse(position, 'must be a text, a number or a boolean');
  }
}

/**
 * The fields of what the library's encoder made: nested lists flattened, booleans as 1 and 0, absent as empty, as the library does.
 * @throws {@link UsageError} for values that TWS would misread: control characters, NaN, infinities, objects.
 */
export function fieldsOf(tokens: readonly unknown[]): string[] {
  return tokens.flat(Number.POSITIVE_INFINITY).map((token, index) => fieldOf(token, index));
}
