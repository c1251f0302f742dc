import type { Instrument } from '../../market/instrument.js';

/** A news provider of the simulated login. */
export interface NewsProvider {
  readonly code: string;
  readonly name: string;
  /** How long the spans are that its stories are about. */
  readonly spanMs: number;
  /** The smallest move that makes a story, relative. */
  readonly threshold: number;
}

const MINUTE_MS = 60_000;

/** Both write about the market's own moves: one about half hours, one about days. */
export const NEWS_PROVIDERS: readonly NewsProvider[] = [
  { code: 'SIMN', name: 'Simulated Newswire', spanMs: 30 * MINUTE_MS, threshold: 0.0015 },
  { code: 'SIMB', name: 'Simulated Daily Briefing', spanMs: 24 * 60 * MINUTE_MS, threshold: 0 },
];

/** One story. Its id says what it is about, so that nothing needs to be kept. */
export interface Story {
  readonly atMs: number;
  readonly providerCode: string;
  readonly articleId: string;
  readonly headline: string;
  readonly text: string;
}

/** The last price of an instrument at or before an instant of the past; undefined when there was none. */
export type PriceAt = (conId: number, atMs: number) => number | undefined;

const DISCLAIMER = 'This story was made by a simulator from its own market. It is about no real company and no real price.';

function percent(move: number): string {
  return `${(Math.abs(move) * 100).toFixed(2)}%`;
}

function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The number of the last span of a provider that is over at an instant. */
export function lastSpan({ spanMs }: NewsProvider, atMs: number): number {
  return Math.floor(atMs / spanMs) - 1;
}

/** When a span ends: the time of its story. */
export function endOfSpan({ spanMs }: NewsProvider, span: number): number {
  return (span + 1) * spanMs;
}

/** The story that a provider has about one of its spans, if the price moved far enough. */
export function storyOf(provider: NewsProvider, instrument: Instrument, span: number, priceAt: PriceAt): Story | undefined {
  const { code, spanMs, threshold } = provider;
  const endMs = endOfSpan(provider, span);
  const from = priceAt(instrument.conId, endMs - spanMs);
  const to = priceAt(instrument.conId, endMs);
  if (from === undefined || to === undefined || from <= 0) return undefined;
  const move = to / from - 1;
  if (Math.abs(move) < threshold) return undefined;
  const verb = move > 0 ? 'rises' : move < 0 ? 'falls' : 'holds at';
  const { symbol } = instrument;
  const headline = `SIMULATED: ${symbol} ${verb} ${move === 0 ? String(to) : `${percent(move)} to ${to}`}`;
  const text = `<p>${headline}.</p><p>Between ${utc(endMs - spanMs)} and ${utc(endMs)} the price of ${symbol} went from ${from} to ${to}.</p><p>${DISCLAIMER}</p>`;
  return { atMs: endMs, providerCode: code, articleId: `${code}$${instrument.conId}.${span}`, headline, text };
}

/** What an article id says: the instrument and the span. */
export function readArticleId(provider: NewsProvider, articleId: string): { readonly conId: number; readonly span: number } | undefined {
  const match = /^([A-Z]+)\$(\d{1,10})\.(\d{1,8})$/.exec(articleId);
  return match?.[1] === provider.code ? { conId: Number(match[2]), span: Number(match[3]) } : undefined;
}
