import { impliedVolatility, optionValues } from '../market/black-scholes.js';
import type { OptionInputs } from '../market/black-scholes.js';
import type { OptionUniverse, UniverseContract } from './option-universe.js';
import type { SpotPath } from './spot-path.js';

const YEAR_MS = 365 * 86_400_000;
/** Strikes within this part of the price show what the underlying costs to carry. */
const NEAR_MONEY = 0.15;
/** Of expiries closer than this the prices say nothing about interest. */
const SHORTEST_CARRY_YEARS = 3 / 365;
const MOST_CARRY = 0.15;
/** A price whose part above its intrinsic value is smaller has no volatility worth the name. */
const LEAST_TIME_VALUE = 0.02;
/** How far (as a logarithm) one contract may be from its neighbours before its price is taken for stale. */
const FAR_OFF = 0.2;
const NEIGHBOURS = 3;
/** How far (as a logarithm) a file's volatility may be from that of its price and still be believed. */
const TOLERANCE = 0.1;
const TICK = 0.01;

/** Where a contract stands at one end of the day. */
interface End {
  readonly volatility: number;
  /** What the price of the file has above the model's at that volatility. */
  readonly excess: number;
}

/** How one contract is priced through its day: the volatility and what comes on top go straight from one end of the session to the other. */
export interface ContractFit {
  /** Yearly, continuously compounded: interest less dividends, as the prices of the expiry have it. */
  readonly rate: number;
  readonly open: End;
  readonly close: End;
  /** Whether the volatility is the one that the file says. */
  readonly isFromFile: boolean;
}

/** What is worked out for one end of the day. */
interface Moment {
  readonly spot: number;
  readonly years: number;
  readonly priceOf: (contract: UniverseContract) => number | undefined;
}

interface SmilePoint {
  readonly strike: number;
  readonly volatility: number;
}

/** Whether a contract's prices are of this day: it traded, or its quote moved. */
function isAlive({ volume, open, high, low, close }: UniverseContract): boolean {
  return close !== undefined && (volume > 0 || open !== high || high !== low || low !== close);
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function intrinsic({ right, undPrice, strike, years, rate }: OptionInputs): number {
  const forward = undPrice - strike * Math.exp(-rate * years);
  return Math.max(0, right === 'C' ? forward : -forward);
}

/** The yearly carry at which calls and puts of one strike agree with each other. */
function carryOf(contracts: readonly UniverseContract[], { spot, years, priceOf }: Moment): number {
  if (years < SHORTEST_CARRY_YEARS) return 0;
  const calls = new Map(contracts.filter((contract) => contract.right === 'C' && isAlive(contract)).map((contract) => [contract.strike, priceOf(contract)]));
  const rates = contracts.flatMap((contract) => {
    const [call, put] = [calls.get(contract.strike), priceOf(contract)];
    if (contract.right !== 'P' || !isAlive(contract) || call === undefined || put === undefined || Math.abs(contract.strike / spot - 1) > NEAR_MONEY) return [];
    const paid = spot - call + put;
    return paid > 0 ? [-Math.log(paid / contract.strike) / years] : [];
  });
  return Math.max(-MOST_CARRY, Math.min(MOST_CARRY, median(rates) ?? 0));
}

function inputsOf({ right, strike }: UniverseContract, { spot, years }: Moment, rate: number): OptionInputs {
  return { right, undPrice: spot, strike, years, rate };
}

function volatilityOf(contract: UniverseContract, moment: Moment, rate: number): number | undefined {
  const price = isAlive(contract) ? moment.priceOf(contract) : undefined;
  if (price === undefined) return undefined;
  const inputs = inputsOf(contract, moment, rate);
  return price - intrinsic(inputs) < LEAST_TIME_VALUE ? undefined : impliedVolatility(inputs, price);
}

/** Leaves out what is far from its neighbours. */
function smoothed(points: readonly SmilePoint[]): readonly SmilePoint[] {
  return points.filter(({ volatility }, index) => {
    const around = median(points.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1).map((point) => point.volatility)) ?? volatility;
    return Math.abs(Math.log(volatility / around)) <= FAR_OFF;
  });
}

/** The volatility by strike, from the contracts out of the money: straight between the strikes, flat beyond them. */
function smileAt(points: readonly SmilePoint[], strike: number): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (strike <= first.strike) return first.volatility;
  if (strike >= last.strike) return last.volatility;
  const above = points.findIndex((point) => point.strike >= strike);
  const [low, high] = [points[above - 1] ?? first, points[above] ?? last];
  return low.volatility + ((high.volatility - low.volatility) * (strike - low.strike)) / (high.strike - low.strike);
}

