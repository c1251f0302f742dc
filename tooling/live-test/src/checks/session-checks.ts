import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { holds } from '../check.js';
import type { Check, CheckContext } from '../check.js';

async function serverTime({ connection }: CheckContext): Promise<number> {
  return await connection.request<number>({
    name: 'server time',
    unkeyed: true,
    timeoutMs: 10_000,
    build: () => ({ type: 'reqCurrentTime' }),
    receive: (message, reply) => {
      if (message.type === 'currentTime') reply.resolve(message.time);
    },
  });
}

/** Asks for the next order id. */
export async function nextOrderId({ connection }: CheckContext): Promise<number> {
  return await connection.request<number>({
    name: 'next order id',
    unkeyed: true,
    timeoutMs: 10_000,
    build: () => ({ type: 'reqIds', count: 1 }),
    receive: (message, reply) => {
      if (message.type === 'nextValidId') reply.resolve(message.orderId);
    },
  });
}

/** Checks of the session itself. */
export function sessionChecks(): readonly Check[] {
  return [
    {
      id: 'handshake',
      proves: 'The gateway takes our version range, and becomes ready with nextValidId and managedAccounts.',
      notInSimulator: 'the server version, the order of the first messages and the form of the connection time are the simulator\'s',
      run: (context) => {
        const { connection, greeting, observe } = context;
        const { serverVersion, serverConnectionTime } = connection.getStatus();
        holds(serverVersion !== undefined && serverVersion >= 157, `the server version is ${serverVersion ?? 'unknown'}`);
        observe('serverVersion', serverVersion ?? 0);
        observe('connectionTime', (serverConnectionTime ?? '').replaceAll(/\d/gu, '9'));
        observe('firstMessages', greeting.map((message) => (message.type === 'errMsg' ? `errMsg ${message.code}` : message.type)).join(' '));
        const accounts = greeting.find((message) => message.type === 'managedAccounts');
        observe('accountsListEndsInComma', accounts?.accountsList.endsWith(',') === true);
        return Promise.resolve();
      },
    },
    {
      id: 'paper-account',
      proves: 'The accounts of the session are paper accounts by the gateway\'s own list.',
      notInSimulator: 'its accounts are made up',
      run: ({ auth, observe }) => {
        holds(auth.proof === 'proven', 'the accounts are not proven to be paper accounts');
        observe('accounts', auth.accounts.length);
        observe('advisor', auth.accounts.some(({ advisor }) => advisor));
        return Promise.resolve();
      },
    },
    {
      id: 'server-time',
      proves: 'Requests for the time are answered at once: what liveness rests on.',
      run: async (context) => {
        const { clock, observe } = context;
        let slowestMs = 0;
        for (let round = 0; round < 5; round += 1) {
          const startMs = clock.monotonic();
          const seconds = await serverTime(context);
          slowestMs = Math.max(slowestMs, clock.monotonic() - startMs);
          holds(Math.abs(seconds * 1_000 - clock.now()) < 86_400_000, 'the gateway\'s time is more than a day away from ours');
        }
        observe('slowestAnswerMs', Math.round(slowestMs));
        observe('offsetMs', Math.round(context.connection.getStatus().serverOffsetMs ?? 0));
      },
    },
    {
      id: 'client-id-in-use',
      proves: 'A second session with our client id is refused with 326, and ours lives on.',
      run: async (context) => {
        const { settings, connection } = context;
        await using second = new ConnectionManager({ host: settings.host, port: settings.port, clientId: settings.clientId });
        const error: unknown = await second.connect({ retryCount: 0, timeoutMs: 20_000 }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        holds(isIbkrError(error) && error.code === 'IBKR_CONNECT_CLIENT_ID_IN_USE', `it was not refused with 326 but with ${isIbkrError(error) ? error.code : 'nothing'}`);
        await serverTime(context);
        holds(connection.isConnected(), 'our own session ended');
      },
    },
    {
      id: 'second-client',
      proves: 'A second session with another client id works beside ours.',
      run: async ({ settings }) => {
        await using second = new ConnectionManager({ host: settings.host, port: settings.port, clientId: settings.clientId + 1 });
        await second.connect({ retryCount: 0, timeoutMs: 20_000 });
        holds(second.nextOrderIdFloor >= 1, 'it got no order id');
      },
    },
    {
      id: 'unknown-request',
      proves: 'A cancel of a request that does not exist harms nothing.',
      run: async (context) => {
        const codes: number[] = [];
        const stop = context.connection.events.on('notice.received', ({ id, code }) => {
          if (id === 99_999_999) codes.push(code);
        });
        await context.connection.session?.send({ type: 'cancelMktData', reqId: 99_999_999 });
        await serverTime(context);
        stop();
        context.observe('noticeCodes', codes.join(' '));
        holds(context.connection.isConnected(), 'the session ended');
      },
    },
    {
      id: 'steady-order-id',
      proves: 'The next order id stays the same until an order is placed.',
      run: async (context) => {
        const [first, second] = [await nextOrderId(context), await nextOrderId(context)];
        holds(first === second, `it went from ${first} to ${second}`);
      },
    },
    {
      id: 'reconnect',
      proves: 'A new session with the same client id is ready at once after ours has ended.',
      notInSimulator: 'how long a real gateway needs to forget a client id is not known',
      run: async ({ connection, clock, observe }) => {
        const codes: string[] = [];
        const stop = connection.events.on('connection.retryScheduled', ({ error }) => codes.push(error.code));
        const { clientId } = connection.getStatus();
        const startMs = clock.monotonic();
        holds(await connection.reconnect({ timeoutMs: 60_000 }), 'no new session was ready within a minute');
        stop();
        observe('readyAfterMs', Math.round(clock.monotonic() - startMs));
        observe('failuresBetween', codes.join(' '));
        holds(connection.getStatus().clientId === clientId, 'the client id changed');
      },
    },
  ];
}
