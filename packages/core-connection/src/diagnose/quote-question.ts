import { isIbkrError } from '@ibkit/error-codes';
import type { ServerMessage, WireContract } from '@ibkit/wire';
import { failsRequest } from '../requests/request-registry.js';
import type { ProbeOutcome } from './diagnosis.js';
import { fine, found } from './probe-run.js';
import type { ProbeRun } from './probe-run.js';
import type { DiagnosableConnection } from './session-questions.js';

/** TWS API: market data types, and what a line carries. */
const TYPE_NAMES: Readonly<Record<number, 'live' | 'frozen' | 'delayed' | 'delayed-frozen'>> = { 1: 'live', 2: 'frozen', 3: 'delayed', 4: 'delayed-frozen' };
const DELAYED_TYPE = 3;
/** TWS API: bid, ask and last, and the same delayed. The close of the day before (9, 75) comes from a dead feed, too. */
const LIVE_PRICES: readonly number[] = [1, 2, 4];
const DELAYED_PRICES: readonly number[] = [66, 67, 68];

/** TWS API: no subscription, and none of delayed data, or none without asking for it; delayed data is there; the data is elsewhere; no free line. */
const NOT_SUBSCRIBED: readonly number[] = [354, 10_168, 10_186];
const DELAYED_IS_THERE = 10_089;
const COMPETING_SESSION = 10_197;
const NO_FREE_LINE = 101;

type DataType = 'live' | 'frozen' | 'delayed' | 'delayed-frozen';

interface Refused {
  readonly kind: 'refused';
  readonly brokerCode: number;
  readonly message: string;
}

type QuoteAnswer =
  | { readonly kind: 'price'; readonly dataType: DataType }
  | Refused
  | { readonly kind: 'silent'; readonly waitedMs: number };

/** Reads the beginning of one quote. */
class QuoteReader {
  #told: DataType | undefined;

