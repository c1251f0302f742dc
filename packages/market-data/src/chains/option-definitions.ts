import { sleep } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { MarketDataConnection } from '../connection-port.js';
import { resolvedFrom } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { twsTimeZone } from '../sessions/tws-time-zone.js';
import type { LinkWatch } from '../streams/link-watch.js';
import type { OptionClass } from './option-class.js';

/** What {@link OptionDefinitions} works with. */
export interface OptionDefinitionsDeps {
  readonly connection: MarketDataConnection;
  readonly link: LinkWatch;
  /** How long the broker may take for one answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** One expiry of a class. */
export interface ClassExpiry {
  readonly underlying: ResolvedContract;
  readonly optionClass: OptionClass;
  /** `YYYY-MM-DD`. */
  readonly expiry: string;
}

interface Kept<T> {
  readonly day: string;
  readonly answer: Promise<T>;
}

/** TWS API: no security definition has been found. */
const NOT_FOUND = 200;
/** Errors that say nothing about the question: it is asked again in the next session. */
const SESSION_CODES: ReadonlySet<string> = new Set(['IBKR_NOT_CONNECTED', 'IBKR_SESSION_CLOSED']);
const TIMEOUT_CODE = 'IBKR_REQUEST_TIMEOUT';
const PAUSE_MS = 250;
/** TWS API: long answers of contract details are throttled, so that one may come too late. */
const TRIES = 3;
const MOST_KEPT = 2000;
const NEW_YORK = 'America/New_York';

/**
 * What the broker lists: the classes of options on an underlying, and the contracts of an expiry. Both are asked for once per day of the
 * exchange; questions at the same time share one request. A question that is under way survives the end of its session.
 */
export class OptionDefinitions {
  readonly #deps: OptionDefinitionsDeps;
  readonly #classes = new Map<string, Kept<readonly OptionClass[]>>();
  readonly #contracts = new Map<string, Kept<readonly ResolvedContract[]>>();
  readonly #stop = new AbortController();

  constructor(deps: OptionDefinitionsDeps) {
    this.#deps = deps;
  }

  /** The day at the exchange of a contract, by the time of the server: `YYYY-MM-DD`. */
  today(contract: Pick<ResolvedContract, 'timeZoneId'>): string {
    const { connection } = this.#deps;
    const zone = twsTimeZone(contract.timeZoneId ?? NEW_YORK) ?? twsTimeZone(NEW_YORK);
    const nowMs = connection.serverNow?.() ?? connection.clock.now();
    return zone === undefined ? new Date(nowMs).toISOString().slice(0, 10) : zone.dateOf(nowMs);
  }

  /** The classes of options on an underlying, at every exchange. Empty when it has none. */
  classesOf(underlying: ResolvedContract): Promise<readonly OptionClass[]> {
    return this.#once(this.#classes, String(underlying.conId), underlying, () => this.#askClasses(underlying));
  }

  /** The contracts that exist for one expiry, calls and puts, by strike. Empty when the broker knows none (200). */
  contractsOf(wanted: ClassExpiry): Promise<readonly ResolvedContract[]> {
    const { underlying, optionClass, expiry } = wanted;
    const { exchange, tradingClass, multiplier } = optionClass;
    const key = [underlying.conId, exchange, tradingClass, multiplier, expiry].join('|');
    return this.#once(this.#contracts, key, underlying, () => this.#askContracts(wanted));
  }

  /** Ends what is under way and forgets everything. */
  close(): void {
    this.#stop.abort();
    this.#classes.clear();
    this.#contracts.clear();
  }

  #once<T>(kept: Map<string, Kept<T>>, key: string, underlying: ResolvedContract, ask: () => Promise<T>): Promise<T> {
    const day = this.today(underlying);
    const known = kept.get(key);
    if (known?.day === day) return known.answer;
    const answer = this.#whileConnected(ask);
    kept.delete(key);
    kept.set(key, { day, answer });
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    // What failed is asked again by whoever comes next.
    answer.catch(() => {
      if (kept.get(key)?.answer === answer) kept.delete(key);
    });
    return answer;
  }

