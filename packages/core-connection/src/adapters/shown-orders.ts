import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import type { HotMessage } from '@ibkit/wire';
import type { ApiOrderDesk, ApiOrderNames } from './order-calls.js';

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Made by hand in TWS, not acknowledged yet: no permanent id at all. */
function permIdIn(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 ? String(value) : undefined;
}

/**
 * Puts the names that the users of the face know into events about orders: the id that they placed an order with and their own reference,
 * where a trading layer sent it under others. Without such a layer nothing is touched.
 */
export class ShownOrders {
  readonly #desk: () => ApiOrderDesk | undefined;

  constructor(desk: () => ApiOrderDesk | undefined) {
    this.#desk = desk;
  }

  /** A message of the fast path. */
  message(message: HotMessage): HotMessage {
    // The path of every tick.
    if (message.type !== 'orderStatus' && message.type !== 'errMsg') return message;
    const desk = this.#desk();
    if (desk === undefined) return message;
    if (message.type === 'orderStatus') {
      const { orderId, clientId, permId } = message;
      const shown = desk.shown({ orderId, clientId, permId: permId === '0' ? undefined : permId });
      return shown === undefined || shown.orderId === orderId ? message : { ...message, orderId: shown.orderId };
    }
    return { ...message, id: this.noticeId(message.id, message.code) };
  }

  /** The id of a notice. */
  noticeId(id: number, code: number): number {
    return id > 0 ? (this.#desk()?.shown({ orderId: id, noticeCode: code })?.orderId ?? id) : id;
  }

  /** The arguments of an event. Changes the objects in them, which nobody else has seen yet. */
  args(name: EventName, args: readonly unknown[]): readonly unknown[] {
    const desk = this.#desk();
    if (desk === undefined) return args;
    switch (name) {
      case EventName.nextValidId:
        return typeof args[0] === 'number' ? [desk.nextValidId(args[0])] : args;
      case EventName.orderStatus: {
        const shown = desk.shown({ orderId: numberIn(args[0]), permId: permIdIn(args[5]), clientId: numberIn(args[8]) });
        return shown === undefined ? args : args.with(0, shown.orderId);
      }
      case EventName.openOrder: {
        const orderId = rename(args[2], desk, numberIn(args[0]));
        return orderId === undefined ? args : args.with(0, orderId);
      }
      case EventName.completedOrder:
        rename(args[1], desk);
        return args;
      case EventName.execDetails:
        rename(args[2], desk);
        return args;
      default:
        return args;
    }
  }
}

/** Renames an order, or an execution, which has the same names. Gives back the id that it has now, when it has another. */
function rename(named: unknown, desk: ApiOrderDesk, orderId?: number): number | undefined {
  if (!isObject(named)) return undefined;
  const names: ApiOrderNames = {
    orderId: orderId ?? numberIn(named['orderId']),
    clientId: numberIn(named['clientId']),
    permId: permIdIn(named['permId']),
    orderRef: textIn(named['orderRef']),
  };
  const shown = desk.shown(names);
  if (shown === undefined) return undefined;
  // A completed order has no id.
  if (names.orderId !== undefined) named['orderId'] = shown.orderId;
  named['orderRef'] = shown.orderRef;
  return shown.orderId;
}
