import type { WitnessEntry } from '@ibkit/simulator';

interface SentLine {
  readonly requestId: number;
  readonly conId: number;
  bid: number | undefined;
  ask: number | undefined;
}

/** TWS API: tick types of bid and ask. */
const BID = 1;
const ASK = 2;

/** What the server's own messages on the newest line of each contract add up to, applied one after the other. */
export class SentChain {
  readonly #byRequest = new Map<number, SentLine>();
  readonly #byContract = new Map<number, SentLine>();

  constructor(entries: readonly WitnessEntry[]) {
    for (const { kind, message } of entries) {
      if (message === undefined || !('type' in message)) continue;
      const fields = new Map<string, unknown>(Object.entries(message));
      if (kind === 'in' && fields.get('type') === 'reqMktData') this.#asked(fields);
      else if (kind === 'out' && fields.get('type') === 'tickPrice') this.#sent(fields);
    }
  }

  /** Bid and ask of a contract; a side that nobody quotes has none. */
  of(conId: number): readonly [bid: number | undefined, ask: number | undefined] {
    const line = this.#byContract.get(conId);
    return [line?.bid, line?.ask];
  }

  #asked(message: ReadonlyMap<string, unknown>): void {
    const contract = message.get('contract');
    const conId = typeof contract === 'object' && contract !== null && 'conId' in contract ? Number(contract.conId) : 0;
    const line: SentLine = { requestId: Number(message.get('reqId')), conId, bid: undefined, ask: undefined };
    this.#byRequest.set(line.requestId, line);
    this.#byContract.set(conId, line);
  }

  #sent(message: ReadonlyMap<string, unknown>): void {
    const line = this.#byRequest.get(Number(message.get('reqId')));
    const price = Number(message.get('price'));
    // TWS API: -1 says that nobody quotes this side.
    const quoted = price > 0 ? price : undefined;
    if (line === undefined) return;
    if (message.get('tickType') === BID) line.bid = quoted;
    if (message.get('tickType') === ASK) line.ask = quoted;
  }
}
