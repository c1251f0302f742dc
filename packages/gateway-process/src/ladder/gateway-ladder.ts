import type { Clock } from '@ibkit/clock';
import type { GatewayCommand } from '../drivers/driver.js';
import { EscalationLadder } from './escalation-ladder.js';
import type { LadderOptions, LadderStep } from './escalation-ladder.js';

/** The gateway as the ladder needs it. `GatewayProcess` is one. */
export interface LadderGateway {
  command(command: GatewayCommand): Promise<unknown>;
  restart(options: { readonly how: 'soft' | 'cold'; readonly signal: AbortSignal }): Promise<unknown>;
}

/** Options of {@link gatewayLadder}. */
export interface GatewayLadderOptions {
  readonly gateway: LadderGateway;
  readonly clock: Clock;
  /** Whether all is well again: the API is ready, the link is up, streams tick. */
  readonly isCured: LadderOptions['isCured'];
  /** Asks for the streams again. @defaultValue this step is left out */
  readonly resubscribe?: (() => Promise<unknown>) | undefined;
  /** Drops the API session and makes a new one. @defaultValue this step is left out */
  readonly reconnectApi?: (() => Promise<unknown>) | undefined;
  /** Asked before the two restarts: a text says why not, such as an order whose outcome is unknown for less than a minute. @defaultValue always true */
  readonly mayRestart?: LadderStep['may'];
  readonly onStep?: LadderOptions['onStep'];
}

/**
 * The ladder of a gateway: ask for the streams again, have IBC renew the data farms, then the account session, then a new API session, a restart that keeps the
 * login, and at last an end and a start. Each step has a budget per hour; restarts have two together with everybody else's.
 */
export function gatewayLadder(options: GatewayLadderOptions): EscalationLadder {
  const { gateway, clock, isCured, resubscribe, reconnectApi, mayRestart, onStep } = options;
  const steps: LadderStep[] = [
    ...(resubscribe === undefined ? [] : [{ name: 'resubscribe', run: resubscribe, settleMs: 30_000, perHour: 6 }]),
    { name: 'reconnectData', run: () => gateway.command('RECONNECTDATA'), settleMs: 60_000, perHour: 4 },
    { name: 'reconnectAccount', run: () => gateway.command('RECONNECTACCOUNT'), settleMs: 60_000, perHour: 3 },
    ...(reconnectApi === undefined ? [] : [{ name: 'reconnectApi', run: reconnectApi, settleMs: 60_000, perHour: 6 }]),
    { name: 'restart', run: (signal) => gateway.restart({ how: 'soft', signal }), settleMs: 60_000, perHour: 2, may: mayRestart },
    { name: 'stopAndStart', run: (signal) => gateway.restart({ how: 'cold', signal }), settleMs: 60_000, perHour: 1, may: mayRestart },
  ];
  return new EscalationLadder({ steps, isCured, clock, onStep });
}
