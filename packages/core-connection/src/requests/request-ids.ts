import type { ServerMessage } from '@ibkit/wire';

/**
 * The first request id of our own. Order ids, and the request ids that users of `api` choose, live below it: TWS reports errors of
 * both with one id field, so the ranges must not touch.
 */
export const FIRST_INTERNAL_REQUEST_ID = 100_000_000;

/** TWS reads ids as signed 32-bit numbers. */
const LAST_REQUEST_ID = 2_147_483_646;

/** Request ids that are never used twice. */
export class RequestIds {
  #next: number;

  constructor(first: number = FIRST_INTERNAL_REQUEST_ID) {
    this.#next = first;
  }

  next(): number {
    const id = this.#next;
    // Two thousand million requests later the first ones are long answered.
    this.#next = id >= LAST_REQUEST_ID ? FIRST_INTERNAL_REQUEST_ID : id + 1;
    return id;
  }
}

/** Any message, as far as its request id goes. Reading a field that a message lacks is cheaper than asking whether it has one. */
interface Keyed {
  readonly type: string;
  readonly reqId?: unknown;
}

/** The request id that a message carries, or the id of a notice; orders' own ids are not request ids. */
export function requestIdOf(message: ServerMessage): number | undefined {
  return message.type === 'errMsg' ? message.id : answeredId(message);
}

/** The request id that an answer carries; for whoever knows already that the message is no notice. */
export function answeredId(message: ServerMessage): number | undefined {
  const { reqId }: Keyed = message;
  return typeof reqId === 'number' ? reqId : undefined;
}
