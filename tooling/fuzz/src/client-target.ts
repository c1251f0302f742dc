import { createScaledClock, systemClock } from '@ibkit/clock';
import type { ScaledClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import type { Subscription } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { EventName } from '@stoqey/ib';
import { HostileGateway } from './hostile-gateway.js';
import { withIds } from './mutator.js';
import { patiently } from './patience.js';
import type { Target } from './target.js';

const STREAMS = 4;
/** Everything of the connection runs this much faster than real time: waits between attempts, pacing after a hostile "too fast", deadlines. */
const SPEED = 200;
const SYMBOLS = ['AAPL', 'MSFT', 'SPY', 'QQQ'];
const BID = 1;
/** Whoever is told of another port goes there: one flipped bit makes this of 1100. */
const PORT_CHANGE = '\x001300\x00';

interface Stream {
  subscription: Subscription;
  /** The last price that came. */
  price: number;
  onPrice: (() => void) | undefined;
}

/** A connection with live streams, open requests and listeners on every event of `api`, attacked by its gateway. */
export class ClientTarget implements Target {
  readonly #gateway: HostileGateway;
  readonly #clock: ScaledClock;
  readonly #connection: ConnectionManager;
  readonly #streams: Stream[] = [];
  readonly #wrong: string[] = [];
  #round = 0;
  #events = 0;
  #messages = 0;
  #lost = 0;
  #ended = 0;
  #undecodable = 0;
  #listenerErrors = 0;
  #settled = 0;
  #lastEnd = 'none';

  private constructor(gateway: HostileGateway) {
    this.#gateway = gateway;
    this.#clock = createScaledClock(systemClock(), { speed: SPEED });
    this.#connection = new ConnectionManager({
      port: gateway.port,
      clock: this.#clock,
      heartbeat: { intervalMs: 500_000, timeoutMs: 1_000_000 },
      timeouts: { tcpMs: 1_000_000, handshakeMs: 1_000_000, readyMs: 1_000_000, frameMs: 1_000_000 },
      reconnect: { initialMs: 100, maxMs: 200, clientIdInUseMs: 100 },
      rate: { perSecond: 1_000 },
    });
    this.#listen();
  }

  static async start(): Promise<ClientTarget> {
    const target = new ClientTarget(await HostileGateway.start());
    await target.#connection.connect();
    for (const symbol of SYMBOLS.slice(0, STREAMS)) target.#streams.push(target.#stream(symbol));
    await patiently('the first streams', target.#gateway.streamed(STREAMS));
    return target;
  }

  async attack(frames: readonly Buffer[], isBroken: boolean): Promise<void> {
    this.#round += 1;
    const stop = new AbortController();
    const asked = this.#ask(stop.signal);
    const ids = this.#gateway.streams;
    this.#gateway.send(...frames.filter((frame) => !frame.toString('latin1').includes(PORT_CHANGE)).map((frame) => withIds(frame, ids)));
    if (isBroken) await this.#hangUp();
    await this.#isWell();
    stop.abort(new Error('the round is over'));
    await patiently('the end of a request', asked);
    this.#settled += 1;
    const [wrong] = [...this.#wrong, ...this.#gateway.complaints];
    if (wrong !== undefined) throw new Error(wrong);
  }

  inspect(): Promise<void> {
    const { state } = this.#connection;
    if (state !== 'connected') throw new Error(`the connection is ${state}`);
    return Promise.resolve();
  }

  figures(): Readonly<Record<string, number>> {
    return {
      sessions: this.#gateway.sessions,
      sessionsLostTyped: this.#lost,
      streamsEndedTyped: this.#ended,
      framesUndecodable: this.#undecodable,
      typedMessages: this.#messages,
      apiEvents: this.#events,
      listenerErrors: this.#listenerErrors,
      requestsSettled: this.#settled,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await patiently('the end of the connection', this.#connection.close());
    this.#clock.close();
    await this.#gateway.close();
  }

  /** Ends the session behind bytes that were no frames; what has come of it by then has to be typed. */
  async #hangUp(): Promise<void> {
    const lost = this.#lost;
    const ended = new Promise<void>((resolve) => {
      const stop = this.#connection.events.on('connection.lost', () => {
        stop();
        resolve();
      });
      if (this.#lost > lost || this.#connection.state !== 'connected') {
        stop();
        resolve();
      }
    });
    this.#gateway.hangUp();
    await patiently('the end of a session', ended);
  }

  #listen(): void {
    const { api, events } = this.#connection;
    for (const name of Object.values(EventName)) {
      api.addListener(name, () => {
        this.#events += 1;
      });
    }
    this.#connection.onMessage(() => {
      this.#messages += 1;
    });
    events.on('connection.lost', ({ error, willReconnect }) => {
      this.#lost += 1;
      this.#lastEnd = `${error.code}: ${error.message}`;
      if (!isIbkrError(error)) this.#wrong.push(`a session ended without a typed error: ${String(error)}`);
      if (!willReconnect) this.#wrong.push(`a session ended for good: ${error.message}`);
    });
    events.on('connection.gaveUp', ({ error }) => {
      this.#wrong.push(`the connection gave up: ${error.message}`);
    });
    events.on('connection.retryScheduled', ({ error, delayMs }) => {
      this.#lastEnd = `${error.code}: ${error.message}, next attempt after ${delayMs} ms`;
    });
    events.on('connection.frameUndecodable', () => {
      this.#undecodable += 1;
    });
    events.on('error.occurred', ({ error }) => {
      this.#listenerErrors += 1;
      if (!isIbkrError(error)) this.#wrong.push(`an error without a type: ${String(error)}`);
    });
  }

  #stream(symbol: string): Stream {
    const stream: Stream = {
      price: 0,
      onPrice: undefined,
      subscription: this.#connection.subscribe({
        name: 'quotes',
        build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' } }),
        cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
        receive: (message) => {
          if (message.type !== 'tickPrice') return;
          stream.price = message.price;
          stream.onPrice?.();
        },
        onEnd: (error) => {
          if (error === undefined) return;
          // A notice that says that the request has failed is believed.
          this.#ended += 1;
          if (!isIbkrError(error)) this.#wrong.push(`a stream ended without a typed error: ${String(error)}`);
        },
      }),
    };
    return stream;
  }

  /** Asks something that the gateway answers only by chance; resolves when the request is over. */
  async #ask(signal: AbortSignal): Promise<void> {
    const question = this.#connection.request<number>({
      name: 'contract details',
      build: (reqId) => ({ type: 'reqContractDetails', reqId, contract: { symbol: 'AAPL', secType: 'STK' } }),
      receive: (message, reply) => {
        if (message.type === 'contractDetailsEnd') reply.resolve(1);
      },
      signal,
    });
    await question.then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof Error)) this.#wrong.push(`a request failed without an error: ${String(error)}`);
      },
    );
  }

  /** Every stream flows, in this session or the next. */
  async #isWell(): Promise<void> {
    const price = 1_000 + this.#round;
    const deadline = new AbortController();
    await patiently(
      `a tick on every stream (connection ${this.#connection.state})`,
      (async () => {
        for (let isFlowing = false; !isFlowing && !deadline.signal.aborted; ) isFlowing = await this.#tryFlow(price);
      })(),
    ).catch((error: unknown) => {
      deadline.abort();
      const states = this.#streams.map(({ subscription }) => subscription.status).join(', ');
      throw new Error(`${error instanceof Error ? error.message : String(error)}; connection ${this.#connection.state}, streams ${states}, at the gateway ${this.#gateway.streams.length}; last end ${this.#lastEnd}`);
    });
  }

  async #tryFlow(price: number): Promise<boolean> {
    for (const [index, stream] of this.#streams.entries()) {
      if (stream.subscription.status === 'ended') this.#streams[index] = this.#stream(SYMBOLS[index] ?? 'AAPL');
    }
    for (const reqId of this.#gateway.streams) this.#gateway.say({ type: 'tickPrice', reqId, tickType: BID, price, size: 1, attrMask: 0 });
    // What is on its way arrives within a few turns; a session that has just ended needs longer, and is asked again.
    const arrived = Promise.all(
      this.#streams.map(
        (stream) =>
          new Promise<void>((resolve) => {
            if (stream.price === price) resolve();
            else
              stream.onPrice = () => {
                if (stream.price === price) resolve();
              };
          }),
      ),
    ).then(() => true);
    const waited = new Promise<boolean>((resolve) => {
      this.#clock.setTimer(4 * SPEED, () => {
        resolve(false);
      });
    });
    return Promise.race([arrived, waited]);
  }
}
