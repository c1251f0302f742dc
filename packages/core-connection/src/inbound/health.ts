import type { Clock } from '@ibkit/clock';

/** One layer of the link. */
export interface Layer {
  readonly status: 'up' | 'down' | 'unknown';
  /** Since when it has this status, epoch milliseconds. */
  readonly sinceMs: number;
  /** Why it has this status. */
  readonly cause: string;
}

/** The layers that every link has, from the wire to the broker. */
export type LayerName = 'tcp' | 'handshake' | 'api' | 'upstream';

/** The truth about the link, layer by layer; there is no single "healthy" on purpose. */
export interface HealthReport {
  readonly layers: Readonly<Record<LayerName, Layer>> & {
    /** Market data, historical and security definition farms by name, as far as the gateway has spoken of them. */
    readonly farms: Readonly<Record<string, Layer>>;
  };
}

/** A change of one layer. */
export interface LayerChange {
  /** A {@link LayerName} or `farm:<name>`. */
  readonly layer: string;
  readonly from: Layer;
  readonly to: Layer;
}

/** A notice about a data farm. */
export interface FarmNotice {
  readonly farm: string;
  readonly status: Layer['status'];
}

// TWS API: system message codes. A farm that is idle comes back on demand, so it counts as up; one that connects is neither.
const FARM_STATUS: Readonly<Record<number, Layer['status']>> = {
  2103: 'down',
  2104: 'up',
  2105: 'down',
  2106: 'up',
  2107: 'up',
  2108: 'up',
  2119: 'unknown',
  2157: 'down',
  2158: 'up',
};

/**
 * What a notice says about a data farm, if it is about one. The texts end in the farm's name, after a colon
 * (`Market data farm connection is OK:usfarm.nj`) or after `demand.` (`... available upon demand.ushmds`).
 */
export function farmNotice(code: number, text: string): FarmNotice | undefined {
  const status = FARM_STATUS[code];
  if (status === undefined) return undefined;
  const name = /(?::|demand\.)\s*([A-Za-z0-9][\w.-]*)\s*$/u.exec(text)?.[1];
  return { farm: name ?? 'unnamed', status };
}

/** More farms than IBKR has by far; a peer that names ever new ones must not fill our memory. */
const MAX_FARMS = 200;
/** What stands for all farms beyond that. */
const FURTHER_FARMS = 'further';

/**
 * Keeps the layers and collects each change of a status until `flush`, so that nobody hears of a change before the state that goes with it.
 * A change of the cause alone is recorded, not announced.
 */
export class HealthTracker {
  readonly #clock: Clock;
  readonly #onChange: (change: LayerChange) => void;
  #changes: LayerChange[] = [];
  readonly #layers: Record<LayerName, Layer>;
  readonly #farms = new Map<string, Layer>();

  constructor(options: { readonly clock: Clock; readonly onChange: (change: LayerChange) => void }) {
    this.#clock = options.clock;
    this.#onChange = options.onChange;
    const start: Layer = { status: 'unknown', sinceMs: options.clock.now(), cause: 'no connection was tried yet' };
    this.#layers = { tcp: start, handshake: start, api: start, upstream: start };
  }

  /** A snapshot. */
  report(): HealthReport {
    return { layers: { ...this.#layers, farms: Object.fromEntries(this.#farms) } };
  }

  layer(name: LayerName): Layer {
    return this.#layers[name];
  }

  farm(name: string): Layer | undefined {
    return this.#farms.get(this.#keptName(name));
  }

  set(name: LayerName, status: Layer['status'], cause: string): void {
    const from = this.#layers[name];
    const to: Layer = { status, cause, sinceMs: from.status === status ? from.sinceMs : this.#clock.now() };
    this.#layers[name] = to;
    if (from.status !== status) this.#changes.push({ layer: name, from, to });
  }

  setFarm(name: string, status: Layer['status'], cause: string): void {
    const farm = this.#keptName(name);
    const nowMs = this.#clock.now();
    const from = this.#farms.get(farm) ?? { status: 'unknown', sinceMs: nowMs, cause: 'not mentioned yet' };
    const to: Layer = { status, cause, sinceMs: from.status === status ? from.sinceMs : nowMs };
    this.#farms.set(farm, to);
    if (from.status !== status) this.#changes.push({ layer: `farm:${farm}`, from, to });
  }

  /** The session is gone: what was seen through it is not known any more. */
  sessionGone(cause: string): void {
    this.set('tcp', 'down', cause);
    this.set('handshake', 'down', cause);
    this.set('api', 'down', cause);
    this.set('upstream', 'unknown', cause);
    for (const farm of this.#farms.keys()) this.setFarm(farm, 'unknown', cause);
  }

  /** Tells about the changes since the last time. */
  flush(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) this.#onChange(change);
  }

  #keptName(farm: string): string {
    return this.#farms.has(farm) || this.#farms.size < MAX_FARMS ? farm : FURTHER_FARMS;
  }
}
