import type { Clock } from '@ibkit/clock';
import { OrderError, asError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { ApiCall, ApiOrderGate, ShownNames, ShownOrder, TradingConnection } from '../broker/connection-port.js';
import { cancelGlobally } from '../guards/global-cancel.js';
import type { RefusalLog } from '../guards/refusal-log.js';
import type { CancelDesk } from '../orders/cancel-desk.js';
import { cancelGateReasons, gateRefusal } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';
import type { OrderDesk } from '../orders/order-desk.js';
import type { OrderChange } from '../orders/order-ledger.js';
import type { OrderRegister } from '../orders/order-register.js';
import { isEnded } from '../orders/order-state.js';
import type { OrderState } from '../orders/order-state.js';
import { apiChanges } from './api-change.js';
import { API_CODES } from './api-codes.js';
import type { ApiIds } from './api-ids.js';
import type { ApiLines } from './api-lines.js';
import { apiRequest } from './api-request.js';
import type { ApiRequest } from './api-request.js';

/** What an {@link ApiDesk} is made from. */
export interface ApiDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly ids: ApiIds;
  readonly lines: ApiLines;
  readonly desk: OrderDesk;
  readonly cancels: CancelDesk;
  readonly refusals: RefusalLog;
  readonly facts: () => GateFacts;
  /** Takes back everything that still waits for its turn. */
  readonly takeBack: (reason: Error) => void;
}

type Placing = Extract<ApiCall, { readonly method: 'placeOrder' }>;
type Cancelling = Extract<ApiCall, { readonly method: 'cancelOrder' }>;

/**
 * The order calls of `connection.api` as orders of the ledger: checked, capped, written down and followed like every other. An id that is
 * known already makes a change of the order (TWS API: placeOrder).
 */
export class ApiDesk implements ApiOrderGate {
  readonly #options: ApiDeskOptions;

  constructor(options: ApiDeskOptions) {
    this.#options = options;
  }

  readonly decide = (call: ApiCall): void => {
    switch (call.method) {
      case 'placeOrder':
        this.#place(call);
        return;
      case 'cancelOrder':
        this.#cancel(call);
        return;
      case 'reqGlobalCancel':
        this.#cancelAll(call, call.message);
        return;
      case 'exerciseOptions':
        throw new OrderError({ code: 'IBKR_API_NOT_OFFERED', message: 'api.exerciseOptions is not offered: an exercise is no order, so nothing could be written down about it and nothing could be found out afterwards. Use TWS' });
    }
  };

  readonly shown = (names: ShownNames): ShownOrder | undefined => this.#options.ids.shown(names);

  readonly nextValidId = (promised: number): number => this.#options.ids.next(promised);

  /** What happens to an order of the face without a word of the broker is told there, too. */
  onChange({ before, after }: OrderChange): void {
    const { apiOrderId, status, reason = 'nobody answered' } = after;
    if (apiOrderId === undefined || before === undefined) return;
    const line = this.#options.lines.known(apiOrderId);
    if (status === 'unknown' && before.status !== 'unknown') {
      const message = `Nobody knows what became of the order: ${reason}. It may be working. It is looked for, and must not be placed again`;
      line?.report(new OrderError({ code: 'IBKR_ORDER_OUTCOME_UNKNOWN', message, details: { orderId: apiOrderId } }), API_CODES.outcomeUnknown);
    }
    if (status === 'absent' && before.status !== 'absent') {
      line?.report(new OrderError({ code: 'IBKR_ORDER_ABSENT', message: 'The order never arrived: two complete lists of the broker do not have it', details: { orderId: apiOrderId } }), API_CODES.orderNotSent);
    }
    if (after.change?.status === 'unknown' && before.change?.status !== 'unknown') {
      const message = `Nobody knows whether the change of the order arrived: ${after.change.reason ?? reason}. The next complete sweep tells`;
      line?.report(new OrderError({ code: 'IBKR_ORDER_OUTCOME_UNKNOWN', message, details: { orderId: apiOrderId } }), API_CODES.outcomeUnknown);
    }
    if (isEnded(status)) this.#options.lines.forget(apiOrderId);
  }

