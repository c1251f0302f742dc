import type { ServerMessage, WireContract } from '@ibkit/wire';
import type { Instrument } from '../market/instrument.js';
import type { ClientSession } from '../server/client-session.js';
import type { FaultHost } from './fault.js';

/** Messages that carry market data of a line. */
const LINE_MESSAGES: ReadonlySet<string> = new Set([
  'tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickOptionComputation', 'tickByTick', 'realTimeBar', 'historicalDataUpdate', 'marketDepth', 'marketDepthL2',
]); // prettier-ignore

/** Which lines; undefined fits all. */
export interface LineChoice {
  readonly clientId?: number | undefined;
  readonly reqId?: number | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
}

/** Tells whether a message is market data of a chosen line. */
export function createLineFilter(host: Pick<FaultHost, 'market'>, choice: LineChoice): (session: ClientSession, message: ServerMessage) => boolean {
  const { clientId, reqId, secType } = choice;
  const symbol = choice.symbol?.toUpperCase();
  const instruments = new WeakMap<WireContract, Instrument>();
  const instrumentOf = (contract: WireContract): Instrument | undefined => {
    const known = instruments.get(contract) ?? host.market.universe.find(contract)[0];
    if (known !== undefined) instruments.set(contract, known);
    return known;
  };
  return (session, message) => {
    if (!LINE_MESSAGES.has(message.type) || !('reqId' in message)) return false;
    if (clientId !== undefined && clientId !== session.clientId) return false;
    if (reqId !== undefined && reqId !== message.reqId) return false;
    if (symbol === undefined && secType === undefined) return true;
    const contract = session.contractOf(message.reqId);
    const instrument = contract === undefined ? undefined : instrumentOf(contract);
    if (instrument === undefined) return false;
    return (symbol === undefined || symbol === instrument.symbol) && (secType === undefined || secType === instrument.secType);
  };
}
