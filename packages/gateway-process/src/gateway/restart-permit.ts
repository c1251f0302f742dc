import { GatewayError } from '../gateway-error.js';
import type { GatewayState } from '../machine/gateway-state.js';
import type { ResolvedGatewayOptions } from './gateway-options.js';
import type { RestartBudget } from './restart-budget.js';
import { startError } from './start-waiters.js';

/** What a {@link RestartPermit} decides by. */
export interface RestartPermitOptions {
  readonly options: ResolvedGatewayOptions;
  readonly budget: RestartBudget;
  readonly state: () => GatewayState;
}

function refused(why: string, retryable = true): GatewayError {
  return new GatewayError({ code: 'IBKR_GATEWAY_RESTART_REFUSED', message: `The gateway is not restarted: ${why}`, retryable });
}

/** Whether the gateway may be restarted now: by its driver, by what it is in the middle of, by its schedule, by its owner and by the budget. */
export class RestartPermit {
  readonly #options: RestartPermitOptions;

  constructor(options: RestartPermitOptions) {
    this.#options = options;
  }

  /** @throws {@link GatewayError} `IBKR_GATEWAY_NOT_SUPPORTED` when the driver cannot do it at all */
  assertPossible(how: 'auto' | 'soft' | 'cold'): void {
    const { driver } = this.#options.options;
    if (driver.plan === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'This driver only looks: whoever runs the gateway restarts it' });
    if (how === 'soft' && driver.command === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'Only IBC can make the gateway restart itself', tips: ["Use how: 'cold'."] });
  }

  /**
   * Asks everybody who may say no, but for the budget.
   * @param assertOpen fails when nobody looks after the gateway any more, which asking may take long enough for
   * @throws {@link GatewayError} `IBKR_GATEWAY_RESTART_REFUSED`, `IBKR_GATEWAY_LOCKED_OUT`
   */
  async ask(force: boolean, assertOpen: () => void): Promise<void> {
    const { schedule, gatewayNow, mayRestart } = this.#options.options;
    const { phase, cause } = this.#options.state();
    if (phase === 'lockedOut') throw startError('lockedOut', cause);
    this.#assertSettled();
    if (!force && schedule.at(gatewayNow()) !== undefined) throw refused('a restart of its own goes on');
    const may = force ? true : await mayRestart();
    assertOpen();
    if (may !== true) throw refused(may);
    // It may have changed while that was asked.
    this.#assertSettled();
  }

  /** Takes one restart out of the budget. @throws {@link GatewayError} `IBKR_GATEWAY_RESTART_REFUSED` when there is none left */
  take(force: boolean): void {
    const { budget } = this.#options;
    if (!budget.take(force)) throw refused(`there were ${budget.used} restarts in the last hour`);
  }

  #assertSettled(): void {
    const { phase } = this.#options.state();
    if (phase !== 'ready' && phase !== 'apiDown') throw refused(`it is in the middle of something (${phase})`);
  }
}
