import { withDeadline } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { ResolvedTradingOptions } from '../options.js';
import { GATE_REASONS, gateRefusal, isPassing, orderGateReasons } from '../orders/order-gate.js';
import type { GateFacts, GateReason } from '../orders/order-gate.js';
import type { OrderWaitOptions } from '../orders/order-handle.js';
import type { TradingCore } from './trading-core.js';
import type { TradingEvents } from './trading-events.js';

/** What a {@link TradingGate} looks at. */
export interface TradingGateOptions {
  readonly options: ResolvedTradingOptions;
  readonly events: EventBus<TradingEvents>;
  /** Aborts when trading is closed. */
  readonly closed: AbortSignal;
  /** Absent before the start. */
  readonly core: () => TradingCore | undefined;
}

/** The gate for orders: every reason against them right now, told whenever they change. */
export class TradingGate {
  readonly #options: TradingGateOptions;
  #told: string | undefined;

  constructor(options: TradingGateOptions) {
    this.#options = options;
  }

  /** Every reason against new orders, most important first. */
  reasons(): readonly GateReason[] {
    return orderGateReasons(this.facts());
  }

  /** Everything that the gate decides by. */
  facts(): GateFacts {
    const { options, closed } = this.#options;
    const { connection, mode, allowLive, accounts, readOnly, auth } = options;
    const core = this.#options.core();
    return {
      phase: closed.aborted ? 'closed' : core === undefined ? 'idle' : 'started',
      journal: core?.writer.status ?? 'ok',
      leaseHeld: core?.leaseHeld ?? true,
      readOnly,
      killSwitch: core?.register.ledger.killSwitch.engaged ?? false,
      connected: connection.session !== undefined,
      upstreamDown: connection.health.layers.upstream.status === 'down',
      reconciled: core?.reconciler.isReconciled ?? false,
      mode,
      allowLive,
      allowedAccounts: accounts,
      sessionAccounts: connection.accounts,
      auth,
      armed: (account) => core?.guards.armed(account) ?? false,
      readOnlyApi: core?.guards.readOnlyApi ?? false,
      restartAhead: core?.guards.restartAhead ?? false,
    };
  }

  /** Tells the reasons, unless they are what was told last. */
  tell(): void {
    const { events, options } = this.#options;
    const reasons = this.reasons();
    const told = reasons.join();
    if (told === this.#told) return;
    this.#told = told;
    events.emit('gate.changed', { open: reasons.length === 0, reasons, atMs: options.connection.clock.now() });
  }

  /** Refuses, and writes down, what no order could pass now. */
  check(request: unknown): void {
    const reasons = this.reasons();
    if (reasons.length === 0) return;
    const refusal = gateRefusal(reasons, 'order');
    this.#options.core()?.guards.refusals.note({ what: 'place', request }, refusal);
    throw refusal;
  }

  /** Waits until it is open for orders in general. See `Trading.ready`. */
  async opened({ timeoutMs = 60_000, signal }: OrderWaitOptions): Promise<void> {
    const { options, closed } = this.#options;
    const stop = new AbortController();
    const signals = [stop.signal, closed, ...(signal === undefined ? [] : [signal])];
    try {
      await withDeadline(options.connection.clock, timeoutMs, this.#opens(AbortSignal.any(signals)), {
        signal,
        timeoutError: () => new TimeoutError({
          message: `The gate for orders did not open within ${timeoutMs} ms: ${this.reasons().map((reason) => GATE_REASONS[reason]).join('; ')}`,
          details: { reasons: this.reasons() },
        }),
      });
    } finally {
      stop.abort();
    }
  }

  async #opens(signal: AbortSignal): Promise<void> {
    const { events, core } = this.#options;
    for (;;) {
      const reasons = this.reasons();
      if (reasons.length === 0) return;
      const lasting = reasons.filter((reason) => !isPassing(reason) && !(reason === 'NOT_ARMED' && core()?.guards.arming.isPending === true));
      if (lasting.length > 0) throw gateRefusal(lasting, 'order');
      await events.once('gate.changed', { signal });
    }
  }
}
