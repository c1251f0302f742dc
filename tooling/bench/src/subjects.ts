import { connect } from 'node:net';
import { ConnectionManager } from '@ibkit/core-connection';
import { FrameSplitter, createTextCodec, encodeClientHello, forEachBar } from '@ibkit/wire';
import type { ServerMessage, ServerMessageOf } from '@ibkit/wire';
import { ConnectionState, EventName, IBApi, IBApiNext, SecType } from '@stoqey/ib';
import { LINES } from './workloads.js';

/** Who reads the bytes. */
export const SUBJECTS = ['IBApi', 'IBApiNext', 'api events', 'typed sink', 'codec, fast path', 'codec, generic', 'frame splitter'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What one run of a subject took. */
export interface Measurement {
  /** CPU time of the process, user and system, for the measured rounds. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Events or messages that reached the sink in the measured rounds. */
  readonly delivered: number;
  /** Keeps the sink honest: a sum over what was delivered. */
  readonly checksum: number;
}

export interface RunPlan {
  readonly port: number;
  readonly warmUpRounds: number;
  readonly rounds: number;
}

/** Counts what arrives, and looks at it, as any consumer does. */
class Sink {
  count = 0;
  sum = 0;

  readonly event = (first: unknown, second: unknown, third: unknown): void => {
    this.count += 1;
    if (typeof first === 'number') this.sum += first;
    if (typeof third === 'number') this.sum += third;
    else if (typeof second === 'number') this.sum += second;
  };

  readonly message = (message: ServerMessage): void => {
    this.count += 1;
    if (message.type === 'tickPrice') this.sum += message.reqId + message.price;
    else if (message.type === 'tickSize') this.sum += message.reqId + (message.size ?? 0);
    else if (message.type === 'tickByTick') this.sum += message.reqId + message.time;
    else if (message.type === 'tickOptionComputation') this.sum += message.impliedVol ?? 0;
    else if (message.type === 'historicalData') this.#bars(message);
  };

  #bars(message: ServerMessageOf<'historicalData'>): void {
    forEachBar(message, (bar) => {
      this.sum += bar.close;
    });
  }
}

/** One client of the server: asks for rounds, and hears of their end. */
interface Client {
  request(rounds: number): void;
  close(): void | Promise<void>;
}

/** Gets the sink, and a function to call at each positionEnd. */
type Opener = (port: number, sink: Sink, onMarker: () => void) => Promise<Client>;

const LISTENED = [
  EventName.tickPrice,
  EventName.tickSize,
  EventName.tickString,
  EventName.tickGeneric,
  EventName.tickOptionComputation,
  EventName.tickByTickAllLast,
  EventName.tickByTickBidAsk,
  EventName.orderStatus,
  EventName.historicalData,
] as const;

function listen(api: IBApi, sink: Sink, onMarker: () => void): void {
  for (const name of LISTENED) Reflect.apply(Reflect.get(api, 'on'), api, [name, sink.event]);
  api.on(EventName.positionEnd, onMarker);
}

function ask(api: IBApi, rounds: number): void {
  // The library's enum names three types; the server of the benchmark takes any number.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
  api.reqMarketDataType(rounds);
}

const openPlain: Opener = async (port, sink, onMarker) => {
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 1, maxReqPerSec: 50 });
  const ready = new Promise((resolve) => api.once(EventName.nextValidId, resolve));
  api.connect();
  await ready;
  listen(api, sink, onMarker);
  return {
    request: (rounds) => {
      ask(api, rounds);
    },
    close: () => {
      api.disconnect();
    },
  };
};

