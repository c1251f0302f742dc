import { TOPIC_KINDS } from '@ibkit/api-contract';
import type { AccountRule, Topic, TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import { limitedRisk, mayReadEntry } from '@ibkit/operations';

type Accounts = ReadonlySet<string>;

/** What the data of a topic does not say about some accounts alone. */
export interface AccountFacts {
  /** How many of their orders have an unknown outcome. */
  readonly unknownOrders: (accounts: Accounts) => number;
}

interface Limit<K extends TopicKindName> {
  readonly whole: (data: TopicSnapshot<K>, accounts: Accounts, facts: AccountFacts) => TopicSnapshot<K>;
  /** `undefined` for a change that is none of theirs. */
  readonly change: (data: TopicDelta<K>, accounts: Accounts, facts: AccountFacts) => TopicDelta<K> | undefined;
}

const open = <K extends TopicKindName>(): Limit<K> => ({ whole: (data) => data, change: (data) => data });

function ofThem({ account }: { readonly account?: string | undefined }, accounts: Accounts): boolean {
  return account !== undefined && accounts.has(account);
}

function riskOf(risk: TopicSnapshot<'risk'>, accounts: Accounts, { unknownOrders }: AccountFacts): TopicSnapshot<'risk'> {
  return limitedRisk(risk, accounts, unknownOrders(accounts));
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
    whole: ({ entries }, accounts) => ({ entries: entries.filter((entry) => mayReadEntry(entry, accounts)) }),
    change: (data, accounts) => (mayReadEntry(data.entry, accounts) ? data : undefined),
  },
}; // prettier-ignore

function limitOf<K extends TopicKindName>(kind: K): Limit<K> {
  return LIMITS[kind];
}

/** All of a topic as far as somebody may see it who is limited to some accounts. */
export function wholeFor<K extends TopicKindName>(kind: K, data: TopicSnapshot<K>, accounts: Accounts | undefined, facts: AccountFacts): TopicSnapshot<K> {
  return accounts === undefined ? data : limitOf(kind).whole(data, accounts, facts);
}

/** A change of it; `undefined` when there is nothing to be seen. */
export function changeFor<K extends TopicKindName>(kind: K, data: TopicDelta<K>, accounts: Accounts | undefined, facts: AccountFacts): TopicDelta<K> | undefined {
  return accounts === undefined ? data : limitOf(kind).change(data, accounts, facts);
}

/** Whether somebody who is limited to some accounts may have a topic at all. */
export function maySee({ account }: Topic, accounts: Accounts | undefined): boolean {
  return account === undefined || accounts === undefined || accounts.has(account);
}

/** Whether they see a part of a topic only: then not even how much there is of it is told. */
export function seesPart(kind: TopicKindName, accounts: Accounts | undefined): boolean {
  const rule: AccountRule = TOPIC_KINDS[kind].accounts;
  return accounts !== undefined && rule === 'own';
}

/** One text for the same accounts, in whatever order they are. */
export function accountsKey(accounts: Accounts | undefined): string {
  return accounts === undefined ? '*' : JSON.stringify([...accounts].sort());
}
