import { connect } from 'node:net';
import { onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';

/** Whether something listens on a port, and from which of our addresses it was reached. */
export interface PortLook {
  readonly listens: boolean;
  readonly ourAddress?: string | undefined;
}

/** Opens a bare TCP link and hangs up; nothing is said on it. Never rejects, and leaves nothing behind. */
export function lookAtPort(options: { readonly host: string; readonly port: number; readonly clock: Clock; readonly limitMs: number; readonly signal?: AbortSignal | undefined }): Promise<PortLook> {
  const { host, port, clock, limitMs, signal } = options;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (look: PortLook): void => {
      timer.cancel();
      stopWatching?.();
      socket.destroy();
      resolve(look);
    };
    const giveUp = (): void => {
      settle({ listens: false });
    };
    const timer = clock.setTimer(limitMs, giveUp);
    const stopWatching = signal === undefined ? undefined : onAbort(signal, giveUp);
    socket.on('connect', () => {
      settle({ listens: true, ourAddress: socket.localAddress });
    });
    // Stays attached: a late error must not become an uncaught exception.
    socket.on('error', giveUp);
    if (signal?.aborted === true) giveUp();
  });
}
