import { systemClock } from '@ibkit/clock';
import { BroadcastChannel, isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { isWatchData } from './thread/messages.js';
import type { WatchData } from './thread/messages.js';
import { OutsideWatch } from './thread/outside-watch.js';

/**
 * Watches the loop that started this thread, until the thread is terminated. Called by the thread that a `HeartbeatMonitor` of mode `thread` starts;
 * loading this file elsewhere does nothing.
 */
export function runHeartbeatWorker(data: WatchData, port: MessagePort): void {
  const channel = data.stallChannel === undefined ? undefined : new BroadcastChannel(data.stallChannel);
  new OutsideWatch(data, {
    clock: systemClock(),
    tell: (message) => {
      port.postMessage(message);
    },
    report: (report) => {
      channel?.postMessage(report);
    },
  });
}

if (!isMainThread && parentPort !== null && isWatchData(workerData)) runHeartbeatWorker(workerData, parentPort);
