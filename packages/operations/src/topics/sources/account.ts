import type { TopicDelta, TopicSnapshot } from '@ibkit/api-contract';
import type { AccountValues, Live, LiveStream, Pnl, PositionList } from '@ibkit/gateway-trading';
import type { OperationsTrading } from '../../options.js';
import { positionView } from '../../views/account.js';
import { pnlData, positionData, valueData } from '../data/account-data.js';
import type { TopicSink, TopicSource } from '../topic-source.js';

/** What account topics work with. */
export interface AccountTopicDeps {
  readonly trading: OperationsTrading;
}

/** A live value as a topic: `first` tells all of it, `next` what changed; doubt is told, and ended by all of it where the data cannot say so itself. */
function follow<T>(stream: LiveStream<T>, sink: Pick<TopicSink<'pnl'>, 'gap' | 'stale' | 'end'>, tell: { readonly first: (value: Live<T>) => void; readonly next: (value: Live<T>, before: Live<T>) => void; readonly trusted: ((value: Live<T>) => void) | undefined }): TopicSource<never> {
  let last: Live<T> | undefined;
  const take = (value: Live<T>): void => {
    const before = last;
    last = value;
    if (before === undefined) tell.first(value);
    else if (before.stale && !value.stale && tell.trusted !== undefined) tell.trusted(value);
    else tell.next(value, before);
    if (value.stale && before?.stale !== true) sink.stale(value.staleReason ?? 'the link is in doubt', value.receivedAtMs);
  };
  stream.on('gap', (gap) => {
    sink.gap(gap);
  });
  stream.on('update', take);
  stream.on('end', ({ error }) => {
    sink.end(error);
  });
  if (stream.current !== undefined) take(stream.current);
  return { close: () => stream.close() };
}

type PositionRow = TopicDelta<'positions'>['positions'][number];

function rowsOf({ positions }: PositionList): Map<string, PositionRow> {
  return new Map(positions.map((position) => [`${position.account}/${position.contract.conId ?? JSON.stringify(position.contract)}`, positionData(positionView(position))]));
}

function sameRow(one: object, other: object | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

/** Positions of all accounts: a complete list, then what changes; a closed one is told with a position of 0. */
export function positionsSource({ trading }: AccountTopicDeps, sink: TopicSink<'positions'>): TopicSource<'positions'> {
  let rows = new Map<string, PositionRow>();
  const whole = (list: Live<PositionList>): void => {
    rows = rowsOf(list);
    sink.whole({ positions: [...rows.values()] }, { atMs: list.receivedAtMs });
  };
  return follow(trading.positionUpdates(), sink, {
    first: whole,
    trusted: whole,
    next: (list) => {
      const before = rows;
      rows = rowsOf(list);
      const gone = [...before].filter(([key]) => !rows.has(key)).map(([, row]) => ({ ...row, position: '0' }));
      const positions = [...[...rows].filter(([key, row]) => !sameRow(row, before.get(key))).map(([, row]) => row), ...gone];
      if (positions.length > 0) sink.delta({ positions });
    },
  });
}

function valuesOf({ account, ready, values }: AccountValues): TopicSnapshot<'account'> {
  return { account, ready, values: values.map(valueData) };
}

/** The values of an account: all, then those that change. */
export function accountSource({ trading }: AccountTopicDeps, account: string, sink: TopicSink<'account'>): TopicSource<'account'> {
  let last: TopicSnapshot<'account'> = { account, ready: false, values: [] };
  const whole = (value: Live<AccountValues>): void => {
    last = valuesOf(value);
    sink.whole(last, { atMs: value.receivedAtMs });
  };
  return follow(trading.accountUpdates({ account }), sink, {
    first: whole,
    trusted: whole,
    next: (value) => {
      const before = new Map(last.values.map((row) => [`${row.tag}/${row.currency ?? ''}`, row]));
      const wasReady = last.ready;
      last = valuesOf(value);
      // A value is never taken back alone: a row that is gone means that all were told anew.
      if (last.values.length < before.size) {
        sink.whole(last);
        return;
      }
      const values = last.values.filter((row) => !sameRow(row, before.get(`${row.tag}/${row.currency ?? ''}`)));
      const ready = last.ready === wasReady ? undefined : last.ready;
      if (values.length > 0 || ready !== undefined) sink.delta({ ...(ready === undefined ? {} : { ready }), values }, { notable: ready !== undefined });
    },
  });
}

/** Profit and loss of an account. */
export function pnlSource({ trading }: AccountTopicDeps, account: string, sink: TopicSink<'pnl'>): TopicSource<'pnl'> {
  return follow<Pnl>(trading.pnl(account), sink, {
    first: (pnl) => {
      sink.whole(pnlData(pnl), { atMs: pnl.receivedAtMs });
    },
    next: (pnl, before) => {
      sink.delta(pnlData(pnl), { notable: pnl.stale !== before.stale });
    },
    trusted: undefined,
  });
}
