import type { Clock } from '@ibkit/clock';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { Brokerage } from '../brokerage/brokerage.js';
import { fieldsOf, optional } from '../control/rules.js';
import type { FieldRules, Rule } from '../control/rules.js';
import type { Market } from '../market/market.js';
import type { ClientConnection } from '../server/client-connection.js';
import type { ClientSession } from '../server/client-session.js';
import type { OutputShape } from '../server/shaped-output.js';
import { AFTER, MILLISECONDS } from './triggers.js';
import type { After } from './triggers.js';

/** When a fault begins and how long it lasts. Both are real time, on the clock that the simulator was given, not on its scaled one. */
export interface FaultTiming {
  /** @defaultValue 0: at once */
  readonly after?: After | undefined;
  /** Milliseconds until the fault ends by itself. @defaultValue until it is ended, or until it has done what it does */
  readonly for?: number | undefined;
}

/** What an order caused to be sent without being asked for: an acknowledgement, a status, a fill, its cost, a verdict. */
export interface OrderCallback {
  readonly clientId: number;
  readonly orderId: number;
  readonly message: ServerMessage;
  /** Whether no API client placed the order. */
  readonly isManual?: boolean | undefined;
}

/** A frame on its way to a client's socket. */
export interface OutgoingFrame {
  readonly session: ClientSession;
  readonly type: ServerMessage['type'];
  readonly bytes: Uint8Array;
  /** How the connection ends behind these bytes; undefined: it does not. */
  readonly close?: 'fin' | 'rst' | undefined;
}

/** The points at which a fault that is on may step in. Whatever it leaves out works as ever. */
export interface FaultEffect {
  /** Runs once the fault is on. */
  readonly start?: (() => void) | undefined;
  /** Undoes the fault; runs once. */
  readonly stop?: (() => void) | undefined;
  /** New connections are refused. */
  readonly closesPort?: boolean | undefined;
  /** New connections are thrown away while the port is closed. */
  readonly swallows?: boolean | undefined;
  /** New connections are accepted and never answered. */
  readonly neverAnswers?: boolean | undefined;
  /** The server version to announce whatever was offered, or `none`: no version in common. */
  readonly version?: number | 'none' | undefined;
  /** How much later than true the server's clock shows, milliseconds. */
  readonly skewMs?: number | undefined;
  /** What becomes of a START_API: `mute` leaves it without an answer, `inUse` answers 326. */
  readonly onStart?: ((clientId: number) => 'mute' | 'inUse' | undefined) | undefined;
  /** A request before it is answered; true: it goes no further. */
  readonly onRequest?: ((session: ClientSession, message: ClientMessage) => boolean) | undefined;
  /** A message before it is sent; undefined: it is not sent. */
  readonly onMessage?: ((session: ClientSession, message: ServerMessage) => ServerMessage | undefined) | undefined;
  /** A callback of an order; what is not handed to `next` is not sent. */
  readonly onCallback?: ((callback: OrderCallback, next: (callback: OrderCallback) => void) => void) | undefined;
  /** The bytes of a message. */
  readonly onFrame?: ((frame: OutgoingFrame) => OutgoingFrame) | undefined;
  /** How bytes leave for a client; the id is undefined before START_API. */
  readonly shape?: ((clientId: number | undefined) => OutputShape | undefined) | undefined;
}

/** A connection as faults see it. */
export interface FaultClient {
  readonly connection: ClientConnection;
  /** Undefined before START_API. */
  readonly session: ClientSession | undefined;
}

/** What faults work on. */
export interface FaultHost {
  /** Real time. */
  readonly clock: Clock;
  readonly market: Market;
  readonly brokerage: Brokerage;
  /** The open connections; with an id that client's alone. */
  readonly clients: (clientId?: number) => readonly FaultClient[];
  /** The clients that got nextValidId. */
  readonly readySessions: (clientId?: number) => readonly ClientSession[];
  /** Sends what has been withheld since their START_API to clients that wait. */
  readonly completeStarts: () => void;
  /** Calls later, also when the fault has ended by then; never after the simulator is closed. */
  readonly later: (delayMs: number, action: () => void) => () => void;
  /** Ends the faults of a type that are on and fit; returns how many. */
  readonly endFaults: (type: string, fits: (fault: Readonly<Record<string, unknown>>) => boolean) => number;
  /** Notes in the journal what a fault did. */
  readonly note: (type: string, clientId: number | undefined, message: Readonly<Record<string, unknown>>) => void;
}

/** A fault's own parameters. */
type Parameters<F extends FaultTiming & { readonly type: string }> = Omit<F, keyof FaultTiming | 'type'>;

/** How one type of fault is checked and what it does. */
export interface FaultDefinition {
  readonly type: string;
  /** How long it lasts when the fault does not say. */
  readonly defaultForMs: number | undefined;
  /** @throws UsageError that names field, value and rule. */
  readonly check: (fault: unknown, path: string) => void;
  /** Makes the effect of a checked fault; `done` ends it. */
  readonly begin: (fault: unknown, host: FaultHost, done: () => void) => FaultEffect;
}

/** Options of {@link defineFault}. */
export interface FaultSpec<F extends FaultTiming & { readonly type: string }> {
  readonly type: F['type'];
  readonly rules: FieldRules<Parameters<F>>;
  readonly defaultForMs?: number | undefined;
  readonly begin: (fault: F, host: FaultHost, done: () => void) => FaultEffect;
}

/** Declares a type of fault. */
export function defineFault<F extends FaultTiming & { readonly type: string }>(spec: FaultSpec<F>): FaultDefinition {
  const rules: Readonly<Record<string, Rule<unknown>>> = {
    type: { check: () => undefined },
    ...spec.rules,
    after: optional(AFTER),
    for: optional(MILLISECONDS),
  };
  const shape: Rule<Record<string, unknown>> = fieldsOf<Record<string, unknown>>(rules, `the fault ${spec.type}`);
  const isChecked = (fault: unknown, path: string): fault is F => {
    shape.check(fault, path);
    return true;
  };
  return {
    type: spec.type,
    defaultForMs: spec.defaultForMs,
    check: (fault, path) => {
      isChecked(fault, path);
    },
    begin: (fault, host, done) => (isChecked(fault, '') ? spec.begin(fault, host, done) : {}),
  };
}

/** What a request is called back with: its order id, its request id, else -1. */
export function subjectOf(message: ClientMessage): number {
  if ('orderId' in message && typeof message.orderId === 'number') return message.orderId;
  return 'reqId' in message ? message.reqId : -1;
}

/** The effect of a fault that is over as soon as it has acted. */
export function once(act: () => void, done: () => void): FaultEffect {
  return {
    start: () => {
      act();
      done();
    },
  };
}
