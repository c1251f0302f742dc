import type { ServerMessage } from '@ibkit/wire';
import { flag, optional, text, wholeNumber } from '../control/rules.js';
import { createLineFilter } from './line-filter.js';
import { defineFault, once, subjectOf } from './fault.js';
import type { FaultEffect, FaultHost, FaultTiming } from './fault.js';
import { REQUEST_TYPE } from './message-types.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';

/**
 * An error or notice to every client that is ready, or to one. With `request` it waits for the next requests of that type, and goes to whoever makes them, with the
 * request's id, before the answer, or with `instead` in its place.
 */
export interface NoticeFault extends FaultTiming {
  readonly type: 'notice';
  readonly code: number;
  /** @defaultValue what TWS says with this code */
  readonly text?: string | undefined;
  /** A request id, an order id, or -1 for what concerns the whole connection. @defaultValue the request's id, else -1 */
  readonly id?: number | undefined;
  /** Type of the requests that it waits for, such as `reqMktData`. */
  readonly request?: string | undefined;
  /** The request gets no other answer. @defaultValue false */
  readonly instead?: boolean | undefined;
  /** How many requests; then the fault ends. @defaultValue 1 */
  readonly count?: number | undefined;
  readonly clientId?: number | undefined;
}

/** One notice very often, as in a server reset. */
export interface ErrorStormFault extends FaultTiming {
  readonly type: 'error-storm';
  /** @defaultValue 1100 */
  readonly code?: number | undefined;
  readonly text?: string | undefined;
  /** How often. @defaultValue 833 */
  readonly count?: number | undefined;
  /** Milliseconds between two; 0 sends all at once. @defaultValue 0 */
  readonly everyMs?: number | undefined;
}

/**
 * A data farm is broken: 2103, 2105 or 2157 by its name, and what it serves stops. `usfarm` serves stocks, `usopt` options, farms with `hmds` in the name history
 * (162), farms with `secdef` in the name contract details (no answer), all others nothing here. Ending it sends 2104, 2106 or 2158, and the lines go on.
 */
export interface FarmDownFault extends FaultTiming {
  readonly type: 'farm-down';
  /** @defaultValue `usfarm` */
  readonly farm?: string | undefined;
}

/** A data farm is back: ends `farm-down` for it; 2104, 2106 or 2158 are sent in any case. */
export interface FarmUpFault extends FaultTiming {
  readonly type: 'farm-up';
  /** @defaultValue `usfarm` */
  readonly farm?: string | undefined;
}

export type NoticeFaultFamily = NoticeFault | ErrorStormFault | FarmDownFault | FarmUpFault;

const DEFAULT_FARM = 'usfarm';
const CODE = wholeNumber(-1, 2_147_483_647);
const REQUEST_ID = wholeNumber(-1, 2_147_483_647);
const NO_ID = -1;

type FarmKind = 'data' | 'history' | 'definitions';

/** TWS API: codes and words of the farm notices. */
const FARM_NOTICES: Readonly<Record<FarmKind, { readonly words: string; readonly down: number; readonly up: number }>> = {
  data: { words: 'Market data farm', down: 2103, up: 2104 },
  history: { words: 'HMDS data farm', down: 2105, up: 2106 },
  definitions: { words: 'Sec-def data farm', down: 2157, up: 2158 },
};

const SERVES: Readonly<Record<string, string>> = { usfarm: 'STK', usopt: 'OPT' };

const DEFINITION_REQUESTS: ReadonlySet<string> = new Set(['reqContractDetails', 'reqSecDefOptParams', 'reqMatchingSymbols']);
const HISTORY_REQUEST = /^req(?:Historical|HeadTimestamp|Histogram)/;

function kindOf(farm: string): FarmKind {
  if (farm.includes('hmds')) return 'history';
  return farm.includes('secdef') ? 'definitions' : 'data';
}

function broadcast(host: FaultHost, code: number, message: string): void {
  for (const session of host.readySessions()) session.sendError(NO_ID, code, message);
}

