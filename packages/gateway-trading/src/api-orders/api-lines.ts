import { abortReason } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { OrderError, asError, isIbkrError } from '@ibkit/error-codes';
import type { ApiCall, TradingConnection } from '../broker/connection-port.js';
import type { RefusalLog } from '../guards/refusal-log.js';
import type { ChangeDesk } from '../orders/changes/change-desk.js';
import { isChangeOpen } from '../orders/changes/change-machine.js';
import type { OrderRegister } from '../orders/order-register.js';
import type { OrderState, OrderStatus } from '../orders/order-state.js';
import { apiChanges, isUnchanged } from './api-change.js';
import { API_CODES } from './api-codes.js';
import type { ApiIds } from './api-ids.js';
import type { ApiRequest } from './api-request.js';

/** What {@link ApiLines} are made from. */
export interface ApiLinesOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly ids: ApiIds;
  readonly changes: ChangeDesk;
  readonly cancel: (intentId: string) => Promise<void>;
  readonly refusals: RefusalLog;
  /** How long a change waits for the order, or the change before it, to be answered, milliseconds. */
  readonly patienceMs: number;
  /** The broker is to show its orders once more. */
  readonly onRepeat: (why: string) => void;
}

interface Wanted {
  readonly asked: ApiRequest;
  readonly report: ApiCall['report'];
  readonly epoch: number | undefined;
}

/** What goes on under one id. */
interface Line {
  /** That of the latest call. */
  report: ApiCall['report'];
  placing: { readonly controller: AbortController; readonly settled: Promise<void> } | undefined;
  /** The latest change that was asked for and has not begun. */
  wanted: Wanted | undefined;
  isChanging: boolean;
}

const EARLY: ReadonlySet<OrderStatus> = new Set(['staged', 'sending', 'acked']);

function takenBack(): OrderError {
  return new OrderError({ code: 'IBKR_ORDER_TAKEN_BACK', message: 'The order was cancelled before it was sent' });
}

/**
 * Keeps the calls under one id in their order, as a socket would: an order before its changes, one change after the other, a cancel before
 * whatever still waits. Of several changes that wait only the last is sent: each says the whole order. Nothing waits into another session.
 */
export class ApiLines {
  readonly #options: ApiLinesOptions;
  readonly #lines = new Map<number, Line>();
  readonly #closing = new AbortController();

  constructor(options: ApiLinesOptions) {
    this.#options = options;
  }

  /** Where to tell what happens to an order of this process. */
  known(orderId: number): { readonly report: ApiCall['report'] } | undefined {
    return this.#lines.get(orderId);
  }

  /** Whether an order is on its way to the socket. */
  isPlacing(orderId: number): boolean {
    return this.#lines.get(orderId)?.placing !== undefined;
  }

  /** Places an order. @throws what `place` throws in this tick; what it rejects with is reported */
  place(orderId: number, report: ApiCall['report'], place: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController();
    const placing = place(controller.signal);
    const line = this.#line(orderId, report);
    const settled = placing.then(
      () => {
        line.placing = undefined;
        if (controller.signal.aborted) this.#cancelPlaced(orderId, report);
      },
      (error: unknown) => {
        line.placing = undefined;
        this.#options.refusals.note({ what: 'place' }, error);
        report(asError(error), controller.signal.aborted ? API_CODES.takenBack : API_CODES.orderNotSent);
      },
    );
    line.placing = { controller, settled };
  }

