import { Encoder } from '@stoqey/ib/dist/core/io/encoder.js';
import { UsageError } from '@ibkit/error-codes';
import { encodeFields, encodeFrame } from '@ibkit/wire';
import type { ApiOwner } from './api-owner.js';
import { fieldsOf, laneOf, orderIdOf } from './outgoing-tokens.js';

/** The names by which `IBApi` uses its private controller; nothing else of it is touched. */
export const CONTROLLER_NAMES = ['schedule', 'encoder', 'connect', 'disconnect', 'connected', 'serverVersion', 'disableUseV100Plus'] as const;

/** `@stoqey/ib`: ErrorCode values that are made locally, and its id for "no request". */
const ALREADY_CONNECTED = 501;
const NOT_CONNECTED = 504;
const FAIL_SEND = 509;
const NO_VALID_ID = -1;

/** Where the controller tells what it did. */
export interface ControllerOutput {
  readonly sent: (fields: readonly string[]) => void;
  readonly error: (message: string, code: number, reqId: number) => void;
  readonly info: (message: string, code: number) => void;
}

/** Stands in for the library's private controller: exactly the {@link CONTROLLER_NAMES}. */
export class ApiController {
  readonly encoder: Encoder;
  readonly #owner: ApiOwner;
  readonly #output: ControllerOutput;
  /** Where fields and complaints go while a call is only looked at. */
  #captured: { fields: readonly string[] | undefined; complaint: string | undefined } | undefined;

  constructor(owner: ApiOwner, output: ControllerOutput) {
    this.#owner = owner;
    this.#output = output;
    this.encoder = new Encoder({
      get serverVersion(): number {
        return owner.session()?.serverVersion ?? 0;
      },
      sendMsg: (...tokens) => {
        this.#send(tokens);
      },
      emitError: (message, code, reqId) => {
        if (this.#captured === undefined) output.error(message, code, reqId);
        else this.#captured.complaint ??= message;
      },
    });
  }

  get connected(): boolean {
    return this.#owner.session() !== undefined;
  }

  get serverVersion(): number {
    return this.#owner.session()?.serverVersion ?? 0;
  }

  /** Runs an encoder call now; nothing is kept for later. */
  schedule(call: () => void): void {
    if (this.#owner.session() === undefined) throw this.#owner.notConnected('A call on api');
    call();
  }

  /**
   * The fields that a call would send, without sending them.
   * @throws {@link UsageError} with the encoder's words, when it refuses the call at this server version; for values that TWS would misread.
   */
  capture(call: () => void): readonly string[] {
    const captured: { fields: readonly string[] | undefined; complaint: string | undefined } = { fields: undefined, complaint: undefined };
    this.#captured = captured;
    try {
      call();
    } finally {
      this.#captured = undefined;
    }
    const { fields, complaint } = captured;
    if (fields === undefined || complaint !== undefined) {
      throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order', rule: complaint ?? 'cannot be encoded', message: `The gateway is too old for this order: ${complaint ?? 'it cannot be encoded'} Nothing was sent.` });
    }
    return fields;
  }

  connect(clientId?: number): void {
    if (clientId !== undefined && clientId !== this.#owner.clientId) {
      throw new UsageError({
        field: 'clientId',
        value: clientId,
        rule: `must be ${this.#owner.clientId}: the client id belongs to the connection and never changes; make another ConnectionManager for another id`,
      });
    }
    if (this.connected) this.#output.info('Cannot connect if already connected.', ALREADY_CONNECTED);
    else this.#owner.connect();
  }

  disconnect(): void {
    if (this.connected) this.#owner.disconnect();
    else this.#output.info('Cannot disconnect if already disconnected.', NOT_CONNECTED);
  }

  disableUseV100Plus(): never {
    throw new UsageError({ field: 'disableUseV100Plus', rule: 'is not possible: ibkit speaks the V100+ protocol only' });
  }

  #send(tokens: readonly unknown[]): void {
    const session = this.#owner.session();
    if (session === undefined) throw this.#owner.notConnected('A call on api');
    const fields = fieldsOf(tokens);
    if (this.#captured !== undefined) {
      this.#captured.fields = fields;
      return;
    }
    const frame = encodeFrame(encodeFields(fields));
    const lane = laneOf(Number(fields[0]));
    if (session.trySendFrame(frame, lane)) {
      this.#sent(fields);
      return;
    }
    session.sendFrame(frame, `api message ${fields[0] ?? ''}`, { lane }).then(
      () => {
        this.#sent(fields);
      },
      (error: unknown) => {
        this.#output.error(error instanceof Error ? error.message : String(error), FAIL_SEND, NO_VALID_ID);
      },
    );
  }

  #sent(fields: readonly string[]): void {
    const orderId = orderIdOf(fields);
    if (orderId !== undefined) this.#owner.orderSent(orderId);
    this.#output.sent(fields);
  }
}
