const RESTING = ['DAY', 'GTC', 'GTD'];
const ANY = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'];
const DAY_ONLY = ['DAY'];
const PLAIN = { trigger: undefined, trails: false, limit: 'unused', aux: 'unused', atClose: false, tifs: RESTING, forCombos: false, fields: [] };
const TRAIL_FIELDS = ['trailStopPrice', 'trailingPercent'];
const POLICIES = [
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
const ALIASES = {
    STPLMT: 'STP LMT',
    TRAILLIMIT: 'TRAIL LIMIT',
    TRAILLMT: 'TRAIL LIMIT',
    'TRAIL LMT': 'TRAIL LIMIT',
    MIDPX: 'MIDPRICE',
    PEGMID: 'PEG MID',
    PEGMKT: 'PEG MKT',
};
/** Order types of TWS that the simulator knows by name and does not have. */
const MISSING = new Set([
    'MOO', 'LOO', 'PEG PRIM', 'PEGPRIM', 'PEG BENCH', 'PEGBENCH', 'PEG BEST', 'PEGBEST', 'PEG STK', 'PEGSTK', 'MKT PRT', 'MKTPRT', 'STP PRT', 'STPPRT', 'BOX TOP', 'VOL', 'VWAP', 'PASSV REL',
    'SNAP MKT', 'SNAP MID', 'SNAP PRIM', 'SNAPMKT', 'SNAPMID', 'SNAPPRIM', 'REL + LMT', 'REL + MKT', 'LMT + MKT', 'TRAIL MIT', 'TRAIL LIT', 'TRAIL LMT + MKT', 'TRAIL REL + MKT', 'AUC', 'ADJUST',
    'QUOTE', 'FUNARI', 'CONDITIONAL', 'ATAUC', 'ALERT', 'IBKRATS',
]); // prettier-ignore
const BY_NAME = new Map(POLICIES.map((policy) => [policy.name, policy]));
/** The names of every order type that the simulator has. */
export const ORDER_TYPE_NAMES = POLICIES.map(({ name }) => name);
/** The policy of an order type in any spelling; `missing` for one that TWS has and the simulator has not; undefined for anything else. */
export function orderTypePolicy(text) {
    const name = text.trim().toUpperCase();
    return BY_NAME.get(ALIASES[name] ?? name) ?? (MISSING.has(name) ? 'missing' : undefined);
}
