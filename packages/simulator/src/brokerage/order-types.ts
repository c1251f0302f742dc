/** Order types that the simulator has, in the spelling of TWS. */
export type OrderTypeName =
  | 'MKT'
  | 'LMT'
  | 'STP'
  | 'STP LMT'
  | 'TRAIL'
  | 'TRAIL LIMIT'
  | 'MIT'
  | 'LIT'
  | 'MOC'
  | 'LOC'
  | 'MTL'
  | 'REL'
  | 'MIDPRICE'
  | 'PEG MID'
  | 'PEG MKT';

/** Times in force that the simulator has. */
export type TifName = 'DAY' | 'GTC' | 'IOC' | 'FOK' | 'GTD' | 'OPG';

/** Which way the market must move to release a waiting order: against it (stops) or towards it (if touched). */
export type TriggerDirection = 'against' | 'towards';

/**
 * What an order trades at once it works: any price, its limit, the limit that trails its stop, any price until its first fill and that price afterwards, or a
 * price pegged to its own side, the middle or the other side of the quote.
 */
export type Pricing = 'market' | 'limit' | 'trailedLimit' | 'firstFill' | 'ownSide' | 'middle' | 'otherSide';

/** How one order type behaves. */
export interface OrderTypePolicy {
  readonly name: OrderTypeName;
  /** Undefined for types that work at once. */
  readonly trigger: TriggerDirection | undefined;
  /** Whether the trigger price follows the market. */
  readonly trails: boolean;
  readonly pricing: Pricing;
  /** Whether `lmtPrice` must be set, may cap the price, or means nothing. */
  readonly limit: 'needed' | 'cap' | 'unused';
  /** What `auxPrice` is. */
  readonly aux: 'stop' | 'trail' | 'offset' | 'unused';
  /** Trades in the closing auction only. */
  readonly atClose: boolean;
  readonly tifs: readonly TifName[];
  /** Whether combinations may use it. */
  readonly forCombos: boolean;
  /** Fields beyond those of every order that it reads. */
  readonly fields: readonly string[];
}

const RESTING: readonly TifName[] = ['DAY', 'GTC', 'GTD'];
const ANY: readonly TifName[] = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'];
const DAY_ONLY: readonly TifName[] = ['DAY'];

const PLAIN = { trigger: undefined, trails: false, limit: 'unused', aux: 'unused', atClose: false, tifs: RESTING, forCombos: false, fields: [] } as const;
const TRAIL_FIELDS = ['trailStopPrice', 'trailingPercent'] as const;

const POLICIES: readonly OrderTypePolicy[] = [
  { ...PLAIN, name: 'MKT', pricing: 'market', tifs: ANY, forCombos: true },
  { ...PLAIN, name: 'LMT', pricing: 'limit', limit: 'needed', tifs: ANY, forCombos: true },
  { ...PLAIN, name: 'STP', pricing: 'market', trigger: 'against', aux: 'stop' },
  { ...PLAIN, name: 'STP LMT', pricing: 'limit', trigger: 'against', limit: 'needed', aux: 'stop' },
  { ...PLAIN, name: 'TRAIL', pricing: 'market', trigger: 'against', trails: true, aux: 'trail', fields: TRAIL_FIELDS },
  { ...PLAIN, name: 'TRAIL LIMIT', pricing: 'trailedLimit', trigger: 'against', trails: true, aux: 'trail', fields: [...TRAIL_FIELDS, 'lmtPriceOffset'] },
  { ...PLAIN, name: 'MIT', pricing: 'market', trigger: 'towards', aux: 'stop' },
  { ...PLAIN, name: 'LIT', pricing: 'limit', trigger: 'towards', limit: 'needed', aux: 'stop' },
  { ...PLAIN, name: 'MOC', pricing: 'market', atClose: true, tifs: DAY_ONLY },
  { ...PLAIN, name: 'LOC', pricing: 'limit', limit: 'needed', atClose: true, tifs: DAY_ONLY },
  { ...PLAIN, name: 'MTL', pricing: 'firstFill' },
  { ...PLAIN, name: 'REL', pricing: 'ownSide', limit: 'cap', aux: 'offset', fields: ['percentOffset'] },
  { ...PLAIN, name: 'MIDPRICE', pricing: 'middle', limit: 'cap', tifs: DAY_ONLY },
  { ...PLAIN, name: 'PEG MID', pricing: 'middle', limit: 'cap', aux: 'offset' },
  { ...PLAIN, name: 'PEG MKT', pricing: 'otherSide', limit: 'cap', aux: 'offset' },
];

/** Other spellings that TWS takes. */
const ALIASES: Readonly<Record<string, OrderTypeName>> = {
  STPLMT: 'STP LMT',
  TRAILLIMIT: 'TRAIL LIMIT',
  TRAILLMT: 'TRAIL LIMIT',
  'TRAIL LMT': 'TRAIL LIMIT',
  MIDPX: 'MIDPRICE',
  PEGMID: 'PEG MID',
  PEGMKT: 'PEG MKT',
};

/** Order types of TWS that the simulator knows by name and does not have. */
const MISSING: ReadonlySet<string> = new Set([
  'MOO', 'LOO', 'PEG PRIM', 'PEGPRIM', 'PEG BENCH', 'PEGBENCH', 'PEG BEST', 'PEGBEST', 'PEG STK', 'PEGSTK', 'MKT PRT', 'MKTPRT', 'STP PRT', 'STPPRT', 'BOX TOP', 'VOL', 'VWAP', 'PASSV REL',
  'SNAP MKT', 'SNAP MID', 'SNAP PRIM', 'SNAPMKT', 'SNAPMID', 'SNAPPRIM', 'REL + LMT', 'REL + MKT', 'LMT + MKT', 'TRAIL MIT', 'TRAIL LIT', 'TRAIL LMT + MKT', 'TRAIL REL + MKT', 'AUC', 'ADJUST',
  'QUOTE', 'FUNARI', 'CONDITIONAL', 'FIX PEGGED', 'PPV', 'PDV', 'PMV', 'PSV', 'ATAUC', 'ALERT', 'IBKRATS',
]); // prettier-ignore

const BY_NAME: ReadonlyMap<string, OrderTypePolicy> = new Map(POLICIES.map((policy) => [policy.name, policy]));

/** The names of every order type that the simulator has. */
export const ORDER_TYPE_NAMES: readonly OrderTypeName[] = POLICIES.map(({ name }) => name);

/** The policy of an order type in any spelling; `missing` for one that TWS has and the simulator has not; undefined for anything else. */
export function orderTypePolicy(text: string): OrderTypePolicy | 'missing' | undefined {
  const name = text.trim().toUpperCase();
  return BY_NAME.get(ALIASES[name] ?? name) ?? (MISSING.has(name) ? 'missing' : undefined);
}
