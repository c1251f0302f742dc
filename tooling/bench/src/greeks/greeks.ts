import process from 'node:process';
import { seededRandom } from '@ibkit/clock';
import { greeksOfChain } from '@ibkit/market-data';
import type { ChainRow, OptionStyle } from '@ibkit/market-data';
import { median } from '../table.js';
import { textbookValues, textbookVolatility } from './textbook.js';
import type { TextbookTerms } from './textbook.js';

const CONTRACTS = 10_000;
const MARKET = { underlying: 100, rate: 0.04, dividendYield: 0.01 } as const;
/** What the polynomial of the textbook is good for: 7.5e-8, times an underlying of 100. */
const AGREES = 2e-5;

/** One contract, for both. */
export interface BenchContract {
  readonly row: ChainRow & { readonly volatility: number; readonly expiryYears: number };
  readonly terms: TextbookTerms;
  /** At its volatility. */
  readonly price: number;
}

/** Contracts like those of a chain: from a week to two years, around the money, volatilities with a smile. */
export function makeContracts(count: number): readonly BenchContract[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => {
    const expiryYears = 7 / 365 + 2 * random.next() ** 2;
    const strike = Math.round(MARKET.underlying * Math.exp((random.next() - 0.5) * 2 * Math.min(0.6, 0.8 * Math.sqrt(expiryYears))));
    const volatility = 0.2 + 0.15 * random.next() + 0.3 * Math.abs(Math.log(strike / MARKET.underlying));
    const call = random.next() < 0.5;
    const terms = { call, strike, years: expiryYears, ...MARKET };
    return { row: { right: call ? 'C' : 'P', strike, expiryYears, volatility }, terms, price: textbookValues(terms, volatility).price };
  });
}

/** The greatest difference between ours and the textbook's, over price and Greeks of European options. */
export function greatestDifference(contracts: readonly BenchContract[]): number {
  const ours = greeksOfChain(contracts.map(({ row }) => row), { ...MARKET, style: 'european' });
  let most = 0;
  for (const [index, { terms, row }] of contracts.entries()) {
    const mine = ours[index];
    const theirs = textbookValues(terms, row.volatility);
    if (mine?.ok !== true) return Number.POSITIVE_INFINITY;
    for (const key of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const) most = Math.max(most, Math.abs(mine.greeks[key] - theirs[key]));
  }
  return most;
}

/** CPU milliseconds of one run. */
function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

interface Work {
  readonly name: string;
  readonly run: () => void;
  /** The peer that it is compared with. */
  readonly peer: string;
  /** So often within one measurement: short ones are below the grain of the clock. */
  readonly rounds: number;
}

/** Keeps the compiler from leaving the work out. */
const sink = { sum: 0 };

function works(contracts: readonly BenchContract[]): readonly Work[] {
  const byVolatility = contracts.map(({ row }) => row);
  const byPrice = contracts.map(({ row: { right, strike, expiryYears }, price }): ChainRow => ({ right, strike, expiryYears, price }));
  const ours = (rows: readonly ChainRow[], style: OptionStyle) => (): void => {
    for (const result of greeksOfChain(rows, { ...MARKET, style })) sink.sum += result.ok ? result.greeks.delta : 0;
  };
  const greeksPeer = 'textbook loop, Greeks';
  const volatilityPeer = 'textbook loop, Newton and Greeks';
  return [
    { name: greeksPeer, peer: greeksPeer, rounds: 20, run: () => { for (const { terms, row } of contracts) sink.sum += textbookValues(terms, row.volatility).delta; } },
    { name: volatilityPeer, peer: volatilityPeer, rounds: 5, run: () => {
      for (const { terms, price } of contracts) {
        const volatility = textbookVolatility(terms, price);
        sink.sum += Number.isNaN(volatility) ? 0 : textbookValues(terms, volatility).delta;
      }
    } },
    { name: 'European, Greeks', peer: greeksPeer, rounds: 20, run: ours(byVolatility, 'european') },
    { name: 'European, volatility and Greeks from the price', peer: volatilityPeer, rounds: 5, run: ours(byPrice, 'european') },
    { name: 'American, Greeks', peer: greeksPeer, rounds: 1, run: ours(byVolatility, 'american') },
    { name: 'American, volatility and Greeks from the price', peer: volatilityPeer, rounds: 1, run: ours(byPrice, 'american') },
  ]; // prettier-ignore
}

/** Greeks and implied volatilities of 10,000 contracts, against the formula of a textbook in a loop. @returns whether both agree where they compute the same */
export function runGreeks({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const contracts = makeContracts(quick ? CONTRACTS / 10 : CONTRACTS);
  const list = works(contracts);
  const samples = new Map<string, number[]>(list.map(({ name }) => [name, []]));
  // The first series gets the code warm and does not count.
  for (let series = -1; series < 5; series += 1) {
    for (const { name, run, rounds } of list) {
      const took = cpuMs(() => { for (let round = 0; round < rounds; round += 1) run(); }) / rounds;
      if (series >= 0) samples.get(name)?.push(took);
    }
  }
  const of = (name: string): readonly number[] => samples.get(name) ?? [];
  process.stdout.write(`\ngreeks: ${contracts.length} contracts (5 interleaved series, CPU time)\n\n| work | CPU ms | contracts per CPU second | CPU of the textbook / this CPU |\n| --- | ---: | ---: | ---: |\n`);
  for (const { name, peer } of list) {
    const ms = median(of(name));
    const ratio = median(of(name).map((each, index) => (of(peer)[index] ?? Number.NaN) / each));
    process.stdout.write(`| ${name} | ${ms.toPrecision(3)} | ${Math.round(contracts.length / (ms / 1000)).toLocaleString('en-US')} | ${name === peer ? '-' : `${ratio.toPrecision(2)}x`} |\n`);
  }
  const difference = greatestDifference(contracts);
  process.stdout.write(`\nThe European values differ from those of the textbook by ${difference.toExponential(1)} at most.\n`);
  return Promise.resolve(difference < AGREES && Number.isFinite(sink.sum));
}