/** What a chain fit is made from. */
export interface ChainFitOptions {
  readonly universe: OptionUniverse;
  readonly path: SpotPath;
  /** When an expiry (`YYYYMMDD`) ends, epoch milliseconds. */
  readonly expiresAtMs: (expiry: string) => number;
  /** Yearly, for expiries of which no price says any. */
  readonly volatility: number;
}

/**
 * Finds for each contract of an option universe the volatilities at which its price goes from the file's open to the file's close while the underlying goes through its day.
 *
 * A volatility that the file says is taken where it agrees with the file's own price. Else the price says it; where the price is stale, is below its intrinsic value, or is far
 * from its neighbours, the strikes around it do. Interest and dividends of each expiry are those at which its calls and puts agree. Worked out expiry by expiry, when asked for.
 */
export class ChainFit {
  readonly #options: ChainFitOptions;
  readonly #byExpiry = new Map<string, UniverseContract[]>();
  readonly #fits = new Map<string, ReadonlyMap<UniverseContract, ContractFit>>();

  constructor(options: ChainFitOptions) {
    this.#options = options;
    for (const contract of options.universe.contracts) {
      const known = this.#byExpiry.get(contract.expiry) ?? [];
      known.push(contract);
      this.#byExpiry.set(contract.expiry, known);
    }
  }

  /** The fit of a contract of the universe. */
  of(contract: UniverseContract): ContractFit {
    const known = this.#fits.get(contract.expiry) ?? this.#fit(contract.expiry);
    this.#fits.set(contract.expiry, known);
    const fit = known.get(contract);
    if (fit === undefined) throw new RangeError(`contract must be one of the universe, got ${contract.expiry} ${contract.strike} ${contract.right}`);
    return fit;
  }

  #fit(expiry: string): ReadonlyMap<UniverseContract, ContractFit> {
    const { path, expiresAtMs, volatility: fallback } = this.#options;
    const contracts = this.#byExpiry.get(expiry) ?? [];
    const yearsAt = (atMs: number): number => Math.max(1 / 525_600, (expiresAtMs(expiry) - atMs) / YEAR_MS);
    const open: Moment = { spot: path.at(path.openMs), years: yearsAt(path.openMs), priceOf: (contract) => contract.open };
    const close: Moment = { spot: path.at(path.closeMs), years: yearsAt(path.closeMs), priceOf: (contract) => contract.close };
    const rate = carryOf(contracts, close);
    const [closeSmile, openSmile] = [this.#smile(contracts, close, rate), this.#smile(contracts, open, rate)];
    const fits = new Map<UniverseContract, ContractFit>();
    for (const contract of contracts) {
      const smile = smileAt(closeSmile, contract.strike);
      const given = this.#believed(contract, close, rate, smile);
      const closeEnd = this.#end(contract, close, rate, given, smile ?? fallback);
      const openEnd = this.#end(contract, open, rate, given, smileAt(openSmile, contract.strike) ?? closeEnd.volatility);
      fits.set(contract, { rate, open: openEnd, close: closeEnd, isFromFile: given !== undefined });
    }
    return fits;
  }

  #smile(contracts: readonly UniverseContract[], moment: Moment, rate: number): readonly SmilePoint[] {
    const points = contracts.flatMap((contract) => {
      const isOutside = contract.right === 'C' ? contract.strike >= moment.spot : contract.strike < moment.spot;
      const volatility = isOutside ? volatilityOf(contract, moment, rate) : undefined;
      return volatility === undefined ? [] : [{ strike: contract.strike, volatility }];
    });
    return smoothed(points.sort((a, b) => a.strike - b.strike));
  }

  /** The file's volatility where it is about that of the file's own price at the end of the day, or where the price says none, of the strikes around it. */
  #believed(contract: UniverseContract, close: Moment, rate: number, smile: number | undefined): number | undefined {
    const { impliedVol } = contract;
    const other = volatilityOf(contract, close, rate) ?? smile;
    return impliedVol !== undefined && other !== undefined && Math.abs(Math.log(impliedVol / other)) <= TOLERANCE ? impliedVol : undefined;
  }

  #end(contract: UniverseContract, moment: Moment, rate: number, given: number | undefined, smile: number): End {
    const own = given === undefined ? volatilityOf(contract, moment, rate) : undefined;
    const isNear = own !== undefined && Math.abs(Math.log(own / smile)) <= FAR_OFF;
    const volatility = given ?? (isNear ? own : smile);
    const price = isAlive(contract) ? moment.priceOf(contract) : undefined;
    if (price === undefined) return { volatility, excess: 0 };
    const excess = price - optionValues(inputsOf(contract, moment, rate), volatility).price;
    // A price that is far from all others is an old one.
    const most = TICK * 10 + price * (given === undefined ? 0.02 : TOLERANCE);
    return { volatility, excess: Math.abs(excess) <= most ? excess : 0 };
  }
}
