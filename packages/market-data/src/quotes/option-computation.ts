import type { ServerMessageOf } from '@ibkit/wire';
import type { OptionComputation } from './quote.js';
import { tickNumber } from './tick-texts.js';

/** TWS API, tickOptionComputation: how each value says that it could not be computed. */
const NONE = { minusOne: -1, minusTwo: -2 } as const;

/** Reads an option computation; what the broker could not compute is absent. */
export function optionComputation(message: ServerMessageOf<'tickOptionComputation'>, atMs: number): OptionComputation {
  return Object.freeze({
    impliedVolatility: unless(message.impliedVol, NONE.minusOne),
    delta: unless(message.delta, NONE.minusTwo),
    gamma: unless(message.gamma, NONE.minusTwo),
    vega: unless(message.vega, NONE.minusTwo),
    theta: unless(message.theta, NONE.minusTwo),
    price: unless(message.optPrice, NONE.minusOne),
    pvDividend: unless(message.pvDividend, NONE.minusOne),
    underlyingPrice: unless(message.undPrice, NONE.minusOne),
    atMs,
  });
}

function unless(value: number | undefined, none: number): number | undefined {
  return value === none ? undefined : tickNumber(value);
}
