import type { Clock } from '@ibkit/clock';
import { OrderError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { OrderGuards } from '../guards/order-guards.js';
import type { TradingConnection } from '../broker/connection-port.js';
import type { BracketRole } from './bracket/bracket-request.js';
import { isSameInstrument } from './contract.js';
import type { ContractRules } from './contract-rules/contract-rules.js';
import { gateRefusal, orderGateReasons } from './order-gate.js';
import type { GateFacts, GateReason } from './order-gate.js';
import type { NeighbourKeys } from '../journal/neighbour-keys.js';
import type { OrderRegister } from './order-register.js';
import { hashOf, hashRequest, stageRequest } from './order-request.js';
import type { LooseOrderRequest, OrderRequest, StagedRequest } from './order-request.js';
import type { Intent, Intents, OrderSender } from './order-sender.js';
import type { OrderState } from './order-state.js';

/** What an {@link OrderDesk} is made from. */
export interface OrderDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly sender: OrderSender;
  readonly guards: OrderGuards;
  readonly rules: ContractRules;
  readonly facts: () => GateFacts;
  readonly blockOnUnknown: boolean;
  /** What speaks against a key, where journals have neighbours. */
  readonly keys: NeighbourKeys;
}

interface UnderWay {
  readonly requestHash: string;
  readonly orders: Promise<readonly OrderState[]>;
}

/** One of the orders that are placed together; without a role it is alone. */
export interface DeskOrder {
  readonly request: LooseOrderRequest;
  readonly role?: BracketRole | undefined;
  /** See {@link Intent}. */
  readonly apiOrderId?: number | undefined;
}

/** The error for a key that belongs to another request. */
export function keyConflict(key: string): OrderError {
  return new OrderError({
    code: 'IBKR_ORDER_KEY_CONFLICT',
    message: 'The key was used for another order: give this one a key of its own, or repeat the first request unchanged',
    details: { key },
  });
}

/** Takes requests: checks them, knows repeats, asks the gate, and passes them on. */
export class OrderDesk {
  readonly #options: OrderDeskOptions;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(options: OrderDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.place`. */
  async place(request: OrderRequest, signal: AbortSignal | undefined): Promise<OrderState> {
    const [order] = await this.placeAll([{ request }], signal);
    if (order === undefined) throw new TypeError('an order that was placed is missing');
    return order;
  }

