import { UsageError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { Contract, Order } from '@stoqey/ib';

/** What an order or a contract of an event carries besides; it names or describes, and asks for nothing. */
const FACTS: ReadonlySet<string> = new Set([
  'order.orderId', 'order.clientId', 'order.permId', 'order.filledQuantity', 'contract.description', 'contract.comboLegsDescription',
]); // prettier-ignore
/** The lists that the encoder takes apart. */
const LISTS: ReadonlySet<string> = new Set(['comboLegs', 'orderComboLegs', 'algoParams', 'smartComboRoutingParams', 'conditions']);
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f]/u;
/** How "unset" is spelled by those who port from the vendor's clients. */
const UNSET: readonly unknown[] = [undefined, null, '', false, 0, Number.MAX_VALUE, 2_147_483_647];

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isUnset(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return UNSET.includes(value) || (isObject(value) && Object.values(value).every(isUnset));
}

/** Whether what travels says everything that was given. The encoder flattens the objects in lists: a condition has other names here than there. */
function says(sent: unknown, given: unknown): boolean {
  if (Array.isArray(given)) return Array.isArray(sent) && sent.length === given.length && given.every((item, index) => says(sent[index], item));
  if (isObject(given)) return isObject(sent) && Object.entries(given).every(([name, value]) => name === 'type' || isUnset(value) || !(name in sent) || says(sent[name], value));
  // Permanent ids and multipliers are texts on the wire and numbers in the library.
  return sent === given || (typeof sent === 'string' && typeof given === 'number' && Number(sent) === given);
}

function refuse(field: string, rule: string): never {
  throw new UsageError({ code: 'IBKR_ORDER_INVALID', field, rule });
}

function checkValue(field: string, value: unknown, name: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(field, 'must be a finite number');
  if (typeof value === 'string' && CONTROL.test(value)) refuse(field, 'must not hold control characters');
  if (Array.isArray(value) && value.length > 0 && !LISTS.has(name)) refuse(field, 'must be left out: @stoqey/ib cannot send this list');
}

/**
 * Refuses values that cannot travel, by name: the encoder would only know their position.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` that names the field.
 */
export function checkSendable({ contract, order }: { readonly contract: Contract; readonly order: Order }): void {
  for (const [name, value] of Object.entries(contract)) checkValue(`contract.${name}`, value, name);
  for (const [name, value] of Object.entries(order)) checkValue(`order.${name}`, value, name);
}

function check(path: 'order' | 'contract', given: object, sent: object): void {
  const message: Readonly<Record<string, unknown>> = { ...sent };
  for (const [name, value] of Object.entries(given)) {
    const field = `${path}.${name}`;
    if (isUnset(value) || FACTS.has(field) || says(message[name], value)) continue;
    // A resolved contract has its last day in two forms, and the contract id says which one it is.
    if (field === 'contract.lastTradeDate' && message['conId'] !== undefined) continue;
    refuse(field, 'must be left out: @stoqey/ib does not send it with such an order at this server version, so it would be lost without a word');
  }
}

/**
 * Refuses an order of which `@stoqey/ib` would leave something out: fields that it has no place for, or only with another field, order type
 * or server version.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` that names the field.
 */
export function checkNothingLost(given: { readonly contract: Contract; readonly order: Order }, message: ClientMessageOf<'placeOrder'>): void {
  check('contract', given.contract, message.contract);
  check('order', given.order, message.order);
}
