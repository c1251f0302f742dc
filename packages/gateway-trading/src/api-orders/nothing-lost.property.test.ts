import { EventName, OrderAction, OrderType, SecType } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { isIbkrError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../orders/terms/order-time.js';
import { onApiStage, thrownBy } from '../testing/api-stage.js';
import { isPlaceOrder } from '../testing/order-stage.js';
import type { ApiStage } from '../testing/api-stage.js';
import { CONTRACT_VALUES, ORDER_VALUES } from '../testing/library-orders.js';

/** `@stoqey/ib`: FAIL_SEND_ORDER. */
const NOT_SENT = 512;
const SHARE: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const BASES: readonly Order[] = [
  { orderType: OrderType.LMT, lmtPrice: 1 },
  { orderType: OrderType.STP, auxPrice: 5 },
  { orderType: OrderType.TRAIL, auxPrice: 1 },
  { orderType: OrderType.TRAIL_LIMIT, trailingPercent: 2, lmtPriceOffset: 0.1 },
  { orderType: OrderType.PEG_MID },
  { orderType: OrderType.REL, auxPrice: 0.01 },
  { orderType: OrderType.MKT },
];
/** They name or describe an order or a contract and ask for nothing: the library does not send them either. */
const FACTS: ReadonlySet<string> = new Set(['order.orderId', 'order.clientId', 'order.permId', 'order.filledQuantity', 'contract.description', 'contract.comboLegsDescription']);

/** One field that says something, the rest being as it must be. */
const aField = fc.oneof(
  fc.constantFrom(...Object.entries(ORDER_VALUES)).chain(([name, values]: [string, fc.Arbitrary<unknown>]) => values.map((value) => ({ path: 'order' as const, name, value }))),
  fc.constantFrom(...Object.entries(CONTRACT_VALUES)).chain(([name, values]: [string, fc.Arbitrary<unknown>]) => values.map((value) => ({ path: 'contract' as const, name, value }))),
);
type Field = { readonly path: 'order' | 'contract'; readonly name: string; readonly value: unknown };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether what arrived says what was given. Conditions have names of their own on the wire: their values must all be there. */
function arrivedAs(given: unknown, arrived: unknown): boolean {
  if (Array.isArray(given)) return Array.isArray(arrived) && given.length === arrived.length && given.every((item, index) => arrivedAs(item, arrived[index]));
  if (isObject(given)) {
    const values = isObject(arrived) ? Object.values(arrived) : [];
    return Object.entries(given).every(([name, value]) => name === 'type' || name === 'displayName' || values.some((other) => arrivedAs(value, other)));
  }
  if (typeof given === 'string' && typeof arrived === 'string' && instantOf(given) !== undefined) return instantOf(given) === instantOf(arrived);
  return given === arrived || String(given) === String(arrived);
}

/** Every order that arrives, and every error that is told, by its id. */
class Arrivals {
  readonly #seen = new Map<number, ClientMessageOf<'placeOrder'>>();
  readonly #errors = new Map<number, number[]>();
  #look = (): void => undefined;

  constructor({ simulator, api }: ApiStage) {
    simulator.control.watchJournal(({ kind, message }) => {
      if (kind !== 'in' || !isPlaceOrder(message)) return;
      this.#seen.set(message.orderId, message);
      this.#look();
    });
    api.on(EventName.error, (_error, code, id) => {
      this.#errors.set(id, [...this.errors(id), code]);
      this.#look();
    });
  }

  /** The codes that were told about an order. */
  errors(id: number): readonly number[] {
    return this.#errors.get(id) ?? [];
  }

  /** The order; `undefined` when it was reported as not sent. */
  async of(id: number): Promise<ClientMessageOf<'placeOrder'> | undefined> {
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.#seen.has(id) || this.errors(id).includes(NOT_SENT)) resolve();
      };
      this.#look();
    });
    return this.#seen.get(id);
  }
}

