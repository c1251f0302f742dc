import type { ClientMessage } from '@ibkit/wire';
import type { SessionPort } from '../connection-port.js';

type MessageListener = (message: ClientMessage, session: SessionPort) => void;
type OrderListener = (orderId: number) => void;

/** Who is told what was handed to the socket. A fault of one reaches neither the others nor the sender. */
export class SentListeners {
  readonly #onFault: (where: string, error: unknown) => void;
  #messages: readonly MessageListener[] = [];
  #orders: readonly OrderListener[] = [];

  constructor(onFault: (where: string, error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Tells `listener` every typed message until the returned function is called. */
  onMessage(listener: MessageListener): () => void {
    const own: MessageListener = (message, session) => {
      listener(message, session);
    };
    this.#messages = [...this.#messages, own];
    return () => {
      this.#messages = this.#messages.filter((other) => other !== own);
    };
  }

  /** Tells `listener` the id of every order until the returned function is called. */
  onOrder(listener: OrderListener): () => void {
    const own: OrderListener = (orderId) => {
      listener(orderId);
    };
    this.#orders = [...this.#orders, own];
    return () => {
      this.#orders = this.#orders.filter((other) => other !== own);
    };
  }

  /** A typed message was handed to the socket. */
  message(message: ClientMessage, session: SessionPort): void {
    for (const listener of this.#messages) {
      try {
        listener(message, session);
      } catch (error) {
        this.#onFault('A listener of sent messages', error);
      }
    }
    if (message.type === 'placeOrder') this.order(message.orderId);
  }

  /** An order was handed to the socket, as a message or as bytes. */
  order(orderId: number): void {
    for (const listener of this.#orders) {
      try {
        listener(orderId);
      } catch (error) {
        this.#onFault('A listener of sent orders', error);
      }
    }
  }
}