  async #whileConnected<T>(ask: () => Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    for (let late = 1; ; ) {
      await this.#deps.link.session(signal);
      try {
        return await ask();
      } catch (error) {
        if (!isIbkrError(error)) throw error;
        if (error.code === TIMEOUT_CODE && late < TRIES) late += 1;
        else if (!SESSION_CODES.has(error.code)) throw error;
        await sleep(this.#deps.connection.clock, PAUSE_MS, { signal });
      }
    }
  }

  async #askClasses(underlying: ResolvedContract): Promise<readonly OptionClass[]> {
    const classes = new Map<string, OptionClass>();
    return this.#deps.connection.request<readonly OptionClass[]>({
      name: `option definitions of ${underlying.localSymbol}`,
      // TWS API: an exchange is named for options on futures only, and may be left out.
      build: (reqId) => ({
        type: 'reqSecDefOptParams',
        reqId,
        underlyingSymbol: underlying.symbol,
        futFopExchange: '',
        underlyingSecType: underlying.secType,
        underlyingConId: underlying.conId,
      }),
      receive: (message, reply) => {
        if (message.type === 'secDefOptParameterEnd') reply.resolve([...classes.values()]);
        if (message.type !== 'secDefOptParameter') return;
        const { exchange, tradingClass } = message;
        const multiplier = Number(message.multiplier) || 1;
        const key = [exchange, tradingClass, multiplier].join('|');
        const known = classes.get(key);
        classes.set(key, {
          exchange,
          tradingClass,
          multiplier,
          expiries: [...new Set([...(known?.expiries ?? []), ...message.expirations.flatMap(dayOf)])].sort(),
          strikes: [...new Set([...(known?.strikes ?? []), ...message.strikes])].filter((strike) => strike > 0).sort((a, b) => a - b),
        });
      },
      timeoutMs: this.#deps.timeoutMs,
      signal: this.#stop.signal,
    });
  }

  async #askContracts({ underlying, optionClass, expiry }: ClassExpiry): Promise<readonly ResolvedContract[]> {
    const rows = new Map<number, ResolvedContract>();
    const { exchange, tradingClass, multiplier } = optionClass;
    const done = (): readonly ResolvedContract[] => [...rows.values()].sort((a, b) => (a.strike ?? 0) - (b.strike ?? 0) || (a.right ?? '').localeCompare(b.right ?? ''));
    try {
      return await this.#deps.connection.request<readonly ResolvedContract[]>({
        name: `contracts of ${tradingClass} ${expiry}`,
        build: (reqId) => ({
          type: 'reqContractDetails',
          reqId,
          contract: {
            symbol: underlying.symbol,
            secType: underlying.secType === 'FUT' ? 'FOP' : 'OPT',
            lastTradeDateOrContractMonth: expiry.replaceAll('-', ''),
            multiplier: String(multiplier),
            exchange,
            currency: underlying.currency,
            tradingClass,
          },
          includeExpired: false,
        }),
        receive: (message, reply) => {
          if (message.type === 'contractDetailsEnd') reply.resolve(done());
          if (message.type !== 'contractDetails') return;
          const contract = resolvedFrom(message.details, exchange);
          // Options on another month of the same future come under the same name.
          const foreign = contract.underlyingConId !== undefined && contract.underlyingConId !== underlying.conId;
          if (!foreign && contract.strike !== undefined && contract.right !== undefined) rows.set(contract.conId, contract);
        },
        timeoutMs: this.#deps.timeoutMs,
        signal: this.#stop.signal,
      });
    } catch (error) {
      // TWS API: "none" comes as error 200 and without the end message.
      if (isIbkrError(error) && error.brokerCode === NOT_FOUND) return [];
      throw error;
    }
  }
}

/** TWS API, expirations: `yyyymmdd`. */
function dayOf(text: string): readonly string[] {
  const match = /^(\d{4})(\d{2})(\d{2})$/u.exec(text);
  return match === null ? [] : [`${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`];
}