/** Places an order with some fields and says what became of each of them. */
async function tried(stage: ApiStage, arrivals: Arrivals, id: number, base: Order, fields: readonly Field[]): Promise<'arrived' | 'refused'> {
  const contract: Contract = { ...SHARE };
  const order: Order = { action: OrderAction.BUY, totalQuantity: 10, transmit: true, ...base };
  for (const { path, name, value } of fields) Reflect.set(path === 'order' ? order : contract, name, value);
  const thrown = thrownBy(() => stage.api.placeOrder(id, contract, order));
  if (thrown !== undefined) {
    const error: { code?: unknown; details?: unknown } = isIbkrError(thrown) ? thrown : {};
    expect(error).toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: expect.stringMatching(/^(?:order|contract)(?:\.\w|$)/u) as string } });
    expect(arrivals.errors(id)).toEqual([NOT_SENT]);
    return 'refused';
  }
  const message = await arrivals.of(id);
  const named = (path: 'order' | 'contract', of: object): (readonly [typeof path, string, unknown])[] => Object.entries(of).map(([name, value]: [string, unknown]) => [path, name, value] as const);
  const given = [...named('contract', contract), ...named('order', order)];
  for (const [path, name, value] of given) {
    if (FACTS.has(`${path}.${name}`) || value === undefined || message === undefined) continue;
    // The contract id says which one it is.
    if (name === 'lastTradeDate' && message.contract.conId !== undefined) continue;
    const sent: unknown = Reflect.get(message[path], name);
    // Kept beside ours and given back with every event.
    if (name === 'orderRef') expect(stage.trading.order(`api-1-${id}`)?.state.tag).toBe(value);
    else if (value !== 0 || sent !== undefined) expect({ [`${path}.${name}`]: arrivedAs(value, sent), value, sent }).toMatchObject({ [`${path}.${name}`]: true });
  }
  return message === undefined ? 'refused' : 'arrived';
}

describe('an order of the library', () => {
  it('is refused by the name of its field, or arrives with every field that was given', () =>
    onApiStage(async (stage) => {
      const arrivals = new Arrivals(stage);
      let id = await stage.log.nextId();
      const outcomes = new Set<string>();
      const arrived = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...BASES), fc.uniqueArray(aField, { minLength: 1, maxLength: 3, selector: ({ path, name }) => `${path}.${name}` }), async (base, fields) => {
          const outcome = await tried(stage, arrivals, id, base, fields);
          id += 1;
          outcomes.add(outcome);
          if (outcome === 'arrived') for (const { name } of fields) arrived.add(name);
        }),
        { numRuns: 250 },
      );
      expect([...outcomes].sort()).toEqual(['arrived', 'refused']);
      // The test itself must get somewhere.
      expect(arrived.size).toBeGreaterThan(15);
    }));

  it('of every field alone, on an order that has room for it', () =>
    onApiStage(async (stage) => {
      const arrivals = new Arrivals(stage);
      let id = await stage.log.nextId();
      const arrived = new Set<string>();
      for (const [path, values] of [['order', ORDER_VALUES], ['contract', CONTRACT_VALUES]] as const) {
        for (const [name, arbitrary] of Object.entries<fc.Arbitrary<unknown>>({ ...values })) {
          for (const value of fc.sample(arbitrary, { numRuns: 2, seed: 7 })) {
            for (const base of BASES.slice(0, 2)) {
              if ((await tried(stage, arrivals, id, base, [{ path, name, value }])) === 'arrived') arrived.add(`${path}.${name}`);
              id += 1;
            }
          }
        }
      }
      expect([...arrived].sort()).toMatchInlineSnapshot(`
        [
          "contract.comboLegsDescription",
          "contract.conId",
          "contract.currency",
          "contract.description",
          "contract.exchange",
          "contract.lastTradeDateOrContractMonth",
          "contract.localSymbol",
          "contract.multiplier",
          "contract.primaryExch",
          "contract.right",
          "contract.secType",
          "contract.strike",
          "contract.symbol",
          "contract.tradingClass",
          "order.account",
          "order.action",
          "order.algoStrategy",
          "order.allOrNone",
          "order.auxPrice",
          "order.clientId",
          "order.conditions",
          "order.discretionaryAmt",
          "order.displaySize",
          "order.extOperator",
          "order.filledQuantity",
          "order.goodAfterTime",
          "order.hidden",
          "order.includeOvernight",
          "order.lmtPrice",
          "order.manualOrderIndicator",
          "order.manualOrderTime",
          "order.minQty",
          "order.modelCode",
          "order.notHeld",
          "order.orderId",
          "order.orderRef",
          "order.orderType",
          "order.outsideRth",
          "order.permId",
          "order.sweepToFill",
          "order.tif",
          "order.transmit",
          "order.triggerMethod",
        ]
      `);
    }), 20_000);
});
