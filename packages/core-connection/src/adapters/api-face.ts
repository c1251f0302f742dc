import { IBApi } from '@stoqey/ib/dist/api/api.js';
import type { Contract, OptionExerciseAction, Order, OrderCancel } from '@stoqey/ib';
import { GateRefusedError, SystemError, UsageError, asError } from '@ibkit/error-codes';
import { createTextCodec, encodeFields } from '@ibkit/wire';
import type { ClientMessage, ClientMessageOf, TextCodec } from '@ibkit/wire';
import { CONTROLLER_NAMES } from './api-controller.js';
import type { ApiController } from './api-controller.js';
import type { ApiOwner } from './api-owner.js';
import { checkNothingLost, checkSendable } from './given-fields.js';
import type { ApiOrderCall, ApiOrderDesk, ApiOrderGate } from './order-calls.js';

/** The version of `@stoqey/ib` that this folder was written against. */
export const STOQEY_VERSION = '1.6.10';

/** `@stoqey/ib`: the ErrorCode values of calls that were not sent. */
const NO_VALID_ID = -1;
const NOT_CONNECTED = 504;
const FAIL_SEND: Readonly<Record<ApiOrderCall['method'], number>> = { placeOrder: 512, cancelOrder: 515, reqGlobalCancel: 538, exerciseOptions: 512 };

/** Tells the users of a face about an error. */
export type TellError = (error: Error, code: number, id: number) => void;

/** A true `IBApi` whose controller is ours and whose order calls ask a gate first. What is refused is told by an event and thrown, too. */
export class ApiFace extends IBApi {
  readonly #owner: ApiOwner;
  readonly #controller: ApiController;
  readonly #tellError: TellError;
  #gate: ApiOrderGate | undefined;
  /** That of the present session. */
  #codec: { readonly serverVersion: number; readonly codec: TextCodec } | undefined;

  constructor(owner: ApiOwner, controller: ApiController, tellError: TellError) {
    // All four are given on purpose: for what is missing the library reads .env files and the environment.
    super({ host: owner.host, port: owner.port, clientId: owner.clientId, maxReqPerSec: 1000 });
    this.#owner = owner;
    this.#controller = controller;
    this.#tellError = tellError;
    assertReplaceable(Reflect.get(this, 'controller'));
    Reflect.set(this, 'controller', controller);
  }

  /** What names orders on this face, when somebody does. */
  get desk(): ApiOrderDesk | undefined {
    return typeof this.#gate === 'object' ? this.#gate : undefined;
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
    const transmit = (): void => void super.placeOrder(id, contract, order);
    return this.#decide('placeOrder', id, (report) => {
      checkSendable({ contract, order });
      const message = this.#message('placeOrder', transmit);
      checkNothingLost({ contract, order }, message);
      return { method: 'placeOrder', orderId: id, contract, order, message, transmit, report };
    });
  }

  override cancelOrder(orderId: number, orderCancelParam?: string | OrderCancel): this {
    const transmit = (): void => void super.cancelOrder(orderId, orderCancelParam);
    return this.#decide('cancelOrder', orderId, (report) => {
      return { method: 'cancelOrder', orderId, orderCancel: orderCancelParam, message: this.#message('cancelOrder', transmit), transmit, report };
    });
  }

  override reqGlobalCancel(orderCancel?: OrderCancel): this {
    const transmit = (): void => void super.reqGlobalCancel(orderCancel);
    return this.#decide('reqGlobalCancel', NO_VALID_ID, (report) => {
      return { method: 'reqGlobalCancel', orderCancel, message: this.#message('reqGlobalCancel', transmit), transmit, report };
    });
  }

  override exerciseOptions(reqId: number, contract: Contract, exerciseAction: OptionExerciseAction, exerciseQuantity: number, account: string, override: number): this {
    const transmit = (): void => void super.exerciseOptions(reqId, contract, exerciseAction, exerciseQuantity, account, override);
    return this.#decide('exerciseOptions', reqId, (report) => {
      return { method: 'exerciseOptions', requestId: reqId, contract, action: exerciseAction, quantity: exerciseQuantity, account, override, transmit, report };
    });
  }

  /** Asks the gate about a call. Whatever is thrown on the way was told as an event before. */
  #decide(method: ApiOrderCall['method'], id: number, callOf: (report: ApiOrderCall['report']) => ApiOrderCall): this {
    const told = new Set<unknown>();
    const report = (error: Error, code: number): void => {
      told.add(error);
      this.#tellError(error, code, id);
    };
    try {
      if (this.#owner.session() === undefined) {
        const error = this.#owner.notConnected(`api.${method}`);
        report(error, NOT_CONNECTED);
        throw error;
      }
      this.#ask(method, () => callOf(report));
    } catch (error) {
      if (!told.has(error)) report(asError(error), FAIL_SEND[method]);
      throw error;
    }
    return this;
  }

  #ask(method: ApiOrderCall['method'], callOf: () => ApiOrderCall): void {
    const gate = this.#gate;
    if (gate === undefined) {
      throw new GateRefusedError({
        reasons: [
          `api.${method} needs a trading layer: new Trading({ connection, apiOrders: true }) of @ibkit/gateway-trading, started, journals orders before they are sent`,
        ],
      });
    }
    const decide = typeof gate === 'object' ? gate.decide : gate;
    decide(callOf());
  }

  /** What the library would send for a call, read back. */
  #message<K extends 'placeOrder' | 'cancelOrder' | 'reqGlobalCancel'>(type: K, transmit: () => void): ClientMessageOf<K> {
    const fields = this.#controller.capture(transmit);
    const { serverVersion } = this.#controller;
    if (this.#codec?.serverVersion !== serverVersion) this.#codec = { serverVersion, codec: createTextCodec({ serverVersion }) };
    const decoded = this.#codec.codec.decodeClient(encodeFields(fields));
    if (decoded.ok && isOfType(decoded.message, type)) return decoded.message;
    const field = decoded.ok ? type : (decoded.failure.field ?? type);
    throw new UsageError({ code: 'IBKR_ORDER_INVALID', field, rule: decoded.ok ? 'is another message' : `cannot be read back from what @stoqey/ib writes: ${decoded.failure.reason}` });
  }
}

function isOfType<K extends ClientMessage['type']>(message: ClientMessage, type: K): message is ClientMessageOf<K> {
  return message.type === type;
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
