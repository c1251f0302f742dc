import { EventName } from '@stoqey/ib';
import type { IBApi } from '@stoqey/ib';
import { isIbkrError } from '@ibkit/error-codes';
import type { TradingOptions } from '../options.js';
import { onOrderStage } from './order-stage.js';
import type { OrderStage } from './order-stage.js';

/** One event of a face, as a test compares it. */
export type Told = readonly [name: string, ...facts: readonly unknown[]];

/** Everything that a face tells about orders, in order, and a way to wait for what must come. */
export class ApiLog {
  readonly told: Told[] = [];
  readonly #api: IBApi;
  readonly #waiting: (() => void)[] = [];

  constructor(api: IBApi) {
    this.#api = api;
    const tell = (...facts: Told): void => {
      this.told.push(facts);
      for (const look of this.#waiting.splice(0)) look();
    };
    api.on(EventName.openOrder, (id, contract, order) => {
      tell('openOrder', id, order.lmtPrice, order.orderId, order.orderRef);
    });
    api.on(EventName.orderStatus, (id, status, filled) => {
      tell('orderStatus', id, status, filled);
    });
    api.on(EventName.execDetails, (_reqId, _contract, { orderId, shares, orderRef }) => {
      tell('execDetails', orderId, shares, orderRef);
    });
    api.on(EventName.commissionReport, ({ commission }) => {
      tell('commissionReport', commission);
    });
    api.on(EventName.nextValidId, (id) => {
      tell('nextValidId', id);
    });
    api.on(EventName.error, (error, code, id) => {
      tell('error', id, code, isIbkrError(error) ? error.code : 'broker', error.message);
    });
  }

  /** The events with these facts at the beginning. */
  of(...facts: Told): readonly Told[] {
    return this.told.filter((told) => facts.every((fact, index) => told[index] === fact));
  }

  /** The first event with these facts, now or later. */
  heard(...facts: Told): Promise<Told> {
    return this.#nth(0, facts);
  }

  /** The next order id, asked for as programs of the library do. */
  async nextId(): Promise<number> {
    const before = this.of('nextValidId').length;
    this.#api.reqIds();
    return Number((await this.#nth(before, ['nextValidId']))[1]);
  }

  async #nth(index: number, facts: Told): Promise<Told> {
    for (;;) {
      const found = this.of(...facts)[index];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

/** A stage on which `connection.api` may trade. */
export interface ApiStage extends OrderStage {
  readonly api: IBApi;
  readonly log: ApiLog;
}

/** Plays on a stage with `apiOrders`. */
export function onApiStage(play: (stage: ApiStage) => Promise<void>, options: Partial<TradingOptions> = {}): Promise<void> {
  return onOrderStage(
    async (stage) => {
      const { api } = stage.connection;
      await play({ ...stage, api, log: new ApiLog(api) });
    },
    () => ({ apiOrders: true, ...options }),
  );
}

/** What a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
