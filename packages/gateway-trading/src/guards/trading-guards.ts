import { OrderError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { TradingSession } from '../broker/connection-port.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { ResolvedTradingOptions } from '../options.js';
import { armingGateReasons } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';
import type { OrderRegister } from '../orders/order-register.js';
import { ArmingDesk } from './arming-desk.js';
import { GateTimer } from './gate-timer.js';
import { LivenessProbe } from './liveness-probe.js';
import { OrderGuards } from './order-guards.js';
import { OwnArming } from './own-arming.js';
import { RefusalLog } from './refusal-log.js';
import { isRestartAhead, restartBoundary, restartOf } from './restart-ahead.js';
import type { RestartFacts } from './restart-ahead.js';

/** What {@link TradingGuards} are made from. */
export interface TradingGuardsOptions {
  readonly options: ResolvedTradingOptions;
  readonly facts: () => GateFacts;
  readonly register: OrderRegister;
  readonly writer: JournalWriter;
  /** The gate may have changed. */
  readonly onChanged: () => void;
  /** The arming began or ended. */
  readonly onArming: () => void;
}

/** TWS API: 321, "Error validating request ... The API interface is currently in Read-Only mode." */
const VALIDATION_FAILED = 321;
const READ_ONLY_TEXT = /read-?\s?only/iu;

/** Everything that stands between an order and the broker besides the gate's own facts: caps, band, arming, restarts ahead, a read-only API, proof of life. */
export class TradingGuards {
  readonly orders: OrderGuards;
  readonly probe: LivenessProbe;
  readonly refusals: RefusalLog;
  readonly arming: ArmingDesk;
  readonly #options: TradingGuardsOptions;
  readonly #own: OwnArming | undefined;
  readonly #timer: GateTimer;
  readonly #detach: () => void;
  /** The session that said so. */
  #readOnlyEpoch: number | undefined;
  /** The beginning of the restart window in which the session or its link has gone or come: that was the restart. */
  #passedFromMs: number | undefined;

  constructor(parts: TradingGuardsOptions) {
    this.#options = parts;
    const { options, facts, register, writer, onChanged } = parts;
    const { connection, auth, mode, limits, marketData, brokerTimeZone } = options;
    const { clock } = connection;
    const { guards: state } = register.ledger;
    const book = register.book.bind(register);
    this.orders = new OrderGuards({ clock, limits, ledger: state.limits, marketData, brokerTimeZone, serverNow: () => this.#serverNow(), stagedBefore: state.stamps });
    this.probe = new LivenessProbe(connection, options.probeAfterQuietMs);
    this.refusals = new RefusalLog({ clock, book });
    const accounts = (): readonly string[] | undefined => (connection.session === undefined ? undefined : connection.accounts);
    this.#own = auth === undefined ? new OwnArming({ clock, mode, accounts, reasons: (account) => armingGateReasons(facts(), account) }) : undefined;
    const changed = (): void => {
      parts.onArming();
      onChanged();
    };
    const keeper = auth ?? this.#own;
    if (keeper === undefined) throw new TypeError('there is always a keeper');
    this.arming = new ArmingDesk({ clock, mode, keeper, known: state, book, written: () => written(writer), onChanged: changed });
    this.#detach = auth?.events.on('auth.proof', onChanged) ?? ((): void => undefined);
    this.#timer = new GateTimer({
      clock,
      waitMs: () => this.#boundaryMs(),
      onLook: onChanged,
    });
  }

  /** Whether live trading is armed by our own keeping: in one account, or in any. */
  armed(account?: string): boolean {
    const arming = this.#own?.arming;
    return arming !== undefined && (account === undefined || arming.account === account);
  }

  /** Whether the platform said in this session that its API takes no orders. */
  get readOnlyApi(): boolean {
    const { session } = this.#options.options.connection;
    return session !== undefined && session.epoch === this.#readOnlyEpoch;
  }

  get restartAhead(): boolean {
    return isRestartAhead(this.#restart());
  }

  /** A session may have come or gone. */
  onLink(): void {
    this.arming.restore();
    this.#timer.arm();
  }

  /** A session began or ended, or its link went or came back. */
  onDisturbed(): void {
    const { occurrence, nowMs } = this.#restart();
    if (occurrence !== undefined && nowMs >= occurrence.fromMs && nowMs < occurrence.untilMs) this.#passedFromMs = occurrence.fromMs;
  }

  /** Learns from what the platform says. */
  onMessage(message: ServerMessage, { epoch }: TradingSession): void {
    if (message.type !== 'errMsg' || message.code !== VALIDATION_FAILED || !READ_ONLY_TEXT.test(message.msg)) return;
    this.#readOnlyEpoch = epoch;
    // An order that is on its way meets the same refusal, also when the platform does not say which one it means.
    if (message.id <= 0) this.#rejectUnanswered(epoch, message.msg);
    this.#options.onChanged();
  }

  /** Lets go of everything. An arming that is written down holds on. */
  close(): void {
    this.#timer.close();
    this.arming.close();
    this.#own?.close();
    this.#detach();
  }

  #rejectUnanswered(epoch: number, reason: string): void {
    const { register, options } = this.#options;
    for (const order of register.ledger.open()) {
      if (order.status !== 'sending' || order.sentAtMs === undefined || order.epoch !== epoch) continue;
      register.book({ type: 'order.verdict', intentId: order.intentId, atMs: options.connection.clock.now(), verdict: 'rejected', evidence: 'notice', code: VALIDATION_FAILED, reason });
    }
  }

  #serverNow(): number {
    const { connection } = this.#options.options;
    return connection.serverNow?.() ?? connection.clock.now();
  }

  #restart(): RestartFacts {
    const { options } = this.#options;
    return { occurrence: restartOf(options.connection), nowMs: this.#serverNow(), closeBeforeMs: options.closeBeforeRestartMs, passedFromMs: this.#passedFromMs };
  }

  #boundaryMs(): number | undefined {
    const facts = this.#restart();
    const boundary = restartBoundary(facts);
    return boundary === undefined ? undefined : boundary - facts.nowMs;
  }
}

async function written(writer: JournalWriter): Promise<void> {
  await writer.flush();
  if (writer.status === 'ok') return;
  throw new OrderError({ code: 'IBKR_JOURNAL_FAILED', message: 'The journal could not be written, so it does not hold: repair its storage and start again' });
}
