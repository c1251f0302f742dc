import { mergedTickIds } from './generic-tick.js';
import { widest } from './market-data-mode.js';
import type { MarketDataMode } from './market-data-mode.js';

/** What a line must carry to serve everybody on it. */
export interface LineWants {
  readonly ticks: readonly number[];
  readonly mode: MarketDataMode;
}

/** The life of one upstream line: opened for its first holder, kept for a while after its last. */
export type LineState =
  | { readonly status: 'idle' }
  | { readonly status: 'held'; readonly holders: number; readonly wants: LineWants }
  | { readonly status: 'lingering'; readonly wants: LineWants }
  | { readonly status: 'closed' };

/** What can happen to a line. */
export type LineInput =
  | { readonly type: 'acquire'; readonly wants: LineWants }
  | { readonly type: 'release' }
  /** Some of what it carried was refused: ask for this alone. */
  | { readonly type: 'narrow'; readonly wants: LineWants }
  | { readonly type: 'lingerElapsed' }
  | { readonly type: 'close' };

/** What is to be done about it, in this order. */
export type LineEffect = 'cancelLinger' | 'open' | 'reopen' | 'startLinger' | 'close';

/** The next state and what is to be done. */
export interface LineStep {
  readonly state: LineState;
  readonly effects: readonly LineEffect[];
}

/** The state before anything happened. */
export const IDLE_LINE: LineState = { status: 'idle' };

/**
 * Decides what happens to a line. Narrows what a line carries only when the broker refuses it: asking again interrupts it.
 * A release without a holder and everything after the close change nothing.
 */
export function lineTransition(state: LineState, input: LineInput): LineStep {
  switch (input.type) {
    case 'acquire':
      return acquired(state, input.wants);
    case 'release':
      return released(state);
    case 'narrow':
      return state.status === 'held' ? { state: { ...state, wants: input.wants }, effects: ['reopen'] } : { state, effects: [] };
    case 'lingerElapsed':
      return state.status === 'lingering' ? { state: { status: 'closed' }, effects: ['close'] } : { state, effects: [] };
    case 'close':
      return closed(state);
  }
}

function acquired(state: LineState, wants: LineWants): LineStep {
  switch (state.status) {
    case 'idle':
      return { state: { status: 'held', holders: 1, wants }, effects: ['open'] };
    case 'held': {
      const merged = merge(state.wants, wants);
      return {
        state: { status: 'held', holders: state.holders + 1, wants: merged },
        effects: merged === state.wants ? [] : ['reopen'],
      };
    }
    case 'lingering': {
      const merged = merge(state.wants, wants);
      return {
        state: { status: 'held', holders: 1, wants: merged },
        effects: merged === state.wants ? ['cancelLinger'] : ['cancelLinger', 'reopen'],
      };
    }
    case 'closed':
      return { state, effects: [] };
  }
}

function released(state: LineState): LineStep {
  if (state.status !== 'held') return { state, effects: [] };
  if (state.holders > 1) return { state: { ...state, holders: state.holders - 1 }, effects: [] };
  return { state: { status: 'lingering', wants: state.wants }, effects: ['startLinger'] };
}

function closed(state: LineState): LineStep {
  switch (state.status) {
    case 'idle':
      return { state: { status: 'closed' }, effects: [] };
    case 'held':
      return { state: { status: 'closed' }, effects: ['close'] };
    case 'lingering':
      return { state: { status: 'closed' }, effects: ['cancelLinger', 'close'] };
    case 'closed':
      return { state, effects: [] };
  }
}

/** What serves all of several wishes. */
export function allOf(wants: readonly LineWants[]): LineWants {
  return wants.reduce(merge, { ticks: [], mode: 'live' });
}

/** The same object when nothing is added, so that "more" is visible by identity. */
function merge(have: LineWants, more: LineWants): LineWants {
  const ticks = mergedTickIds(have.ticks, more.ticks);
  const mode = widest([have.mode, more.mode]);
  return ticks.length === have.ticks.length && mode === have.mode ? have : { ticks, mode };
}
