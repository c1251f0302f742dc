import { oneOf, optional } from '../control/rules.js';
import { defineFault, once } from './fault.js';
import type { FaultTiming } from './fault.js';
import { CLIENT_ID } from './triggers.js';

/**
 * The sockets stay open, but the server stops reading, writing or both. Applies to the connections of the moment at which it begins, or to one client's.
 * Ending it delivers what was held back; dropping the client first loses it.
 */
export interface HalfOpenFault extends FaultTiming {
  readonly type: 'half-open';
  /** @defaultValue `both` */
  readonly stop?: 'reading' | 'writing' | 'both' | undefined;
  readonly clientId?: number | undefined;
}

/** Connections are cut, every one or one client's. By RST what was answered in the same turn is lost; by FIN it arrives first. */
export interface DropFault extends FaultTiming {
  readonly type: 'drop';
  /** @defaultValue `rst` */
  readonly how?: 'rst' | 'fin' | undefined;
  readonly clientId?: number | undefined;
}

/** New connections are refused; the ones that exist live on. */
export interface RefuseFault extends FaultTiming {
  readonly type: 'refuse';
}

/** New connections are neither accepted nor refused: their first packets are thrown away, so that clients wait until they give up. The ones that exist live on. Proven on Linux. */
export interface BlackHoleFault extends FaultTiming {
  readonly type: 'black-hole';
}

/** New connections are accepted and never answered; ending the fault does not wake them. */
export interface MuteAcceptFault extends FaultTiming {
  readonly type: 'mute-accept';
}

/** The handshake succeeds, but nothing follows START_API; ending the fault completes the start of the clients that wait. */
export interface MuteReadyFault extends FaultTiming {
  readonly type: 'mute-ready';
}

/** Connecting with this client id, or any, gets 326 and FIN. */
export interface IdInUseFault extends FaultTiming {
  readonly type: 'id-in-use';
  readonly clientId?: number | undefined;
}

export type ConnectionFault = HalfOpenFault | DropFault | RefuseFault | BlackHoleFault | MuteAcceptFault | MuteReadyFault | IdInUseFault;

/** Faults of sockets and of the way in. */
export const CONNECTION_FAULTS = [
  defineFault<HalfOpenFault>({
    type: 'half-open',
    rules: { stop: optional(oneOf('reading', 'writing', 'both')), clientId: optional(CLIENT_ID) },
    begin: ({ stop = 'both', clientId }, host) => {
      const stalled = host.clients(clientId);
      return {
        start: () => {
          for (const { connection } of stalled) connection.setStall({ reading: stop !== 'writing', writing: stop !== 'reading' });
        },
        stop: () => {
          for (const { connection } of stalled) connection.setStall({ reading: false, writing: false });
        },
      };
    },
  }),
  defineFault<DropFault>({
    type: 'drop',
    rules: { how: optional(oneOf('rst', 'fin')), clientId: optional(CLIENT_ID) },
    begin: ({ how = 'rst', clientId }, host, done) =>
      once(() => {
        for (const { connection } of host.clients(clientId)) {
          if (how === 'rst') connection.reset('dropped by a fault (RST)');
          else connection.end('dropped by a fault (FIN)');
        }
      }, done),
  }),
  defineFault<RefuseFault>({ type: 'refuse', rules: {}, begin: () => ({ closesPort: true }) }),
  defineFault<BlackHoleFault>({ type: 'black-hole', rules: {}, begin: () => ({ closesPort: true, swallows: true }) }),
  defineFault<MuteAcceptFault>({ type: 'mute-accept', rules: {}, begin: () => ({ neverAnswers: true }) }),
  defineFault<MuteReadyFault>({
    type: 'mute-ready',
    rules: {},
    begin: (_fault, host) => ({ onStart: () => 'mute', stop: host.completeStarts }),
  }),
  defineFault<IdInUseFault>({
    type: 'id-in-use',
    rules: { clientId: optional(CLIENT_ID) },
    begin: (fault) => ({ onStart: (clientId) => (fault.clientId === undefined || fault.clientId === clientId ? 'inUse' : undefined) }),
  }),
] as const;
