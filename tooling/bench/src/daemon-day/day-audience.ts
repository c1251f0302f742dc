import { DaemonStream } from '@ibkit/websocket-provider';

/** What the clients of the stream were told. */
export interface AudienceCounts {
  readonly quotes: number;
  readonly orders: number;
  readonly fills: number;
  /** `stale` of quotes: the break was told. */
  readonly stale: number;
  /** What was missed of orders and fills: must be none. */
  readonly missed: number;
}

/** Programs that listen all day: quotes of every symbol in each mode, orders and fills. */
export class DayAudience implements AsyncDisposable {
  readonly #streams: DaemonStream[] = [];
  readonly #fills: Set<string>[] = [];
  readonly #quiet: Set<string>[] = [];
  readonly #symbols: readonly string[];
  #counts = { quotes: 0, orders: 0, stale: 0, missed: 0 };

  private constructor(symbols: readonly string[]) {
    this.#symbols = symbols;
  }

  static async open({ url, token, symbols, clients }: { readonly url: string; readonly token: string; readonly symbols: readonly string[]; readonly clients: number }): Promise<DayAudience> {
    const audience = new DayAudience(symbols);
    for (let client = 0; client < clients; client += 1) await audience.#add(new DaemonStream({ url, token, encoding: client % 2 === 0 ? 'json' : 'msgpack' }), client);
    return audience;
  }

  get counts(): AudienceCounts {
    return { ...this.#counts, fills: Math.min(...this.#fills.map((fills) => fills.size)) };
  }

  /** Forgets which quotes came: {@link DayAudience.silent} counts from now on. */
  listenAnew(): void {
    for (const quiet of this.#quiet) for (const symbol of this.#symbols) quiet.add(symbol);
  }

  /** How many subscriptions to quotes have told nothing since. */
  get silent(): number {
    return this.#quiet.reduce((sum, quiet) => sum + quiet.size, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) await stream.close();
  }

  async #add(stream: DaemonStream, client: number): Promise<void> {
    this.#streams.push(stream);
    const [fills, quiet] = [new Set<string>(), new Set<string>()];
    this.#fills.push(fills);
    this.#quiet.push(quiet);
    const missed = (type: string): void => {
      if (type === 'gap' || type === 'ended') this.#counts.missed += 1;
    };
    const orders = stream.subscribe('orders', 'orders', (event) => {
      if (event.type === 'delta') this.#counts.orders += 1;
      missed(event.type);
    });
    const executions = stream.subscribe('executions', 'executions', (event) => {
      if (event.type === 'delta') fills.add(event.data.fill.execId);
      missed(event.type);
    });
    await Promise.all([orders.ready, executions.ready]);
    for (const symbol of this.#symbols) {
      stream.subscribe('quotes', `quotes/${symbol}`, (event) => {
        if (event.type === 'delta') {
          this.#counts.quotes += 1;
          quiet.delete(symbol);
        }
        if (event.type === 'stale' || (event.type === 'delta' && event.data.stale === true)) this.#counts.stale += 1;
      }, { mode: client % 2 === 0 ? 'latest' : 'sampled' });
    }
  }
}
