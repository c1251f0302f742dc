import { ConnectionError } from '@ibkit/error-codes';
import type { OperationsConnection } from './options.js';

/** The error of a question that cannot be asked now. */
export function notConnectedError({ state }: Pick<OperationsConnection, 'state'>): ConnectionError {
  return new ConnectionError({
    code: 'IBKR_NOT_CONNECTED',
    message: `There is no connection to the gateway (${state}).`,
    retryable: true,
    tips: ['See /v1/status for the state of the connection, and /v1/diagnosis for what is wrong.'],
  });
}

/** Streams wait for a session; whoever asks once is told instead. @throws ConnectionError `IBKR_NOT_CONNECTED` */
export function assertConnected(connection: Pick<OperationsConnection, 'state' | 'isConnected'>): void {
  if (!connection.isConnected()) throw notConnectedError(connection);
}
