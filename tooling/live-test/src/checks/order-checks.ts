import type { OrderHandle } from '@ibkit/gateway-trading';
import type { ServerMessage } from '@ibkit/wire';
import { holds } from '../check.js';
import type { Check, CheckContext } from '../check.js';
import { nextOrderId } from './session-checks.js';

const ACK = { timeoutMs: 20_000 } as const;
const VERDICT = { timeoutMs: 30_000 } as const;

function place({ trading, settings, auth }: CheckContext): Promise<OrderHandle> {
  return trading.place({
    contract: { symbol: settings.symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
    action: 'BUY',
    quantity: 1,
    orderType: 'LMT',
    limitPrice: settings.limitPrice,
    tif: 'DAY',
    account: auth.accounts.find(({ advisor }) => !advisor)?.id,
  });
}

/** Everything that is said while `work` runs. */
async function listening<T>({ connection }: CheckContext, work: () => Promise<T>): Promise<{ readonly result: T; readonly said: readonly ServerMessage[] }> {
  const said: ServerMessage[] = [];
  const stop = connection.onMessage((message) => {
    said.push(message);
  });
  try {
    return { result: await work(), said };
  } finally {
    stop();
  }
}

async function completedRefs({ connection }: CheckContext): Promise<ReadonlyMap<string, string | undefined>> {
  const refs = new Map<string, string | undefined>();
  return await connection.request({
    name: 'completed orders',
    unkeyed: true,
    timeoutMs: 20_000,
    build: () => ({ type: 'reqCompletedOrders', apiOnly: true }),
    receive: (message, reply) => {
      if (message.type === 'completedOrder') refs.set(String(message.order.permId), message.order.orderRef);
      else if (message.type === 'completedOrderEnd') reply.resolve(refs);
    },
  });
}

async function toVerdict(context: CheckContext, order: OrderHandle): Promise<void> {
  await context.trading.cancel(order);
  const { status, filledQuantity } = await order.done(VERDICT);
  holds(status === 'cancelled' && filledQuantity === 0, `the order ended as ${status}`);
}

/** Checks that place an order far from the market and cancel it again. */
export function orderChecks(): readonly Check[] {
  return [
    {
      id: 'order-and-cancel',
      orders: true,
      proves: 'An order far from the market is acknowledged, works, and is cancelled, each with the broker\'s word.',
      notInSimulator: 'the sequence of statuses, the number of repeats and the times are the simulator\'s',
      run: async (context) => {
        const { clock, observe } = context;
        const { result: order, said } = await listening(context, async () => {
          const startMs = clock.monotonic();
          const placed = await place(context);
          const { status, reason } = await placed.acknowledged(ACK);
          observe('acknowledgedAfterMs', Math.round(clock.monotonic() - startMs));
          holds(status === 'acked' || status === 'working', `the order is ${status}${reason === undefined ? '' : `: ${reason}`}`);
          await toVerdict(context, placed);
          return placed;
        });
        const ours = said.filter((message) => ('orderId' in message && message.orderId === order.orderId) || (message.type === 'errMsg' && message.id === order.orderId));
        const story = ours.map((message) => {
          if (message.type === 'orderStatus') return message.status;
          if (message.type === 'openOrder') return `openOrder(${message.orderState.status})`;
          return message.type === 'errMsg' ? `errMsg ${message.code}` : message.type;
        });
        observe('story', story.join(' '));
        const refs = ours.flatMap((message) => (message.type === 'openOrder' ? [message.order.orderRef] : []));
        observe('orderRefInEveryOpenOrder', refs.every((ref) => ref === order.state.orderRef));
        holds(order.state.permIds.length === 1, `the order has ${order.state.permIds.length} permanent ids`);
      },
    },
    {
      id: 'order-id-after-order',
      orders: true,
      proves: 'The next order id is above every id that was used.',
      run: async (context) => {
        const order = await place(context);
        await order.acknowledged(ACK);
        await toVerdict(context, order);
        const next = await nextOrderId(context);
        holds(next > order.orderId, `${next} is not above ${order.orderId}`);
        context.observe('step', next - order.orderId);
      },
    },
    {
      id: 'completed-order',
      orders: true,
      proves: 'A cancelled order is in the list of completed orders, under its permanent id.',
      notInSimulator: 'whether completed orders keep the order reference is not known',
      run: async (context) => {
        const order = await place(context);
        await order.acknowledged(ACK);
        await toVerdict(context, order);
        const refs = await completedRefs(context);
        const [permId = ''] = order.state.permIds;
        holds(refs.has(permId), 'it is not there');
        context.observe('orderRefKept', refs.get(permId) === order.state.orderRef);
      },
    },
    {
      id: 'order-over-reconnect',
      orders: true,
      proves: 'A working order outlives our session: after a reconnect it is the same order, and nothing was sent twice.',
      notInSimulator: 'what a real gateway tells by itself after a reconnect depends on its settings',
      run: async (context) => {
        const { connection, trading, observe } = context;
        const order = await place(context);
        await order.acknowledged(ACK);
        const before = order.state.permIds;
        const { said } = await listening(context, async () => {
          holds(await connection.reconnect({ timeoutMs: 60_000 }), 'no new session was ready within a minute');
          await trading.ready({ timeoutMs: 60_000 });
        });
        const { status, permIds } = order.state;
        const openOrdersBeforeReady = said.findIndex(({ type }) => type === 'nextValidId') > said.findIndex(({ type }) => type === 'openOrder') && said.some(({ type }) => type === 'openOrder');
        observe('openOrdersBeforeReadiness', openOrdersBeforeReady);
        holds(status === 'working' || status === 'acked', `the order is ${status}`);
        holds(permIds.join() === before.join(), 'it has another permanent id');
        await toVerdict(context, order);
      },
    },
  ];
}
