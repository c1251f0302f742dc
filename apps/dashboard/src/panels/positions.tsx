import type { JSX } from 'preact';
import type { TopicSnapshot } from '@ibkit/api-contract';
import type { Live } from '../data/live.js';
import { figure, plain } from '../ui/format.js';
import { Nothing, Panel } from '../ui/panel.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';

type Row = TopicSnapshot<'positions'>['positions'][number];

/** What a contract is called. */
function nameOf({ symbol, localSymbol, secType }: Row): string {
  return plain(secType === undefined || secType === 'STK' ? (symbol ?? localSymbol ?? '') : (localSymbol ?? symbol ?? ''));
}

/** What the broker tells of one account at a time only. */
const VALUES: readonly Column<Row>[] = [
  { name: 'Price', show: ({ marketPrice }) => figure(marketPrice, { digits: 2 }), numeric: true, minor: true },
  { name: 'Value', show: ({ marketValue }) => figure(marketValue, { digits: 2 }), numeric: true, minor: true },
  { name: 'Unrealised', show: ({ unrealizedPnl }) => figure(unrealizedPnl, { digits: 2, sign: true }), numeric: true },
];

/** Positions of all accounts. */
export function PositionsPanel({ live }: { readonly live: Live }): JSX.Element {
  const { data, stale } = live.positions.value;
  const rows = data?.positions ?? [];
  return (
    <Panel id="positions" title="Positions" stale={stale} wide>
      {data === undefined ? <Nothing>Waiting for the broker.</Nothing> : rows.length === 0 ? <Nothing>No positions.</Nothing> : (
        <Table
          caption="Positions"
          rows={rows}
          keyOf={({ account, conId, symbol }) => `${account} ${conId ?? symbol ?? ''}`}
          columns={[
            { name: 'Instrument', show: nameOf },
            { name: 'Account', show: ({ account }) => plain(account), minor: true },
            { name: 'Position', show: ({ position }) => figure(position), numeric: true },
            { name: 'Average cost', show: ({ averageCost }) => figure(averageCost, { digits: 2 }), numeric: true },
            ...(rows.some(({ marketValue }) => marketValue !== undefined) ? VALUES : []),
          ]}
        />
      )}
    </Panel>
  );
}