  /** The kind of data once a price has come. */
  read(message: ServerMessage): DataType | undefined {
    if (message.type === 'marketDataType') this.#told = TYPE_NAMES[message.marketDataType];
    // TWS API: a price of -1, and for many kinds of contracts 0, is none.
    if (message.type !== 'tickPrice' || !(message.price > 0)) return undefined;
    if (DELAYED_PRICES.includes(message.tickType)) return this.#told === 'delayed-frozen' ? 'delayed-frozen' : 'delayed';
    return LIVE_PRICES.includes(message.tickType) ? (this.#told ?? 'live') : undefined;
  }
}

/** Opens a line, waits for its first price, and closes it. Rejects only when the session ends or the signal aborts. */
async function askOnce(connection: DiagnosableConnection, run: ProbeRun, contract: WireContract, quoteMs: number): Promise<QuoteAnswer> {
  const reader = new QuoteReader();
  const waitMs = run.within(quoteMs);
  let lineId: number | undefined;
  const closeLine = (): void => {
    if (lineId === undefined) return;
    connection.session?.send({ type: 'cancelMktData', reqId: lineId }).catch(() => {
      // The session ended, and the line with it.
    });
  };
  try {
    const dataType = await connection.request<DataType>({
      name: 'a quote',
      build: (reqId) => {
        lineId = reqId;
        return { type: 'reqMktData', reqId, contract, genericTickList: '', snapshot: false, regulatorySnapshot: false };
      },
      receive: (message, reply) => {
        const seen = reader.read(message);
        if (seen !== undefined) reply.resolve(seen);
      },
      onNotice: (notice) => (notice.code === COMPETING_SESSION || failsRequest(notice) ? 'fail' : 'ignore'),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      timeoutMs: waitMs,
      signal: run.signal,
    });
    closeLine();
    return { kind: 'price', dataType };
  } catch (error) {
    if (!isIbkrError(error)) throw error;
    if (error.code === 'IBKR_REQUEST_TIMEOUT') return { kind: 'silent', waitedMs: waitMs };
    if (error.brokerCode === undefined) throw error;
    // TWS API: behind 10197 the line is open and silent; behind the others there is none.
    if (error.brokerCode === COMPETING_SESSION) closeLine();
    return { kind: 'refused', brokerCode: error.brokerCode, message: error.message };
  }
}

/** Options of {@link askQuote}. */
export interface QuoteQuestion {
  readonly contract: WireContract;
  readonly quoteMs: number;
  /** Whether the session is ours alone, so that its market data type may be changed. */
  readonly alone: boolean;
}

/** Which market data comes, if any: one line is opened for a moment. */
export async function askQuote(connection: DiagnosableConnection, run: ProbeRun, question: QuoteQuestion): Promise<ProbeOutcome> {
  const { contract, quoteMs, alone } = question;
  const facts = { symbol: contract.symbol ?? contract.localSymbol ?? String(contract.conId ?? '') };
  const first = await askOnce(connection, run, contract, quoteMs);
  const refused = withoutSubscription(first);
  if (refused === undefined) return judge(first, facts);
  const { brokerCode, message } = refused;
  // Other lines of a session that is not ours would get another type of data, too.
  if (!alone) return brokerCode === DELAYED_IS_THERE ? delayedOnly(message, { ...facts, brokerCode }) : noData(refused, facts);
  await connection.session?.send({ type: 'reqMarketDataType', marketDataType: DELAYED_TYPE }, { signal: run.signal, deadlineMs: run.within(quoteMs) });
  const second = await askOnce(connection, run, contract, quoteMs);
  if (second.kind === 'price') return delayedOnly(message, { ...facts, brokerCode, dataType: second.dataType });
  return second.kind === 'silent' || withoutSubscription(second) !== undefined ? noData(refused, facts) : judge(second, facts);
}

/** The refusal, when it is for want of a subscription. */
function withoutSubscription(answer: QuoteAnswer): Refused | undefined {
  return answer.kind === 'refused' && (NOT_SUBSCRIBED.includes(answer.brokerCode) || answer.brokerCode === DELAYED_IS_THERE) ? answer : undefined;
}

type QuoteFacts = Readonly<Record<string, string | number>>;

function judge(answer: QuoteAnswer, facts: QuoteFacts): ProbeOutcome {
  switch (answer.kind) {
    case 'price': {
      const { dataType } = answer;
      const told = { ...facts, dataType };
      if (dataType === 'live') return fine(`Live quotes come (${String(facts['symbol'])})`, told);
      if (dataType === 'frozen') return fine(`Frozen quotes come (${String(facts['symbol'])}): the exchange is closed`, told);
      return delayedOnly('this session was told to ask for it', told);
    }
    case 'silent':
      return found('warning', 'IBKR_DOCTOR_QUOTE_SILENT', `No price of ${String(facts['symbol'])} came within ${answer.waitedMs} ms, and no reason`, facts);
    case 'refused':
      return judgeRefusal(answer, { ...facts, brokerCode: answer.brokerCode });
  }
}

function judgeRefusal(answer: Refused, facts: QuoteFacts): ProbeOutcome {
  if (answer.brokerCode === COMPETING_SESSION) return found('warning', 'IBKR_DOCTOR_COMPETING_SESSION', `Another login of the same user has the market data (${answer.message})`, facts);
  if (answer.brokerCode === NO_FREE_LINE) return found('warning', 'IBKR_DOCTOR_LINES_USED_UP', `No market data line is free (${answer.message})`, facts);
  return found('warning', 'IBKR_DOCTOR_QUOTE_REFUSED', `The quote was refused (${answer.message})`, facts);
}

function delayedOnly(why: string, facts: QuoteFacts): ProbeOutcome {
  return found('warning', 'IBKR_DOCTOR_DELAYED_DATA', `Only delayed quotes come (${why})`, facts);
}

function noData({ brokerCode, message }: Refused, facts: QuoteFacts): ProbeOutcome {
  return found('warning', 'IBKR_DOCTOR_NO_MARKET_DATA', `Neither live nor delayed quotes come (${message})`, { ...facts, brokerCode });
}
