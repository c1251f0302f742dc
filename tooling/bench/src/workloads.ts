import { encodeFields, encodeFrame } from '@ibkit/wire';

/** What the server sends, over and over. */
export const WORKLOADS = ['tick', 'mix', 'tick-by-tick', 'options', 'bars-10k', 'bars-100k'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** The bytes of one round, and how many messages are in it. */
export interface Blob {
  readonly bytes: Uint8Array;
  readonly messages: number;
}

/** Distinct messages per round: enough that no cache of values looks better than it is. */
const MESSAGES = 50_000;
/** Market data lines that the messages belong to: request ids 1 to this. */
export const LINES = 100;

/** Chance from a seed (mulberry32): every run of every subject reads the same bytes. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Maker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  whole(below: number): number {
    return Math.floor(this.#random() * below);
  }

  chance(): number {
    return this.#random();
  }

  line(): number {
    return 1 + this.whole(LINES);
  }

  price(): string {
    return (100 + this.#random() * 100).toFixed(2);
  }

  /** A double as the server prints it: 16 digits. */
  greek(): string {
    return (0.1 + this.#random() * 0.8).toFixed(16);
  }

  epochSeconds(): number {
    return 1_700_000_000 + this.whole(100);
  }

  oneOf(...words: readonly string[]): string {
    return words[this.whole(words.length)] ?? '';
  }
}

type Fields = readonly (string | number)[];

function tickPrice(make: Maker): Fields {
  return [1, 6, make.line(), make.oneOf('1', '2', '4'), make.price(), make.whole(1000), make.whole(2)];
}

function tickSize(make: Maker): Fields {
  return [2, 6, make.line(), make.oneOf('0', '3', '5', '8'), make.whole(100_000)];
}

function option(make: Maker): Fields {
  const signed = `-${make.greek()}`;
  return [21, make.line(), make.oneOf('10', '11', '12', '13'), 1, make.greek(), make.greek(), make.price(), '0.0', make.greek(), make.greek(), signed, make.price()];
}

function tick(make: Maker): Fields {
  return make.chance() < 0.5 ? tickPrice(make) : tickSize(make);
}

function mixed(make: Maker): Fields {
  const kind = make.chance();
  if (kind < 0.4) return tickPrice(make);
  if (kind < 0.75) return tickSize(make);
  if (kind < 0.85) return [46, 6, make.line(), 45, make.epochSeconds()];
  if (kind < 0.9) return [45, 6, make.line(), 49, (make.chance() * 10).toFixed(3)];
  if (kind < 0.98) return option(make);
  return [3, make.line(), make.oneOf('Submitted', 'PreSubmitted', 'Filled'), make.whole(100), make.whole(100), make.price(), 1_234_567_890, 0, make.price(), 1, '', '0.0'];
}

function tickByTick(make: Maker): Fields {
  const time = make.epochSeconds();
  if (make.chance() < 0.5) {
    const exchange = make.oneOf('ARCA', 'NYSE', 'ISLAND', 'BATS', 'DRCTEDGE', 'IEX');
    return [99, make.line(), 2, time, make.price(), make.whole(500), make.whole(4), exchange, make.oneOf('', '', ' T I', 'FT')];
  }
  return [99, make.line(), 3, time, make.price(), make.price(), make.whole(50), make.whole(50), make.whole(4)];
}

function bars(make: Maker, count: number): Fields {
  const fields: (string | number)[] = [17, 1, '20240102 09:30:00', '20240103 09:30:00', count];
  for (let bar = 0; bar < count; bar += 1) {
    fields.push(1_700_000_000 + bar * 5, make.price(), make.price(), make.price(), make.price(), make.whole(100_000), make.price(), make.whole(500));
  }
  return fields;
}

function frame(fields: Fields): Uint8Array {
  return encodeFrame(encodeFields(fields.map(String)));
}

function many(next: (make: Maker) => Fields): Blob {
  const make = new Maker(20_240_102);
  return { bytes: Buffer.concat(Array.from({ length: MESSAGES }, () => frame(next(make)))), messages: MESSAGES };
}

/** The bytes of a workload; the same in every process. */
export function blobOf(workload: Workload): Blob {
  switch (workload) {
    case 'tick':
      return many(tick);
    case 'mix':
      return many(mixed);
    case 'tick-by-tick':
      return many(tickByTick);
    case 'options':
      return many(option);
    case 'bars-10k':
      return { bytes: frame(bars(new Maker(1), 10_000)), messages: 1 };
    case 'bars-100k':
      return { bytes: frame(bars(new Maker(1), 100_000)), messages: 1 };
  }
}
