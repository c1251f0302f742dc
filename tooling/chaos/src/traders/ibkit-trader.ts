import path from 'node:path';
import { seededRandom } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading, isEnded, memoryCoordinator, memoryJournal } from '@ibkit/gateway-trading';
import type { Coordinator, Journal, OrderRequest, OrderState, Position, TradingOptions } from '@ibkit/gateway-trading';
import { sqliteJournal } from '@ibkit/journal';
import type { SqliteJournal } from '@ibkit/journal';
import type { Belief, BeliefStatus } from '../judge/belief.js';
import type { OrderPlan } from '../judge/intent.js';
import type { Finding } from '../judge/judge.js';
import { CLIENT_SPEED } from '../stage/speeds.js';
import { SendGuard } from './send-guard.js';
import type { Outcome, SpecialStep, Trader } from './trader.js';
import { WatchedJournal } from './watched-journal.js';

/** How an {@link IbkitTrader} is made. */
export interface IbkitTraderOptions {
  readonly clock: Clock;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly clientId: number;
  readonly directory: string;
  readonly journal: 'memory' | 'sqlite';
  readonly onUnknown: 'block' | 'warn';
  readonly seed: number;
  readonly note: (line: string) => void;
  /** Stands between trading and the stored journal. @defaultValue nothing does */
  readonly wrap?: ((journal: Journal) => Journal) | undefined;
}

/** How far apart two snapshots must be, milliseconds of the client's clock. */
const ABSENCE_WINDOW_MS = 1_500;
/** Only what never comes takes so long, milliseconds of the client's clock. */
const CONNECT_PATIENCE_MS = 400_000;
const MARKET_DEADLINE_MS = 5_000;
const LIMIT_DEADLINE_MS = 20_000;
/** Between the check of the deadline and the bytes, a busy machine may do something else, milliseconds of the client's clock: a twentieth of a second of ours. */
const DEADLINE_GRACE_MS = 1_000;

const BELIEFS: Readonly<Record<OrderState['status'], BeliefStatus>> = {
  staged: 'pending',
  sending: 'pending',
  unknown: 'unknown',
  acked: 'pending',
  working: 'working',
  filled: 'filled',
  cancelled: 'cancelled',
  rejected: 'rejected',
  expired: 'expired',
  unsent: 'none',
  absent: 'absent',
};

/** Where orders are written, and who may. */
interface Storage {
  readonly journal: Journal;
  readonly coordinator: Coordinator;
  readonly sqlite: SqliteJournal | undefined;
}

/** One process that trades, without the process. */
interface Desk {
  readonly connection: ConnectionManager;
  readonly trading: Trading;
  readonly journal: WatchedJournal;
  readonly guard: SendGuard;
  readonly storage: Storage;
}

/** What an error says, short. */
export function said(error: unknown): string {
  if (!isIbkrError(error)) return String(error);
  const reasons: unknown = error.details['reasons'];
  return Array.isArray(reasons) ? `${error.code} ${reasons.join()}` : error.code;
}

/** Our own client in the hands of a caller. */
export class IbkitTrader implements Trader {
  readonly #options: IbkitTraderOptions;
  readonly #memory: Storage = { journal: memoryJournal(), coordinator: memoryCoordinator(), sqlite: undefined };
  readonly #calls = new Map<string, { readonly atMs: number; readonly deadlineMs: number }[]>();
  readonly #findings: Finding[] = [];
  #desk: Desk | undefined;
  #killed = false;
  #rivals = 0;

  private constructor(options: IbkitTraderOptions) {
    this.#options = options;
  }

  /** Resolves when the gate is open. */
  static async open(options: IbkitTraderOptions): Promise<IbkitTrader> {
    const trader = new IbkitTrader(options);
    const desk = trader.#openDesk(await trader.#storage());
    trader.#desk = desk;
    await desk.connection.connect({ timeoutMs: CONNECT_PATIENCE_MS, retryCount: 1_000 });
    await desk.trading.ready({ timeoutMs: CONNECT_PATIENCE_MS });
    return trader;
  }

  get connected(): boolean {
    return this.#now.connection.session !== undefined;
  }

  get toldDown(): boolean {
    return this.#now.guard.linkDown;
  }

  get trading(): Trading {
    return this.#now.trading;
  }

  get settled(): boolean {
    return this.unsettled === '';
  }

  get unsettled(): string {
    const { trading } = this.#now;
    const isOpen = ({ status, orderType, notWorking, reportedFilled, filledQuantity, fills }: OrderState): boolean =>
      ['staged', 'sending', 'acked'].includes(status) ||
      (status === 'unknown' && notWorking !== true) ||
      (status === 'working' && orderType === 'MKT') ||
      (isEnded(status) && reportedFilled > filledQuantity) ||
      fills.some(({ commission }) => commission.status === 'pending');
    return [...trading.gate(), ...trading.orders().filter(isOpen).map(({ key, status, filledQuantity, quantity }) => `${key} ${status} ${filledQuantity}/${quantity}`)].join(', ');
  }

