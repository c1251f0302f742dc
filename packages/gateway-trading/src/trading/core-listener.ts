import type { OrderError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { PositionCheckReport } from '../account/position-check.js';
import type { IdRollback } from '../broker/link-watch.js';
import type { Arming } from '../guards/own-arming.js';
import type { BracketState } from '../orders/bracket/bracket-watch.js';
import type { OrderChange } from '../orders/order-ledger.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import { announce } from './trading-events.js';
import type { TradingEvents } from './trading-events.js';

/** What the core tells its owner. */
export interface CoreListener {
  readonly onChange: (change: OrderChange) => void;
  readonly onReconciled: (report: ReconcileReport) => void;
  readonly onReconcileFailed: (trigger: string, error: Error) => void;
  readonly onUnprotected: (bracket: BracketState, reason: string) => void;
  readonly onProtected: (bracket: BracketState) => void;
  readonly onPositionDrift: (report: PositionCheckReport) => void;
  readonly onJournalStopped: (error: OrderError) => void;
  readonly onLeaseLost: (error: OrderError) => void;
  readonly onKillSwitched: (to: { readonly engaged: boolean; readonly reason: string; readonly atMs: number }) => void;
  /** Live trading was armed, or the arming ended. */
  readonly onArming: () => void;
  readonly onIdRollback: (facts: IdRollback) => void;
  /** Something that the gate looks at may have changed. */
  readonly onLink: () => void;
}

/** What the events of a `Trading` are made with. */
export interface NewsOptions {
  readonly events: EventBus<TradingEvents>;
  readonly now: () => number;
  readonly tellGate: () => void;
  readonly arming: () => Arming | undefined;
}

/** Makes events of what the core tells; what the gate looks at is told first where it opens the gate, last where it closes it. */
export function newsOf({ events, now, tellGate, arming }: NewsOptions): CoreListener {
  return {
    onChange: (change) => {
      announce(change, (type, event) => {
        events.emit(type, event);
      });
    },
    onReconciled: (report) => {
      tellGate();
      events.emit('reconcile.completed', { ...report, atMs: now() });
    },
    onReconcileFailed: (reason, error) => {
      events.emit('reconcile.failed', { reason, error, atMs: now() });
    },
    onUnprotected: (bracket, reason) => {
      events.emit('bracket.unprotected', { bracket, reason, atMs: now() });
    },
    onProtected: (bracket) => {
      events.emit('bracket.protected', { bracket, atMs: now() });
    },
    onPositionDrift: ({ drifts, fromMs, toMs }) => {
      events.emit('positions.drifted', { drifts, fromMs, atMs: toMs });
    },
    onJournalStopped: (error) => {
      events.emit('journal.stopped', { error, atMs: now() });
      tellGate();
    },
    onLeaseLost: (error) => {
      events.emit('lease.lost', { error, atMs: now() });
      tellGate();
    },
    onKillSwitched: (to) => {
      events.emit('killSwitch.changed', to);
      tellGate();
    },
    onArming: () => {
      const expiresAtMs = arming()?.expiresAtMs;
      events.emit('arming.changed', { armed: expiresAtMs !== undefined, expiresAtMs, atMs: now() });
    },
    onIdRollback: (facts) => {
      events.emit('order.idRollback', { ...facts, atMs: now() });
    },
    onLink: tellGate,
  };
}
