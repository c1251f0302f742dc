import type { Clock } from '@ibkit/clock';
import type { ConnectionManager } from '@ibkit/core-connection';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { Finding } from '../judge/judge.js';

/** What {@link SendGuard} asks about an order in the moment of its bytes. */
export interface SendGuardOptions {
  readonly clock: Clock;
  readonly connection: ConnectionManager;
  /** Whether it is written down. */
  readonly isJournalled: (orderRef: string) => boolean;
  /** Whether the caller has forbidden orders, or somebody else has the right by now. */
  readonly isForbidden: () => string | undefined;
}

const LINK_LOST: ReadonlySet<number> = new Set([1100, 2110]);
const LINK_BACK: ReadonlySet<number> = new Set([1101, 1102]);
/** The ends of the four lists that must have been read since the last disturbance. */
const ENDS = ['openOrderEnd', 'completedOrderEnd', 'execDetailsEnd', 'positionEnd'] as const;

/**
 * Looks at every order in the very tick in which its bytes go to the socket, with nothing but the messages of the wire to judge by: is it
 * written down, is the link up, have the lists been read since the link or the session changed?
 */
export class SendGuard {
  readonly #options: SendGuardOptions;
  readonly #findings: Finding[] = [];
  readonly #ends = new Set<string>();
  /** When orders left, by reference, monotonic milliseconds. */
  readonly #sentMs = new Map<string, number>();
  readonly #stop: readonly (() => void)[];
  #epoch = 0;
  #linkDown = false;

  constructor(options: SendGuardOptions) {
    this.#options = options;
    const { connection } = options;
    this.#stop = [
      connection.onMessage((message, { epoch }) => {
        this.#onMessage(message, epoch);
      }),
      connection.onSent((message, { epoch }) => {
        this.#onSent(message, epoch);
      }),
    ];
  }

  /** Whether the server said in this session that the broker is out of reach. */
  get linkDown(): boolean {
    return this.#linkDown;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** When an order left, monotonic milliseconds; undefined when it did not. */
  sentMs(orderRef: string): number | undefined {
    return this.#sentMs.get(orderRef);
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  #onMessage(message: ServerMessage, epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#linkDown = false;
      this.#ends.clear();
    }
    if (ENDS.some((end) => end === message.type)) this.#ends.add(message.type);
    if (message.type !== 'errMsg' || message.id > 0) return;
    if (!LINK_LOST.has(message.code) && !LINK_BACK.has(message.code)) return;
    this.#linkDown = LINK_LOST.has(message.code);
    this.#ends.clear();
  }

  #onSent(message: ClientMessage, epoch: number): void {
    if (message.type !== 'placeOrder') return;
    const orderRef = message.order.orderRef ?? '';
    const find = (kind: Finding['kind'], text: string): void => {
      this.#findings.push({ kind, key: orderRef, text: `order ${message.orderId}: ${text}` });
    };
    if (!this.#sentMs.has(orderRef)) this.#sentMs.set(orderRef, this.#options.clock.monotonic());
    if (!this.#options.isJournalled(orderRef)) find('not journalled', 'its bytes left before the journal had it');
    const forbidden = this.#options.isForbidden();
    if (forbidden !== undefined) find('gate closed', `its bytes left ${forbidden}`);
    if (this.#linkDown) find('gate closed', 'its bytes left while the link to the broker was down');
    const unread = ENDS.filter((end) => !this.#ends.has(end));
    if (epoch !== this.#epoch || unread.length > 0) find('gate closed', `its bytes left before ${unread.join(', ')} of this session came`);
  }
}
