import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { TopicSnapshot } from '@ibkit/api-contract';
import type { Live } from '../data/live.js';
import { figure, plain, timeOfDay } from '../ui/format.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';
import { Table } from '../ui/table.js';
import { Confirm } from '../ui/confirm.js';

type Order = TopicSnapshot<'orders'>['orders'][number];
type Fill = TopicSnapshot<'executions'>['fills'][number];

const KINDS: Readonly<Record<string, 'ok' | 'warn' | 'bad' | 'plain'>> = { unknown: 'bad', rejected: 'bad', filled: 'ok', working: 'plain', acked: 'plain', sending: 'warn', staged: 'warn' };
const MOST_FILLS = 50;

function nameOf({ contract }: { readonly contract: Order['contract'] }): string {
  return plain(contract.secType === 'STK' ? (contract.symbol ?? '') : (contract.localSymbol ?? contract.symbol ?? ''));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Open orders and the fills of today; with a trade token also the ways to end orders. */
export function OrdersPanel({ live, canTrade }: { readonly live: Live; readonly canTrade: boolean }): JSX.Element {
  const [asked, ask] = useState<Order | 'all'>();
  const [failed, fail] = useState<string>();
  const { data, stale } = live.orders.value;
  const fills = (live.executions.value.data?.fills ?? []).slice(-MOST_FILLS).reverse();
  const cancel = (): void => {
    const target = asked;
    ask(undefined);
    fail(undefined);
    const done: Promise<unknown> = target === undefined ? Promise.resolve() : target === 'all' ? live.client.cancelAll({}) : live.client.cancelOrder({ id: target.id });
    done.catch((error: unknown) => { fail(reasonOf(error)); });
  };
  const orders = data?.orders ?? [];
  return (
    <Panel id="orders" title="Orders and fills" stale={stale} wide aside={canTrade && orders.length > 0 ? <button type="button" class="danger" onClick={() => { ask('all'); }}>Cancel all</button> : undefined}>
      {failed === undefined ? null : <p class="failure" role="alert">{plain(failed)}</p>}
      {data === undefined ? <Nothing>Waiting for the daemon.</Nothing> : orders.length === 0 ? <Nothing>No open orders.</Nothing> : (
        <Table
          caption="Open orders"
          rows={orders}
          keyOf={({ id }) => id}
          columns={[
            { name: 'Order', show: (order) => <><strong>{order.action}</strong> {figure(order.quantity)} {nameOf(order)}</> },
            { name: 'Type', show: ({ orderType, limitPrice, tif }) => `${orderType} ${limitPrice === undefined ? '' : figure(limitPrice)} ${tif}` },
            { name: 'Filled', show: ({ filledQuantity }) => figure(filledQuantity), numeric: true },
            { name: 'State', show: ({ status, reason }) => <span title={plain(reason ?? '')}><Badge kind={KINDS[status] ?? 'plain'}>{status}</Badge></span> },
            { name: 'Key', show: ({ key }) => <code>{plain(key)}</code>, minor: true },
            { name: 'Since', show: ({ stagedAtMs }) => timeOfDay(stagedAtMs), minor: true },
            { name: '', show: (order) => canTrade ? <button type="button" onClick={() => { ask(order); }} disabled={order.cancel === 'requested'}>{order.cancel === 'requested' ? 'Cancelling' : 'Cancel'}</button> : null },
          ]}
        />
      )}
      <h3>Fills</h3>
      {fills.length === 0 ? <Nothing>No fills today.</Nothing> : (
        <Table<Fill>
          caption="Fills"
          rows={fills}
          keyOf={({ execId }) => execId}
          columns={[
            { name: 'Time', show: ({ executedAtMs }) => timeOfDay(executedAtMs) },
            { name: 'Fill', show: (fill) => <><strong>{fill.side}</strong> {figure(fill.quantity)} {nameOf(fill)}</> },
            { name: 'Price', show: ({ price }) => figure(price), numeric: true },
            { name: 'Commission', show: ({ commission }) => commission.status === 'pending' ? 'pending' : figure(commission.amount, { digits: 2 }), numeric: true },
            { name: 'Exchange', show: ({ exchange }) => plain(exchange), minor: true },
          ]}
        />
      )}
      {asked === undefined ? null : (
        <Confirm title={asked === 'all' ? `Cancel all ${orders.length} orders?` : 'Cancel this order?'} action="Cancel" onYes={cancel} onNo={() => { ask(undefined); }}>
          <p>{asked === 'all' ? 'Orders of this daemon only.' : `${asked.action} ${figure(asked.quantity)} ${nameOf(asked)} ${asked.orderType}`}</p>
        </Confirm>
      )}
    </Panel>
  );
}