  async mend(): Promise<void> {
    const { trading, connection } = this.#now;
    // Noticed once, believed until the next session: "Read-Only API" is a setting.
    if (trading.gate().includes('READ_ONLY_API')) await connection.reconnect({ timeoutMs: CONNECT_PATIENCE_MS });
  }

  async ready(ms: number): Promise<void> {
    await this.#now.trading.ready({ timeoutMs: ms * CLIENT_SPEED }).catch(() => undefined);
  }

  async place(key: string, { symbol, action, quantity, orderType, limitPrice, exits }: OrderPlan): Promise<Outcome> {
    this.#noteCall(key, orderType === 'MKT' ? MARKET_DEADLINE_MS : LIMIT_DEADLINE_MS);
    return attempt(async () => {
      const { trading } = this.#now;
      const common = { contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }, action, quantity, key } as const;
      const request: OrderRequest = orderType === 'MKT' ? { ...common, orderType } : { ...common, orderType: 'LMT', limitPrice: limitPrice ?? 0 };
      if (exits === undefined) {
        const handle = await trading.place(request);
        return `order ${handle.orderId}, ${handle.state.status}`;
      }
      const { entry } = await trading.bracket({ entry: request, takeProfit: { limitPrice: exits.takeProfit }, stopLoss: { stopPrice: exits.stopLoss } });
      return `bracket ${entry.orderId}, ${entry.state.status}`;
    });
  }

  cancel(key: string): Promise<Outcome> {
    return attempt(async () => (await this.#now.trading.cancel(key)).state.status);
  }

  cancelAll(): Promise<Outcome> {
    return attempt(async () => {
      const { requested, failed } = await this.#now.trading.cancelAll();
      return `${requested.length} requested, ${failed.length} failed`;
    });
  }

  change(key: string, limitPrice: number): Promise<Outcome> {
    this.#noteCall(key, LIMIT_DEADLINE_MS);
    return attempt(async () => {
      const { state } = await this.#now.trading.modify(key, { limitPrice });
      return `${state.status} at ${state.limitPrice ?? ''}`;
    });
  }

  special(step: SpecialStep): Promise<Outcome> {
    return attempt(async () => {
      const { trading, journal } = this.#now;
      switch (step.what) {
        case 'kill': {
          const killing = trading.kill('chaos');
          this.#killed = true;
          const { requested, failed } = await killing;
          return `kill switch, ${requested.length} cancels requested, ${failed.length} failed`;
        }
        case 'release':
          this.#killed = false;
          await trading.releaseKill('chaos');
          return 'released';
        case 'slow journal':
          journal.delayNext(step.ms);
          return `${step.ms} ms`;
        case 'rival':
          return this.#handOver();
      }
    });
  }

  reconcile(): Promise<Outcome> {
    return attempt(async () => {
      const { unknown, missing, newFills } = await this.#now.trading.reconcile();
      return `${unknown.length} unknown, ${missing.length} missing, ${newFills} new fills`;
    });
  }

  beliefs(): readonly Belief[] {
    return this.#now.trading.orders().map(({ key, orderRef, orderId, status, fills, limitPrice, quantity, change }) => ({
      key,
      orderRef,
      orderId,
      status: BELIEFS[status],
      // Nobody knows which terms an order has whose change is not settled.
      terms: change?.status === 'unknown' ? undefined : { limitPrice, quantity },
      fills: fills.map(({ execId, side, quantity, price, commission }) => ({ execId, side, quantity, price, commission: commission.status === 'known' ? commission.amount : undefined })),
    }));
  }

  positions(): Promise<readonly Position[]> {
    return this.#now.trading.positions();
  }

  async findings(): Promise<readonly Finding[]> {
    const { guard, storage, trading, journal } = this.#now;
    const late = trading.orders().flatMap(({ key, orderRef }): Finding[] => {
      const sentMs = guard.sentMs(orderRef);
      if (sentMs === undefined) return [];
      // The exits of a bracket are asked for with their entry.
      const calls = [...(this.#calls.get(key) ?? []), ...(this.#calls.get(key.replace(/\/.*$/u, '')) ?? [])];
      const writtenMs = journal.writtenMs(orderRef) ?? sentMs;
      const isInTime = calls.some(({ atMs, deadlineMs }) => sentMs >= atMs && writtenMs <= sentMs && sentMs <= atMs + deadlineMs + DEADLINE_GRACE_MS);
      return isInTime ? [] : [{ kind: 'sent late', key, text: `written ${calls.map(({ atMs }) => (writtenMs - atMs).toFixed(0)).join(', ')} ms and sent ${calls.map(({ atMs }) => (sentMs - atMs).toFixed(0)).join(', ')} ms behind its calls` }];
    });
    const verified = await storage.sqlite?.verify();
    const chain: readonly Finding[] = verified === undefined || verified.ok ? [] : [{ kind: 'journal', key: '', text: `the chain does not verify: ${verified.reason}` }];
    return [...this.#findings, ...guard.findings, ...late, ...chain];
  }

  async close(): Promise<void> {
    if (this.#desk !== undefined) await this.#closeDesk(this.#desk);
  }

  get #now(): Desk {
    if (this.#desk === undefined) throw new Error('the trader is not open');
    return this.#desk;
  }

  async #storage(): Promise<Storage> {
    const { journal, directory, clock } = this.#options;
    if (journal === 'memory') return this.#memory;
    const sqlite = await sqliteJournal({ directory: path.join(directory, 'journal'), clock });
    return { journal: sqlite, coordinator: sqlite.coordinator, sqlite };
  }

  #openDesk(storage: Storage, takeOver = false): Desk {
    const { clock, port, clientId, onUnknown, seed, wrap } = this.#options;
    const random = seededRandom(seed + this.#rivals);
    const connection = new ConnectionManager({
      port,
      clientId,
      clock,
      random,
      reconnect: { initialMs: 400, maxMs: 2_000, refusedMs: 200, clientIdInUseMs: 400 },
    });
    const journal = new WatchedJournal(wrap?.(storage.journal) ?? storage.journal, clock);
    const { coordinator } = storage;
    const options: TradingOptions = {
      connection,
      journal,
      coordinator: takeOver ? { ...withMethods(coordinator), acquire: (how) => coordinator.acquire({ ...how, takeOver: true }) } : coordinator,
      onUnknown,
      marketSendDeadlineMs: MARKET_DEADLINE_MS,
      sendDeadlineMs: LIMIT_DEADLINE_MS,
      ackTimeoutMs: 4_000,
      absenceWindowMs: ABSENCE_WINDOW_MS,
      listTimeoutMs: 20_000,
      reconcileRetryMs: 500,
      lingerMs: 10,
      random,
    };
    const desk: Desk = {
      connection,
      trading: new Trading(options),
      journal,
      storage,
      guard: new SendGuard({ clock, connection, isJournalled: (ref) => journal.has(ref), isForbidden: () => this.#forbidden(desk) }),
    };
    return desk;
  }

  #noteCall(key: string, deadlineMs: number): void {
    const calls = this.#calls.get(key) ?? [];
    this.#calls.set(key, [...calls, { atMs: this.#options.clock.monotonic(), deadlineMs }]);
  }

  #forbidden(desk: Desk): string | undefined {
    if (desk !== this.#desk) return 'after another process had taken over';
    return this.#killed ? 'after the kill switch was set' : undefined;
  }

  /** Another process takes the journal over while this one is still connected; then this one goes, and the other one connects. */
  async #handOver(): Promise<string> {
    const { note } = this.#options;
    const old = this.#now;
    this.#rivals += 1;
    const storage = await this.#storage();
    const rival = this.#openDesk(storage, true);
    await rival.trading.start();
    this.#desk = rival;
    // From here on the old one may want as much as it likes.
    const refused = await attempt(async () => {
      const { state } = await old.trading.place({ contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: 'BUY', quantity: 1, orderType: 'MKT' });
      this.#findings.push({ kind: 'gate closed', key: state.key, text: 'the replaced process could place an order' });
      return 'placed';
    });
    note(`   the replaced process: ${refused.text}`);
    await this.#closeDesk(old, storage);
    await rival.connection.connect({ timeoutMs: CONNECT_PATIENCE_MS, retryCount: 1_000 });
    await rival.trading.ready({ timeoutMs: CONNECT_PATIENCE_MS }).catch((error: unknown) => {
      note(`   the rival is not ready: ${said(error)}`);
    });
    return `handed over${rival.trading.gate().length > 0 ? `, gate ${rival.trading.gate().join()}` : ''}`;
  }

  async #closeDesk({ trading, connection, guard, storage }: Desk, successor?: Storage): Promise<void> {
    await trading.close();
    await connection.close();
    this.#findings.push(...(successor === undefined ? [] : guard.findings));
    guard.close();
    if (storage.sqlite !== successor?.sqlite) await storage.sqlite?.close();
  }
}

function withMethods(coordinator: Coordinator): Coordinator {
  return {
    acquire: (options) => coordinator.acquire(options),
    term: () => coordinator.term(),
    watch: (listener) => coordinator.watch(listener),
  };
}

/** Runs a call; what went wrong is what came of it. */
async function attempt(call: () => Promise<string>): Promise<Outcome> {
  try {
    return { text: await call(), ok: true };
  } catch (error) {
    return { text: said(error), ok: false };
  }
}