  /** Changes an order as soon as it can be changed. */
  change(orderId: number, report: ApiCall['report'], asked: ApiRequest): void {
    const line = this.#line(orderId, report);
    line.wanted = { asked, report, epoch: this.#options.connection.session?.epoch };
    if (line.isChanging) return;
    line.isChanging = true;
    void this.#work(orderId, line);
  }

  /** Takes back what still waits. @returns whether the order itself was among it: then it is cancelled by that, even if it leaves all the same */
  takeBack(orderId: number, report?: ApiCall['report']): boolean {
    const line = this.#lines.get(orderId);
    if (line === undefined) return false;
    const { wanted, placing } = line;
    line.wanted = undefined;
    if (report !== undefined) line.report = report;
    wanted?.report(new OrderError({ code: 'IBKR_ORDER_TAKEN_BACK', message: 'The order was cancelled before its change was sent' }), API_CODES.orderNotSent);
    placing?.controller.abort(takenBack());
    return placing !== undefined;
  }

  /** The same for every order. */
  takeBackAll(): void {
    for (const orderId of this.#lines.keys()) this.takeBack(orderId);
  }

  /** An order is over: nothing is told about it any more but by the broker. */
  forget(orderId: number): void {
    const line = this.#lines.get(orderId);
    if (line?.placing === undefined && line?.wanted === undefined && line?.isChanging !== true) this.#lines.delete(orderId);
  }

  /** Ends every wait; what still waits is reported. */
  close(reason: Error): void {
    this.#closing.abort(reason);
  }

  #line(orderId: number, report: ApiCall['report']): Line {
    const line: Line = this.#lines.get(orderId) ?? { report, placing: undefined, wanted: undefined, isChanging: false };
    line.report = report;
    this.#lines.set(orderId, line);
    return line;
  }

  /** The cancel came when the order could not be held back any more. */
  #cancelPlaced(orderId: number, report: ApiCall['report']): void {
    const order = this.#options.ids.placed(orderId);
    if (order === undefined) return;
    this.#options.cancel(order.intentId).catch((error: unknown) => {
      report(asError(error), API_CODES.cancelNotSent);
    });
  }

  async #work(orderId: number, line: Line): Promise<void> {
    await line.placing?.settled;
    while (line.wanted !== undefined) {
      const { wanted } = line;
      try {
        await this.#answered(orderId, line);
        // A later one says it all.
        if (line.wanted !== wanted) continue;
        line.wanted = undefined;
        await this.#changeNow(orderId, wanted);
      } catch (error) {
        if (line.wanted === wanted) line.wanted = undefined;
        this.#options.refusals.note({ what: 'modify', request: wanted.asked.request }, error);
        // The broker's own words were an event already.
        if (!isIbkrError(error) || error.brokerCode === undefined) wanted.report(asError(error), API_CODES.orderNotSent);
      }
    }
    line.isChanging = false;
  }

  async #changeNow(orderId: number, { asked, epoch }: Wanted): Promise<void> {
    const { ids, changes, connection, onRepeat } = this.#options;
    if (this.#closing.signal.aborted) throw abortReason(this.#closing.signal);
    const order = ids.placed(orderId);
    if (order === undefined || order.status === 'unsent') {
      throw new OrderError({ code: 'IBKR_ORDER_NOT_CHANGEABLE', message: 'The order was not sent, so there is nothing to change; nothing was sent now either', details: { orderId } });
    }
    if (connection.session?.epoch !== epoch) {
      throw new OrderError({ code: 'IBKR_ORDER_CHANGE_UNSENT', message: 'The change was not sent: the session ended first, and nothing waits from one session to the next. The order has its old terms', retryable: true, details: { orderId } });
    }
    const changed = apiChanges(order, asked);
    if (isUnchanged(changed)) onRepeat('an order was placed once more as it is');
    else await changes.change(order.intentId, changed, undefined);
  }

  /** Resolves once nothing about the order is open, or when it takes too long: then the change is refused by whoever is asked. */
  async #answered(orderId: number, line: Line): Promise<void> {
    const order = this.#options.ids.placed(orderId);
    const isOpen = (state: OrderState): boolean => EARLY.has(state.status) || (isChangeOpen(state) && state.change?.status === 'requested');
    if (order === undefined || !isOpen(order)) return;
    const { register, clock, patienceMs, connection } = this.#options;
    const { signal } = this.#closing;
    const ended = connection.session?.closed;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        unwatch();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const unwatch = register.watch(order.intentId, ({ after }) => {
        if (!isOpen(after) || line.wanted === undefined) done();
      });
      const timer = clock.setTimer(patienceMs, done, { keepAlive: false });
      signal.addEventListener('abort', done, { once: true });
      ended?.then(done, done);
      if (signal.aborted) done();
    });
  }
}
