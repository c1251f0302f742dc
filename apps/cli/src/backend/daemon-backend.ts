import type { TopicKindName } from '@ibkit/api-contract';
import { DaemonClient, DaemonStream } from '@ibkit/websocket-provider';
import type { TopicEvent as StreamEvent } from '@ibkit/websocket-provider';
import type { CommandContext } from '../config/globals.js';
import type { Backend } from './backend.js';
import type { DaemonAddress } from './daemon-address.js';
import type { FollowOptions, TopicEvent } from './topic-event.js';

/** The least time for one answer of the daemon, milliseconds: short patience with the gateway is none with our own process. */
const LEAST_TIMEOUT_MS = 2_000;

/** A backend through the daemon. */
export interface DaemonBackend extends Backend, AsyncDisposable {
  readonly via: 'daemon';
  readonly url: string;
  readonly operations: DaemonClient;
}

/** A queue between the stream, which pushes, and a loop, which pulls. */
async function* pulled<E>(begin: (push: (event: E) => void) => () => void, signal: AbortSignal): AsyncGenerator<E, void, undefined> {
  const held: E[] = [];
  let wake = (): void => undefined;
  const ring = (): void => {
    wake();
  };
  const end = begin((event) => {
    held.push(event);
    ring();
  });
  signal.addEventListener('abort', ring, { once: true });
  try {
    while (!signal.aborted) {
      const event = held.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', ring);
    end();
  }
}

function isTold<K extends TopicKindName>(event: StreamEvent<K>): event is Exclude<StreamEvent<K>, { type: 'feed' }> {
  return event.type !== 'feed';
}

async function* followed<K extends TopicKindName>(stream: DaemonStream, kind: K, topic: string, { instrument, marketData, mode, minIntervalMs, signal }: FollowOptions): AsyncGenerator<TopicEvent<K>, void, undefined> {
  const events = pulled<StreamEvent<K>>((push) => {
    const subscription = stream.subscribe(kind, topic, push, { instrument, marketData, mode, minIntervalMs });
    return () => {
      subscription.close();
    };
  }, signal);
  for await (const event of events) {
    if (isTold(event)) yield event;
    if (event.type === 'ended') return;
  }
}

/** A backend through the daemon at an address. Connects when something is asked. */
export function daemonBackend(context: CommandContext, { url, token }: DaemonAddress): DaemonBackend {
  const { clock, globals } = context;
  const endpoint = { url, token, clock, timeoutMs: Math.min(600_000, Math.max(LEAST_TIMEOUT_MS, globals.timeoutMs)) };
  const operations = new DaemonClient(endpoint);
  let stream: DaemonStream | undefined;
  return {
    via: 'daemon',
    url,
    operations,
    // The daemon's own gate decides, and says why.
    ready: () => Promise.resolve(),
    roundTrip: async (signal) => {
      const startedMs = clock.monotonic();
      await operations.healthz({}, { signal });
      return { roundTripMs: clock.monotonic() - startedMs, serverTimeMs: undefined };
    },
    follow: (kind, topic, options) => {
      stream ??= new DaemonStream(endpoint);
      return followed(stream, kind, topic, options);
    },
    async [Symbol.asyncDispose]() {
      await stream?.close();
      await operations.close();
    },
  };
}
