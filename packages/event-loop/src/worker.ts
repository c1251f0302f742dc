import { systemClock } from '@ibkit/clock';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { isSessionThreadData } from './session/session-protocol.js';
import type { HostMessage, SessionThreadData } from './session/session-protocol.js';
import { SessionRunner } from './session/session-runner.js';

/**
 * Hosts a session module in this thread, for the host at the other end of the port. Called by the thread that an `IbkrEventLoop` with a session
 * starts; loading this file elsewhere does nothing.
 */
export function runSessionWorker(data: SessionThreadData, port: MessagePort): void {
  const runner = new SessionRunner(data, {
    clock: systemClock(),
    post: (message) => {
      port.postMessage(message);
    },
    load: (module) => import(module) as Promise<unknown>,
  });
  port.on('message', (message: HostMessage) => {
    runner.receive(message);
  });
}

if (!isMainThread && parentPort !== null && isSessionThreadData(workerData)) runSessionWorker(workerData, parentPort);
