import type { Topic, TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';

type Accounts = ReadonlySet<string>;

interface Limit<K extends TopicKindName> {
  readonly whole: (data: TopicSnapshot<K>, accounts: Accounts) => TopicSnapshot<K>;
  /** `undefined` for a change that is none of theirs. */
  readonly change: (data: TopicDelta<K>, accounts: Accounts) => TopicDelta<K> | undefined;
}

const open = <K extends TopicKindName>(): Limit<K> => ({ whole: (data) => data, change: (data) => data });

/** What is not about an account is about all of them: the kill switch, a new term. */
function ofThem({ account }: { readonly account?: string | undefined }, accounts: Accounts): boolean {
  return account === undefined || accounts.has(account);
}

function riskOf(risk: TopicSnapshot<'risk'>, accounts: Accounts): TopicSnapshot<'risk'> {
  const { arming, ...rest } = risk;
  const isTheirs = arming !== undefined && accounts.has(arming.account);
  return { ...rest, allowedAccounts: risk.allowedAccounts.filter((account) => accounts.has(account)), ...(isTheirs ? { arming } : {}) };
}

const LIMITS: { readonly [K in TopicKindName]: Limit<K> } = {
  quotes: open(), trades: open(), ticks: open(), bars: open(), depth: open(), health: open(), gateway: open(),
  // Named by the topic itself.
  account: open(), pnl: open(),
  risk: { whole: riskOf, change: riskOf },
  orders: {
    whole: ({ orders }, accounts) => ({ orders: orders.filter((order) => ofThem(order, accounts)) }),
    change: (data, accounts) => (ofThem(data.order, accounts) ? data : undefined),
  },
  executions: {
    whole: ({ fills }, accounts) => ({ fills: fills.filter((fill) => ofThem(fill, accounts)) }),
    change: (data, accounts) => (ofThem(data.fill, accounts) ? data : undefined),
  },
  positions: {
    whole: ({ positions }, accounts) => ({ positions: positions.filter((position) => ofThem(position, accounts)) }),
    change: ({ positions }, accounts) => {
      const theirs = positions.filter((position) => ofThem(position, accounts));
      return theirs.length === 0 ? undefined : { positions: theirs };
    },
  },
  audit: {
    whole: ({ entries }, accounts) => ({ entries: entries.filter((entry) => ofThem(entry, accounts)) }),
    change: (data, accounts) => (ofThem(data.entry, accounts) ? data : undefined),
  },
}; // prettier-ignore

function limitOf<K extends TopicKindName>(kind: K): Limit<K> {
  return LIMITS[kind];
}

/** All of a topic as far as somebody may see it who is limited to some accounts. */
export function wholeFor<K extends TopicKindName>(kind: K, data: TopicSnapshot<K>, accounts: Accounts | undefined): TopicSnapshot<K> {
  return accounts === undefined ? data : limitOf(kind).whole(data, accounts);
}

/** A change of it; `undefined` when there is nothing to be seen. */
export function changeFor<K extends TopicKindName>(kind: K, data: TopicDelta<K>, accounts: Accounts | undefined): TopicDelta<K> | undefined {
  return accounts === undefined ? data : limitOf(kind).change(data, accounts);
}

/** Whether somebody who is limited to some accounts may have a topic at all. */
export function maySee({ account }: Topic, accounts: Accounts | undefined): boolean {
  return account === undefined || accounts === undefined || accounts.has(account);
}
