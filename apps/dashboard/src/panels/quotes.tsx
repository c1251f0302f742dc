import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { PriceChart } from '../chart/price-chart.js';
import type { Live, Watched } from '../data/live.js';
import type { Session } from '../data/session.js';
import { ago, figure, plain, priceDigits } from '../ui/format.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';
import { Table } from '../ui/table.js';

function change({ view }: Watched): JSX.Element {
  const { last, close } = view.value.data ?? {};
  if (last === undefined || close === undefined) return <>–</>;
  const percent = (Number(last) / Number(close) - 1) * 100;
  return <span class={percent > 0 ? 'gain' : percent < 0 ? 'loss' : ''}>{figure(percent, { digits: 2, sign: true })} %</span>;
}

function Freshness({ watched: { view }, nowMs }: { readonly watched: Watched; readonly nowMs: number }): JSX.Element {
  const { data, stale, error } = view.value;
  const reason = error ?? stale ?? (data?.stale === true ? (data.staleReason ?? 'not fresh') : undefined);
  if (reason !== undefined) return <span title={plain(reason)}><Badge kind={error === undefined ? 'warn' : 'bad'}>{error === undefined ? 'stale' : 'refused'}</Badge></span>;
  if (data?.receivedAtUs === undefined) return <Badge kind="plain">waiting</Badge>;
  return <>{data.mode === 'live' ? '' : <Badge kind="warn">{data.mode}</Badge>} {ago(nowMs - data.receivedAtUs / 1000)}</>;
}

/** Live quotes, and a chart of the chosen one. */
export function QuotesPanel({ live, session, nowMs }: { readonly live: Live; readonly session: Session; readonly nowMs: number }): JSX.Element {
  const [chosen, choose] = useState<string>();
  const [typed, type] = useState('');
  const rows = live.watched.value;
  const shown = rows.find(({ symbol }) => symbol === chosen) ?? rows[0];
  const price = (field: 'bid' | 'ask' | 'last') => ({ view }: Watched) => {
    const { bid, ask, last } = view.value.data ?? {};
    return figure(view.value.data?.[field], { digits: priceDigits([bid, ask, last]) });
  };
  return (
    <Panel id="quotes" title="Quotes" wide>
      <form class="inline" onSubmit={(event) => { event.preventDefault(); session.addSymbol(typed); type(''); }}>
        <label for="symbol" class="hidden">Symbol</label>
        <input id="symbol" value={typed} onInput={({ currentTarget }) => { type(currentTarget.value); }} placeholder="Add a symbol ( / )" maxLength={64} autocomplete="off" autocapitalize="characters" spellcheck={false} />
        <button type="submit">Add</button>
      </form>
      {rows.length === 0 ? <Nothing>No symbols. Add one above.</Nothing> : (
        <Table
          caption="Quotes"
          rows={rows}
          keyOf={({ symbol }) => symbol}
          columns={[
            { name: 'Symbol', show: ({ symbol }) => <button type="button" class="link" aria-pressed={symbol === shown?.symbol} onClick={() => { choose(symbol); }}>{symbol}</button> },
            { name: 'Bid', show: price('bid'), numeric: true },
            { name: 'Ask', show: price('ask'), numeric: true },
            { name: 'Last', show: price('last'), numeric: true },
            { name: 'Change', show: change, numeric: true },
            { name: 'Volume', show: ({ view }) => figure(view.value.data?.volume, { digits: 0 }), numeric: true, minor: true },
            { name: 'Age', show: (watched) => <Freshness watched={watched} nowMs={nowMs} /> },
            { name: '', show: ({ symbol }) => <button type="button" class="quiet" aria-label={`Remove ${symbol}`} onClick={() => { session.removeSymbol(symbol); }}>✕</button> },
          ]}
        />
      )}
      {shown === undefined ? null : <PriceChart key={shown.symbol} watched={shown} />}
    </Panel>
  );
}