function tellFarm(host: FaultHost, farm: string, isUp: boolean): void {
  const { words, down, up } = FARM_NOTICES[kindOf(farm)];
  broadcast(host, isUp ? up : down, `${words} connection is ${isUp ? 'OK' : 'broken'}:${farm}`);
}

function noticeOnRequest({ code, id, request, instead = false, count = 1, clientId }: NoticeFault, words: string, done: () => void): FaultEffect {
  let left = count;
  return {
    onRequest: (session, message) => {
      if (message.type !== request || left === 0 || (clientId !== undefined && clientId !== session.clientId)) return false;
      left -= 1;
      session.sendError(id ?? subjectOf(message), code, words);
      if (left === 0) done();
      return instead;
    },
  };
}

function storm({ code = 1100, count = 833, everyMs = 0, ...fault }: ErrorStormFault, host: FaultHost, done: () => void): () => void {
  const message = fault.text ?? noticeText(code);
  let cancel = (): void => undefined;
  const send = (left: number): void => {
    if (left === 0) {
      done();
      return;
    }
    broadcast(host, code, message);
    cancel = host.later(everyMs, () => {
      send(left - 1);
    });
  };
  if (everyMs === 0) {
    for (let sent = 0; sent < count; sent += 1) broadcast(host, code, message);
    done();
    return cancel;
  }
  send(count);
  return () => {
    cancel();
  };
}

/** Faults that are told in notices. */
export const NOTICE_FAULTS = [
  defineFault<NoticeFault>({
    type: 'notice',
    rules: {
      code: CODE,
      text: optional(text(1_000)),
      id: optional(REQUEST_ID),
      request: optional(REQUEST_TYPE),
      instead: optional(flag),
      count: optional(wholeNumber(1, 1_000_000)),
      clientId: optional(CLIENT_ID),
    },
    begin: (fault, host, done) => {
      const { code, clientId, id = NO_ID } = fault;
      const message = fault.text ?? noticeText(code);
      if (fault.request !== undefined) return noticeOnRequest(fault, message, done);
      return once(() => {
        for (const session of host.readySessions(clientId)) session.sendError(id, code, message);
      }, done);
    },
  }),
  defineFault<ErrorStormFault>({
    type: 'error-storm',
    rules: { code: optional(CODE), text: optional(text(1_000)), count: optional(wholeNumber(1, 100_000)), everyMs: optional(MILLISECONDS) },
    begin: (fault, host, done) => {
      let cancel = (): void => undefined;
      return {
        start: () => {
          cancel = storm(fault, host, done);
        },
        stop: () => {
          cancel();
        },
      };
    },
  }),
  defineFault<FarmDownFault>({
    type: 'farm-down',
    rules: { farm: optional(text(60)) },
    begin: ({ farm = DEFAULT_FARM }, host) => {
      const kind = kindOf(farm);
      const isSilenced = createLineFilter(host, { secType: SERVES[farm] ?? 'none' });
      return {
        start: () => {
          tellFarm(host, farm, false);
        },
        stop: () => {
          tellFarm(host, farm, true);
        },
        onRequest: (session, message) => {
          if (kind === 'definitions' && DEFINITION_REQUESTS.has(message.type)) return true;
          if (kind !== 'history' || !HISTORY_REQUEST.test(message.type) || !('reqId' in message)) return false;
          session.sendError(message.reqId, 162, `Historical Market Data Service error message:HMDS data farm connection is broken:${farm}`);
          return true;
        },
        onMessage: (session, message: ServerMessage) => (kind === 'data' && isSilenced(session, message) ? undefined : message),
      };
    },
  }),
  defineFault<FarmUpFault>({
    type: 'farm-up',
    rules: { farm: optional(text(60)) },
    begin: ({ farm = DEFAULT_FARM }, host, done) =>
      once(() => {
        if (host.endFaults('farm-down', (fault) => (fault['farm'] ?? DEFAULT_FARM) === farm) === 0) tellFarm(host, farm, true);
      }, done),
  }),
] as const;
