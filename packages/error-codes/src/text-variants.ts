import type { CodeRecord } from './code-record.js';

/** One meaning of a code that stands for several, told apart by the text. */
export interface TextVariant {
  readonly when: RegExp;
  /** What it changes about the code's record. */
  readonly then: Omit<Partial<CodeRecord>, 'code'>;
}

const OTHER_ADDRESS = /(different|another|other) ip|competing/iu;
const NO_PERMISSION = /no (market data )?permission|not subscribed|permissions? (is |are )?(required|missing)|subscription/iu;

const HISTORICAL: readonly TextVariant[] = [
  {
    when: /pacing/iu,
    then: {
      name: 'historicalPacing',
      category: 'pacing',
      retryable: true,
      description: 'Too many small-bar history queries in too short a time.',
      tips: [
        'Wait at least 15 seconds before the same query, and keep below 60 queries in 10 minutes for bars of 30 seconds and less.',
        'Queries for bid and ask together count twice.',
      ],
      strategy: { kind: 'throttleAndRetry', waitMs: 15_000, maxRetries: 3 },
    },
  },
  {
    when: /farm connection is (broken|inactive)/iu,
    then: {
      name: 'historicalFarmDown',
      retryable: true,
      description: 'The historical data farm is down.',
      tips: ['Ask again when the farm is back: the health of the connection says when.'],
      strategy: { kind: 'throttleAndRetry', waitMs: 10_000, maxRetries: 15 },
    },
  },
  {
    when: /returned no data|no data/iu,
    then: {
      name: 'historicalNoData',
      description: 'The history query is valid, but nothing was recorded in its range.',
      tips: ['Treat it as an empty result.', 'Check that the market was open, and that the contract existed then.'],
    },
  },
  {
    when: /cancell?ed/iu,
    then: {
      name: 'historicalCancelled',
      effect: 'info',
      description: 'The history query ended because it was cancelled.',
      tips: ['The echo of your own cancel: nothing to do.'],
      strategy: { kind: 'ignore' },
    },
  },
  {
    when: OTHER_ADDRESS,
    then: {
      name: 'historicalCompetingSession',
      retryable: true,
      description: 'The same user is logged in from another address, and that session has the data.',
      tips: ['Log out of the other session, then ask again after a minute.'],
      strategy: { kind: 'throttleAndRetry', waitMs: 60_000, maxRetries: 15 },
    },
  },
  {
    when: NO_PERMISSION,
    then: {
      name: 'historicalNoPermission',
      description: 'The account has no permission for the history of this market.',
      tips: ['Buy the market data subscription of the exchange: history needs it too.'],
    },
  },
  {
    when: /invalid step|duration|bar size/iu,
    then: {
      name: 'historicalQueryInvalid',
      description: 'Bar size, duration and kind of the history query do not go together.',
      tips: ['Take a longer bar or a shorter duration: one-second bars go back 2000 seconds per query.'],
    },
  },
];

const REJECTED: readonly TextVariant[] = [
  {
    when: /margin|insufficient|available funds|equity with loan|buying power|cash (needed|available|balance)/iu,
    then: {
      name: 'rejectedFunds',
      description: 'The order was rejected because the account cannot carry it: margin or cash is too low.',
      tips: ['Preview the order with a what-if before you send it.', 'Compare its margin with the excess liquidity of the account.'],
    },
  },
  {
    when: /permission|not (allowed|permitted|eligible|authorized)|restricted/iu,
    then: {
      name: 'rejectedPermission',
      description: 'The order was rejected because the account may not do this.',
      tips: ['Check trading permissions and restrictions of the account for this product.'],
    },
  },
  {
    when: /market is closed|exchange is closed|trading hours|halted/iu,
    then: {
      name: 'rejectedClosed',
      description: 'The order was rejected because the market is closed or halted.',
      tips: ['Send it in trading hours, or with a time in force that waits for the open.'],
    },
  },
  {
    when: /price/iu,
    then: {
      name: 'rejectedPrice',
      description: 'The order was rejected because of its price.',
      tips: ['Bring the price closer to the market and onto the tick.'],
    },
  },
];