  /** Places orders of one account that belong together, the entry first: written down all or none, sent one after the other. */
  placeAll(orders: readonly [DeskOrder, ...DeskOrder[]], signal: AbortSignal | undefined, check?: (staged: readonly StagedRequest[]) => void): Promise<readonly OrderState[]> {
    const prepared = orders.map((order) => ({ order, staged: this.#staged(order) }));
    check?.(prepared.map(({ staged }) => staged));
    const [{ request: first }] = orders;
    const account = this.#accountOf(first);
    if (account === undefined) throw gateRefusal(orderGateReasons(this.#options.facts()), 'order');
    const hashes = prepared.map(({ staged, order }) => hashRequest(staged, account, order.request.tag));
    const [hash = ''] = hashes;
    // An entry is the same only with the same exits.
    const requestHash = first.requestHash ?? (hashes.length === 1 ? hash : hashOf(hashes));
    const slots = orders.flatMap(({ request: { key } }) => (key === undefined ? [] : [{ key, slot: `${account}/${key}` }]));
    const repeated = this.#repeat({ account, slots, requestHash, isGroup: orders.length > 1 });
    if (repeated !== undefined) return repeated;

    const { ledger } = this.#options.register;
    const askedAtMs = this.#options.clock.monotonic();
    const intentOf = ({ request, role, apiOrderId }: DeskOrder, index: number): Intent => ({
      request: prepared[index]?.staged ?? stageRequest(request),
      account,
      accountNamed: first.account !== undefined,
      key: request.key,
      tag: request.tag,
      requestHash: index === 0 ? requestHash : (hashes[index] ?? ''),
      askedAtMs,
      previous: request.key === undefined ? undefined : ledger.byKey(account, request.key),
      role,
      apiOrderId,
    });
    const intents: Intents = [intentOf(orders[0], 0), ...orders.slice(1).map((order, index) => intentOf(order, index + 1))];
    // Before anything is asked of the market; the caps and the band follow in the tick of the journal.
    this.#checkGate([...this.openReasons(intents[0]), ...this.#options.keys.reasons(account, first.key)]);
    const placing = this.#prepared(orders, intents, signal);
    for (const { slot } of slots) this.#underWay.set(slot, { requestHash, orders: placing });
    if (slots.length === 0) return placing;
    return placing.finally(() => {
      for (const { slot } of slots) this.#underWay.delete(slot);
    });
  }

  /** Asks what there is to ask, about the contract and the market, and then sends; without a question in this very tick. */
  #prepared(orders: readonly DeskOrder[], intents: Intents, signal: AbortSignal | undefined): Promise<readonly OrderState[]> {
    const { guards } = this.#options;
    const checking = this.#checks(orders, intents, signal);
    const looked = (checked: Intents): Promise<readonly OrderState[]> => {
      const looking = guards.look(checked[0].request, signal);
      return looking === undefined ? this.#send(checked, signal) : looking.then((look) => this.#send([{ ...checked[0], look }, ...checked.slice(1)], signal));
    };
    return checking === undefined ? looked(intents) : checking.then(looked);
  }

  /** Holds the orders against what is known about their contract; `undefined` when nobody has to be asked. */
  #checks(orders: readonly DeskOrder[], intents: Intents, signal: AbortSignal | undefined): Promise<Intents> | undefined {
    const nowMs = this.#nowMs();
    const checks = orders.map(({ request }, index) => this.#options.rules.check(request, intents[index]?.request ?? intents[0].request, { nowMs, signal }));
    if (checks.every((check) => check === undefined)) return undefined;
    return Promise.all(checks.map((check, index) => check ?? Promise.resolve(intents[index]?.request ?? intents[0].request))).then((requests): Intents => {
      const [first, ...rest] = intents;
      return [{ ...first, request: requests[0] ?? first.request }, ...rest.map((intent, index) => ({ ...intent, request: requests[index + 1] ?? intent.request }))];
    });
  }

  /** Why an order would be refused now, caps and price band included. */
  gateReasons(intent: Pick<Intent, 'account' | 'accountNamed' | 'request' | 'look'> & { readonly own?: string | undefined }): readonly GateReason[] {
    return [...this.openReasons(intent), ...this.#options.guards.reasons(intent.request, intent)];
  }

  /** The same without caps and price band. */
  openReasons({ account, accountNamed, request }: Pick<Intent, 'account' | 'accountNamed' | 'request'>): readonly GateReason[] {
    const { blockOnUnknown, facts } = this.#options;
    return orderGateReasons(facts(), { account, accountNamed, blockedByUnknown: blockOnUnknown && this.#hasUnknown(account, request) });
  }

  #send(intents: Intents, signal: AbortSignal | undefined): Promise<readonly OrderState[]> {
    this.#checkGate(this.gateReasons(intents[0]));
    const { session } = this.#options.connection;
    if (session === undefined) throw gateRefusal(['NOT_CONNECTED'], 'order');
    return this.#options.sender.send(intents, session, signal);
  }

  #checkGate(reasons: readonly GateReason[]): void {
    if (reasons.length > 0) throw this.#options.keys.refusal(reasons);
  }

  /** The account of a request: the one that it names, that of the order with its key, or the only one of the session; `undefined` when no session ever told any. */
  #accountOf({ account, key }: Pick<LooseOrderRequest, 'account' | 'key'>): string | undefined {
    if (account !== undefined) return account;
    const { accounts } = this.#options.connection;
    if (accounts.length > 1) {
      throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order.account', rule: `must be given, because the session has ${accounts.length} accounts` });
    }
    const { ledger } = this.#options.register;
    const [only] = accounts;
    const known = key === undefined ? undefined : ((only === undefined ? undefined : ledger.byKey(only, key)) ?? ledger.findKey(key));
    // A repeat means the order of before, whichever account is logged in now.
    return known === undefined || known.status === 'unsent' ? (only ?? known?.account) : known.account;
  }

  /**
   * The account that is named, that of the order with the key, or the only one of the session.
   * @throws {@link UsageError} when there are several, {@link GateRefusedError} when there is none.
   */
  accountFor(named: string | undefined, key?: string): string {
    const account = this.#accountOf({ account: named, key });
    if (account === undefined) throw gateRefusal(orderGateReasons(this.#options.facts()), 'order');
    return account;
  }

  /** @throws {@link GateRefusedError} when the session does not show the account: then its lists say nothing about it. */
  checkShown(account: string): void {
    this.#checkGate(orderGateReasons(this.#options.facts(), { account, accountNamed: true, blockedByUnknown: false }).filter((reason) => reason === 'ACCOUNT_UNKNOWN'));
  }

  /** A request as the journal would have it, held against what is known about its contract, with its account. */
  async checked(request: OrderRequest, signal: AbortSignal | undefined): Promise<{ readonly staged: StagedRequest; readonly account: string }> {
    const staged = this.#staged({ request });
    const account = this.accountFor(request.account);
    return { staged: (await this.#options.rules.check(request, staged, { nowMs: this.#nowMs(), signal })) ?? staged, account };
  }

  /** See `Trading.preview`. */
  async previewed(
    request: OrderRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly order: StagedRequest; readonly account: string | undefined; readonly gate: readonly GateReason[] }> {
    const { orders, ...rest } = await this.previewedAll([{ request }], signal);
    return { order: orders[0], ...rest };
  }

  /** The same for orders that belong together, the entry first: the gate is asked about the entry. */
  async previewedAll(
    orders: readonly [DeskOrder, ...DeskOrder[]],
    signal: AbortSignal | undefined,
    check?: (staged: readonly StagedRequest[]) => void,
  ): Promise<{ readonly orders: readonly [StagedRequest, ...StagedRequest[]]; readonly account: string | undefined; readonly gate: readonly GateReason[] }> {
    const nowMs = this.#nowMs();
    const staged = orders.map((order) => this.#staged(order));
    check?.(staged);
    const [first, ...others] = await Promise.all(staged.map(async (each, index) => (await this.#options.rules.check(orders[index]?.request ?? orders[0].request, each, { nowMs, signal })) ?? each));
    if (first === undefined) throw new TypeError('an order that was checked is missing');
    const [{ request }] = orders;
    const account = this.#accountOf(request);
    const gate =
      account === undefined
        ? orderGateReasons(this.#options.facts())
        : [...this.gateReasons({ account, accountNamed: request.account !== undefined, request: first }), ...this.#options.keys.reasons(account, this.#newKey(account, request.key))];
    return { orders: [first, ...others], account, gate };
  }

  #nowMs(): number {
    const { connection, clock } = this.#options;
    return connection.serverNow?.() ?? clock.now();
  }

  #staged({ request, role }: DeskOrder): StagedRequest {
    try {
      return stageRequest(request, this.#nowMs());
    } catch (error) {
      if (role === undefined || !isIbkrError(error) || typeof error.details['field'] !== 'string') throw error;
      const { rule, value, field } = error.details;
      throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: field.replace('order.', `order.${role}.`), rule: String(rule), value, cause: error });
    }
  }

  #hasUnknown(account: string, { contract }: StagedRequest): boolean {
    return this.#options.register.ledger
      .unknown()
      .some((order) => order.notWorking !== true && order.account === account && isSameInstrument(order.contract, contract));
  }

  /** The key, unless it is that of an order which is known here: a repeat sends nothing. */
  #newKey(account: string, key: string | undefined): string | undefined {
    if (key === undefined) return undefined;
    return (this.#options.register.ledger.byKey(account, key)?.status ?? 'unsent') === 'unsent' ? key : undefined;
  }

  /** The orders that have these keys already; nothing when they are new, or when provably nothing left the first time. */
  #repeat({ account, slots, requestHash, isGroup }: { readonly account: string; readonly slots: readonly { readonly key: string; readonly slot: string }[]; readonly requestHash: string; readonly isGroup: boolean }): Promise<readonly OrderState[]> | undefined {
    const { ledger } = this.#options.register;
    const [first, ...others] = slots;
    if (first === undefined) return undefined;
    const known = this.#underWay.get(first.slot) ?? ledger.byKey(account, first.key);
    if (known === undefined || ('status' in known && known.status === 'unsent')) {
      // A key that belongs to an order of its own cannot be an exit.
      for (const { key, slot } of others) if (this.#underWay.has(slot) || (ledger.byKey(account, key)?.status ?? 'unsent') !== 'unsent') throw keyConflict(key);
      // Provably nothing left the first time, so this is a new attempt and not a second order.
      if (known === undefined || known.requestHash === requestHash) return undefined;
    }
    if (known.requestHash !== requestHash) throw keyConflict(first.key);
    if ('orders' in known) return known.orders;
    return Promise.resolve(isGroup ? ledger.bracket(known.intentId) : [known]);
  }
}
