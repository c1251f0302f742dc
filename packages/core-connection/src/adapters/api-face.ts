import { IBApi } from '@stoqey/ib/dist/api/api.js';
import type { Contract, OptionExerciseAction, Order, OrderCancel } from '@stoqey/ib';
import { GateRefusedError, SystemError, UsageError } from '@ibkit/error-codes';
import { CONTROLLER_NAMES } from './api-controller.js';
import type { ApiController } from './api-controller.js';
import type { ApiOwner } from './api-owner.js';
import type { ApiOrderCall, ApiOrderGate } from './order-calls.js';

/** The version of `@stoqey/ib` that this folder was written against. */
export const STOQEY_VERSION = '1.6.10';

/** A true `IBApi` whose controller is ours and whose order calls ask a gate first. */
export class ApiFace extends IBApi {
  readonly #owner: ApiOwner;
  #gate: ApiOrderGate | undefined;

  constructor(owner: ApiOwner, controller: ApiController) {
    // All four are given on purpose: for what is missing the library reads .env files and the environment.
    super({ host: owner.host, port: owner.port, clientId: owner.clientId, maxReqPerSec: 1000 });
    this.#owner = owner;
    assertReplaceable(Reflect.get(this, 'controller'));
    Reflect.set(this, 'controller', controller);
  }

  attachOrderGate(gate: ApiOrderGate): () => void {
    if (this.#gate !== undefined) {
      throw new UsageError({ field: 'attachOrderGate', rule: 'may be called once at a time: another trading layer is attached already' });
    }
    this.#gate = gate;
    return () => {
      if (this.#gate === gate) this.#gate = undefined;
    };
  }

  override placeOrder(id: number, contract: Contract, order: Order): this {
    return this.#decide({ method: 'placeOrder', orderId: id, contract, order, transmit: () => void super.placeOrder(id, contract, order) });
  }

  override cancelOrder(orderId: number, orderCancelParam?: string | OrderCancel): this {
    const transmit = (): void => void super.cancelOrder(orderId, orderCancelParam);
    return this.#decide({ method: 'cancelOrder', orderId, orderCancel: orderCancelParam, transmit });
  }

  override reqGlobalCancel(orderCancel?: OrderCancel): this {
    return this.#decide({ method: 'reqGlobalCancel', orderCancel, transmit: () => void super.reqGlobalCancel(orderCancel) });
  }

  override exerciseOptions(reqId: number, contract: Contract, exerciseAction: OptionExerciseAction, exerciseQuantity: number, account: string, override: number): this {
    return this.#decide({
      method: 'exerciseOptions',
      requestId: reqId,
      contract,
      action: exerciseAction,
      quantity: exerciseQuantity,
      account,
      override,
      transmit: () => void super.exerciseOptions(reqId, contract, exerciseAction, exerciseQuantity, account, override),
    });
  }

  #decide(call: ApiOrderCall): this {
    if (this.#owner.session() === undefined) throw this.#owner.notConnected(`api.${call.method}`);
    if (this.#gate === undefined) {
      throw new GateRefusedError({
        reasons: [`api.${call.method} needs a trading layer: attach Trading of @ibkit/gateway-trading to this connection, which journals orders before they are sent`],
      });
    }
    this.#gate(call);
    return this;
  }
}

/** Fails loudly when a version of the library has another inside than the one this file knows. */
function assertReplaceable(controller: unknown): void {
  const missing =
    typeof controller === 'object' && controller !== null ? CONTROLLER_NAMES.filter((name) => !(name in controller)) : CONTROLLER_NAMES;
  if (missing.length === 0) return;
  throw new SystemError({
    code: 'IBKR_API_LIBRARY_CHANGED',
    message: `@stoqey/ib is not the version that ibkit was built for (${STOQEY_VERSION}): its controller lacks ${missing.join(', ')}. Install exactly ${STOQEY_VERSION}.`,
  });
}