const INVALID: readonly TextVariant[] = [
  {
    when: /read-?\s?only/iu,
    then: {
      name: 'readOnlyApi',
      category: 'account',
      description: 'The API of this TWS or Gateway is set to read-only, so it takes no orders and no order requests.',
      tips: ['In Global Configuration, API, Settings, switch the read-only mode off.', 'Leave it on for programs that only read: they need none of these requests.'],
    },
  },
  {
    when: /(specify|missing|invalid|unknown) (an? )?account|account (is )?(missing|required|invalid)/iu,
    then: {
      name: 'requestAccountInvalid',
      category: 'account',
      description: 'The request names no account, or one that this login does not have.',
      tips: ['Set the account field to one of the accounts that the connection announced.'],
    },
  },
  {
    when: /bar size|what ?to ?show|duration|end ?date|historical/iu,
    then: {
      name: 'historicalRequestInvalid',
      category: 'historical',
      description: 'Bar size, duration, end or kind of a history query is not valid.',
      tips: ['Take the values from the documented lists, and check that they go together.'],
    },
  },
];

const PROCESSING: readonly TextVariant[] = [
  {
    when: /duplicate/iu,
    then: {
      name: 'duplicateRequestId',
      description: 'The id of the request is in use by another one.',
      tips: ['Take a fresh request id; after a reconnect, do not open a stream twice.'],
    },
  },
  {
    when: /max(imum)?\b|limit|exceed|too many|simultaneous/iu,
    then: {
      name: 'requestQuota',
      category: 'pacing',
      description: 'Too many requests of this kind run at the same time.',
      tips: ['Cancel one first: two account summaries, fifty history queries and ten scanners may run together.'],
    },
  },
];

const ORDER_MESSAGE: readonly TextVariant[] = [
  {
    when: /warning/iu,
    then: { name: 'orderWarning', description: 'A warning about the order, which goes on.' },
  },
  {
    when: /\b(reject(ed|ion)?|not accepted|declined)\b/iu,
    then: {
      name: 'orderMessageRejected',
      effect: 'orderRejected',
      description: 'The message about the order says that it was rejected.',
      tips: ['Read the reason in the text.', 'Read the open orders again to be sure.'],
      strategy: { kind: 'reconcile' },
    },
  },
];

const REAL_TIME: readonly TextVariant[] = [
  {
    when: /pacing/iu,
    then: {
      name: 'realTimePacing',
      category: 'pacing',
      retryable: true,
      description: 'Too many requests for real-time bars in too short a time.',
      tips: ['Wait 15 seconds before the same request; these count with the history queries.'],
      strategy: { kind: 'throttleAndRetry', waitMs: 15_000, maxRetries: 3 },
    },
  },
  {
    when: OTHER_ADDRESS,
    then: {
      name: 'realTimeCompetingSession',
      retryable: true,
      description: 'The same user is logged in from another address, and that session has the data.',
      tips: ['Log out of the other session, then ask again after a minute.'],
      strategy: { kind: 'resubscribe', waitMs: 60_000 },
    },
  },
  {
    when: NO_PERMISSION,
    then: {
      name: 'realTimeNoPermission',
      description: 'The account has no permission for this real-time data.',
      tips: ['Buy the market data subscription; delayed data does not exist here.'],
    },
  },
];

const NO_CONTRACT: readonly TextVariant[] = [
  {
    when: /ambiguous/iu,
    then: {
      name: 'contractAmbiguous',
      description: 'More than one contract matches the description.',
      tips: ['Add the primary exchange, the currency or the trading class.', 'Look the contract up by search first, then use its contract id.'],
    },
  },
];

const TICK_BY_TICK: readonly TextVariant[] = [
  {
    when: OTHER_ADDRESS,
    then: {
      name: 'tickByTickCompetingSession',
      retryable: true,
      description: 'The same user is logged in from another address, and that session has the data.',
      tips: ['Log out of the other session, then subscribe again after a minute.'],
      strategy: { kind: 'resubscribe', waitMs: 60_000 },
    },
  },
];

/** The codes whose text decides; every pattern here is a fixed literal text of TWS, never a guess at a user's words. */
const VARIANTS: ReadonlyMap<number, readonly TextVariant[]> = new Map([
  [162, HISTORICAL],
  [200, NO_CONTRACT],
  [201, REJECTED],
  [321, INVALID],
  [322, PROCESSING],
  [399, ORDER_MESSAGE],
  [420, REAL_TIME],
  [10189, TICK_BY_TICK],
]);

/** What the text changes about a code's record; the first match wins. */
export function variantOf(code: number, text: string): TextVariant['then'] | undefined {
  return VARIANTS.get(code)?.find(({ when }) => when.test(text))?.then;
}

/** The codes that stand for several meanings. */
export const CODES_WITH_VARIANTS: readonly number[] = [...VARIANTS.keys()];
