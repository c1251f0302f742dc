import type { ScaledClock } from '@ibkit/clock';
import type { Market } from '../market/market.js';
import { fieldsOf, finiteNumber, isRecord, oneOf, refuse, text, within } from './rules.js';
import type { Rule } from './rules.js';

/** Moves a price, or stops trading. */
export type MarketCommand =
  /** A trade at the price and a quote around it. */
  | { readonly action: 'set'; readonly symbol: string; readonly price: number }
  /** A jump by a percentage, with no trade on the way. */
  | { readonly action: 'gap'; readonly symbol: string; readonly percent: number }
  /** Nobody quotes and nothing trades in the stock and its options; tick 49 says so. */
  | { readonly action: 'halt'; readonly symbol: string }
  | { readonly action: 'resume'; readonly symbol: string };

/** Moves the simulator's clock. */
export type ClockCommand =
  | { readonly action: 'pause' }
  | { readonly action: 'resume' }
  /** Pauses, then moves forward. */
  | { readonly action: 'step'; readonly ms: number }
  /** Moves forward at once; a running clock runs on. */
  | { readonly action: 'advance'; readonly ms: number }
  /** Simulated milliseconds per real one. */
  | { readonly action: 'speed'; readonly speed: number };

/** One command moves the clock by a week at most: whatever is due on the way happens at once. */
const LONGEST_STEP_MS = 7 * 86_400_000;
const HIGHEST_PRICE = 1_000_000_000;
const HIGHEST_SPEED = 1_000_000;

const SYMBOL = text(40);
const STEP = finiteNumber(0, LONGEST_STEP_MS);

type Shapes<C extends { readonly action: string }> = { readonly [Action in C['action']]: Rule<Extract<C, { readonly action: Action }>> };

const MARKET_SHAPES: Shapes<MarketCommand> = {
  set: fieldsOf({ action: oneOf('set'), symbol: SYMBOL, price: finiteNumber(0.000_001, HIGHEST_PRICE) }, 'set'),
  gap: fieldsOf({ action: oneOf('gap'), symbol: SYMBOL, percent: finiteNumber(-99.999, 10_000) }, 'gap'),
  halt: fieldsOf({ action: oneOf('halt'), symbol: SYMBOL }, 'halt'),
  resume: fieldsOf({ action: oneOf('resume'), symbol: SYMBOL }, 'resume'),
};

const CLOCK_SHAPES: Shapes<ClockCommand> = {
  pause: fieldsOf({ action: oneOf('pause') }, 'pause'),
  resume: fieldsOf({ action: oneOf('resume') }, 'resume'),
  step: fieldsOf({ action: oneOf('step'), ms: STEP }, 'step'),
  advance: fieldsOf({ action: oneOf('advance'), ms: STEP }, 'advance'),
  speed: fieldsOf({ action: oneOf('speed'), speed: finiteNumber(0.000_001, HIGHEST_SPEED) }, 'speed'),
};

function commandRule<C extends { readonly action: string }>(shapes: Readonly<Record<string, Rule<C>>>): Rule<C> {
  return {
    check: (value, field): asserts value is C => {
      if (!isRecord(value)) refuse(field === '' ? 'command' : field, 'must be an object with an action', value);
      const { action } = value;
      const own = typeof action === 'string' && Object.hasOwn(shapes, action) ? shapes[action] : undefined;
      if (own === undefined) refuse(within(field, 'action'), `must be one of ${Object.keys(shapes).join(', ')}`, action);
      const shape: Rule<C> = own;
      shape.check(value, field);
    },
  };
}

export const MARKET_COMMAND: Rule<MarketCommand> = commandRule<MarketCommand>(MARKET_SHAPES);
export const CLOCK_COMMAND: Rule<ClockCommand> = commandRule<ClockCommand>(CLOCK_SHAPES);

/** @throws UsageError for a command that is out of range, and for a symbol that is not listed. */
export function moveMarket(market: Market, command: MarketCommand): void {
  MARKET_COMMAND.check(command, '');
  switch (command.action) {
    case 'set':
      market.setPrice(command.symbol, command.price);
      return;
    case 'gap':
      market.gap(command.symbol, command.percent);
      return;
    case 'halt':
      market.halt(command.symbol);
      return;
    case 'resume':
      market.resume(command.symbol);
  }
}

/** @throws UsageError for a command that is out of range. */
export function moveClock(market: Market, command: ClockCommand): void {
  CLOCK_COMMAND.check(command, '');
  const clock: ScaledClock = market.clock;
  switch (command.action) {
    case 'pause':
      clock.pause();
      return;
    case 'resume':
      // A replay that waits for its first subscriber stops waiting.
      market.release();
      clock.resume();
      return;
    case 'step':
      clock.pause();
      clock.advance(command.ms);
      return;
    case 'advance':
      clock.advance(command.ms);
      return;
    case 'speed':
      clock.setSpeed(command.speed);
  }
}