/** Market data alone: its subscriptions take the request ids from 1 on, which are the lines of the server. */
const openNext: Opener = async (port, sink, onMarker) => {
  const next = new IBApiNext({ host: '127.0.0.1', port, maxReqPerSec: 50 });
  const ready = new Promise<void>((resolve) => {
    next.connectionState.subscribe((state) => {
      if (state === ConnectionState.Connected) resolve();
    });
  });
  next.connect(1);
  await ready;
  const api: unknown = Reflect.get(next, 'api');
  if (!(api instanceof IBApi)) throw new Error('IBApiNext keeps its IBApi elsewhere now');
  api.on(EventName.positionEnd, onMarker);
  for (let line = 1; line <= LINES; line += 1) {
    const contract = { conId: line, symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
    next.getMarketData(contract, '', false, false).subscribe({
      next: ({ changed }) => {
        changed?.forEach(({ value }, type) => {
          sink.event(line, type, value);
        });
      },
      error: () => undefined,
    });
  }
  return {
    request: (rounds) => {
      ask(api, rounds);
    },
    close: () => {
      next.disconnect();
    },
  };
};

const openApi: Opener = async (port, sink, onMarker) => {
  const connection = new ConnectionManager({ port, clientId: 1 });
  await connection.connect();
  listen(connection.api, sink, onMarker);
  return {
    request: (rounds) => {
      ask(connection.api, rounds);
    },
    close: () => connection.close(),
  };
};

const openTyped: Opener = async (port, sink, onMarker) => {
  const connection = new ConnectionManager({ port, clientId: 1 });
  await connection.connect();
  connection.onMessage((message) => {
    if (message.type === 'positionEnd') onMarker();
    else sink.message(message);
  });
  return {
    request: (rounds) => {
      void connection.session?.send({ type: 'reqMarketDataType', marketDataType: rounds });
    },
    close: () => connection.close(),
  };
};

/** A socket, the handshake, and a reader of frames: nothing else of a connection. */
function openBare(makeReader: (sink: Sink, onMarker: () => void) => (bytes: Uint8Array, start: number, end: number) => void): Opener {
  return async (port, sink, onMarker) => {
    const codec = createTextCodec({ serverVersion: 193 });
    const read = makeReader(sink, onMarker);
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let frames = 0;
    const ready = new Promise<void>((resolve) => {
      const splitter = new FrameSplitter({
        onSpan: (bytes, start, end) => {
          // The version, the accounts, the next valid id.
          frames += 1;
          if (frames > 3) read(bytes, start, end);
          else if (frames === 1) socket.write(codec.encodeClient({ type: 'startApi', clientId: 1 }));
          else if (frames === 3) resolve();
        },
      });
      socket.on('data', (chunk: Buffer) => {
        splitter.push(chunk);
      });
    });
    socket.write(encodeClientHello({ minVersion: 157, maxVersion: 193 }));
    await ready;
    return {
      request: (rounds) => {
        socket.write(codec.encodeClient({ type: 'reqMarketDataType', marketDataType: rounds }));
      },
      close: () => {
        socket.destroy();
      },
    };
  };
}

const openFast = openBare((sink, onMarker) => {
  const codec = createTextCodec({ serverVersion: 193 });
  return (bytes, start, end) => {
    const message = codec.readHot(bytes, start, end);
    if (message === undefined) onMarker();
    else sink.message(message);
  };
});

const openGeneric = openBare((sink, onMarker) => {
  const codec = createTextCodec({ serverVersion: 193, fastPath: false });
  return (bytes, start, end) => {
    const decoded = codec.decodeServer(bytes.subarray(start, end));
    if (!decoded.ok) throw new Error(decoded.failure.reason);
    if (decoded.message.type === 'positionEnd') onMarker();
    else sink.message(decoded.message);
  };
});

const openSplitter = openBare((sink, onMarker) => (bytes, start, end) => {
  // positionEnd: "62", NUL, "1", NUL.
  if (end - start === 5 && bytes[start] === 54 && bytes[start + 1] === 50) onMarker();
  else sink.count += 1;
});

const OPENERS: Readonly<Record<Subject, Opener>> = {
  IBApi: openPlain,
  IBApiNext: openNext,
  'api events': openApi,
  'typed sink': openTyped,
  'codec, fast path': openFast,
  'codec, generic': openGeneric,
  'frame splitter': openSplitter,
};

/** Runs one subject against a server of {@link BlastServer}: rounds to get warm, then the measured ones. */
export async function measure(subject: Subject, plan: RunPlan): Promise<Measurement> {
  const sink = new Sink();
  let atMarker = (): void => undefined;
  const client = await OPENERS[subject](plan.port, sink, () => {
    atMarker();
  });
  const rounds = (count: number): Promise<void> =>
    new Promise((resolve) => {
      atMarker = resolve;
      client.request(count);
    });
  await rounds(plan.warmUpRounds);
  const before = sink.count;
  const from = process.hrtime.bigint();
  const cpuFrom = process.cpuUsage();
  await rounds(plan.rounds);
  const cpu = process.cpuUsage(cpuFrom);
  const wallMs = Number(process.hrtime.bigint() - from) / 1e6;
  await client.close();
  return { cpuMs: (cpu.user + cpu.system) / 1000, wallMs, delivered: sink.count - before, checksum: sink.sum };
}