  #place(call: Placing): void {
    const { ids, lines, refusals, connection, clock } = this.#options;
    const { orderId, message, report } = call;
    const key = `api-${connection.session?.clientId ?? 0}-${orderId}`;
    try {
      const known = ids.placed(orderId);
      const isChange = lines.isPlacing(orderId) || (known !== undefined && known.status !== 'unsent');
      const asked = apiRequest(message, { nowMs: connection.serverNow?.() ?? clock.now(), isChange });
      if (isChange) {
        this.#change(call, asked, known);
        return;
      }
      if (known === undefined) this.#claim(call);
      const { desk } = this.#options;
      // An attempt that never left may be tried again with other terms: the id says which order is meant.
      const request = { ...asked.request, key, requestHash: key };
      lines.place(orderId, report, (signal) => desk.placeAll([{ request, apiOrderId: orderId }], signal));
    } catch (error) {
      refusals.note({ what: 'place', key, request: message }, error);
      throw error;
    }
  }

  #claim({ orderId, report }: Placing): void {
    try {
      this.#options.ids.claim(orderId);
    } catch (error) {
      if (error instanceof OrderError) report(error, API_CODES.duplicateId);
      throw error;
    }
  }

  /** @param known absent while the order is on its way into the journal */
  #change({ orderId, report }: Placing, asked: ApiRequest, known: OrderState | undefined): void {
    const { lines, desk } = this.#options;
    if (known !== undefined) {
      if (isEnded(known.status)) refuseEnded(known, report);
      try {
        apiChanges(known, asked);
      } catch (error) {
        if (error instanceof Error) report(error, API_CODES.notChangeable);
        throw error;
      }
      const reasons = desk.openReasons({ account: known.account, accountNamed: true, request: asked.staged });
      if (reasons.length > 0) throw gateRefusal(reasons, 'order');
    }
    lines.change(orderId, report, asked);
  }

  #cancel({ orderId, message, report }: Cancelling): void {
    const { ids, lines, cancels, facts } = this.#options;
    const reasons = cancelGateReasons(facts());
    if (lines.takeBack(orderId, report)) return;
    const order = ids.called(orderId);
    if (order === undefined) {
      const error = new OrderError({
        code: 'IBKR_ORDER_NOT_FOUND',
        message: `There is no order of ours with the id ${orderId}: orders of other clients, and of other journals, are cancelled in TWS, or all together by api.reqGlobalCancel()`,
        details: { orderId },
      });
      report(error, API_CODES.cancelNotFound);
      throw error;
    }
    if (isEnded(order.status)) {
      report(new OrderError({ code: 'IBKR_ORDER_ENDED', message: `The order is over (${order.status}): there is nothing to cancel`, details: { orderId } }), API_CODES.cancelTooLate);
      return;
    }
    if (reasons.length > 0) throw gateRefusal(reasons, 'cancel');
    cancels.cancel(order.intentId, tagsOf(message)).catch((error: unknown) => {
      report(asError(error), API_CODES.cancelNotSent);
    });
  }

  /** What waits is taken back first: it would go out behind the cancel and stay. */
  #cancelAll({ report }: ApiCall, { extOperator, manualOrderIndicator }: ClientMessageOf<'reqGlobalCancel'>): void {
    const { lines, takeBack, clock, connection, register, facts } = this.#options;
    const reasons = cancelGateReasons(facts());
    if (reasons.length > 0) throw gateRefusal(reasons, 'cancel');
    lines.takeBackAll();
    takeBack(new OrderError({ code: 'IBKR_ORDER_TAKEN_BACK', message: 'Everything was cancelled before it was sent (api.reqGlobalCancel)' }));
    cancelGlobally({ clock, connection, register, facts, tags: { extOperator, manualOrderIndicator } }, 'api.reqGlobalCancel').catch((error: unknown) => {
      report(asError(error), API_CODES.globalCancelNotSent);
    });
  }
}

function refuseEnded({ status, apiOrderId }: OrderState, report: ApiCall['report']): never {
  const error = new OrderError({
    code: 'IBKR_ORDER_NOT_CHANGEABLE',
    message: `The order is over (${status}) and cannot be changed; a new order needs a new id: api.reqIds() tells the next one. Nothing was sent`,
    details: { orderId: apiOrderId, status },
  });
  report(error, status === 'filled' ? API_CODES.filled : API_CODES.duplicateId);
  throw error;
}

function tagsOf({ manualCancelOrderTime, extOperator, manualOrderIndicator }: ClientMessageOf<'cancelOrder'>): Parameters<CancelDesk['cancel']>[1] {
  const indicator = manualOrderIndicator === 0 || manualOrderIndicator === 1 ? manualOrderIndicator : undefined;
  return { manualOrderTime: manualCancelOrderTime, extOperator, manualOrderIndicator: indicator };
}
