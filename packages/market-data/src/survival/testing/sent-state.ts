import type { WitnessEntry } from '@ibkit/simulator';

/** TWS API: tick types of bid, ask and last. */
const SIDES = [1, 2, 4] as const;

/** What the server's own messages on the newest line of quotes and the newest book add up to, applied one after the other. */
export class SentState {
  #lineId = 0;
  #bookId = 0;
  readonly #prices = new Map<number, number>();
  #sides: [string[], string[]] = [[], []];

  constructor(entries: readonly WitnessEntry[]) {
    for (const { kind, message } of entries) {
      if (message === undefined || !('type' in message)) continue;
      const fields = new Map<string, unknown>(Object.entries(message));
      if (kind === 'in') this.#asked(fields);
      else if (kind === 'out') this.#sent(fields);
    }
  }

  get state(): { readonly quote: readonly (number | undefined)[]; readonly bids: readonly string[]; readonly asks: readonly string[] } {
    const [asks, bids] = this.#sides;
    return { quote: SIDES.map((type) => this.#prices.get(type)), bids, asks };
  }

  #asked(message: ReadonlyMap<string, unknown>): void {
    const id = Number(message.get('reqId'));
    if (message.get('type') === 'reqMktData' && message.get('snapshot') !== true) {
      this.#lineId = id;
      this.#prices.clear();
    }
    if (message.get('type') === 'reqMktDepth') {
      this.#bookId = id;
      this.#sides = [[], []];
    }
  }

  #sent(message: ReadonlyMap<string, unknown>): void {
    const numberOf = (name: string): number => Number(message.get(name));
    switch (message.get('type')) {
      case 'tickPrice':
        if (numberOf('reqId') === this.#lineId) this.#prices.set(numberOf('tickType'), numberOf('price'));
        return;
      case 'errMsg':
        if (message.get('code') === 317 && numberOf('id') === this.#bookId) this.#sides = [[], []];
        return;
      case 'marketDepthL2': {
        if (numberOf('reqId') !== this.#bookId) return;
        const operation = numberOf('operation');
        const row = `${numberOf('price')} x ${numberOf('size')}`;
        this.#sides[message.get('side') === 1 ? 1 : 0].splice(numberOf('position'), operation === 0 ? 0 : 1, ...(operation === 2 ? [] : [row]));
      }
    }
  }
}
