import type { JSX } from 'preact';
import type { TopicSnapshot } from '@ibkit/api-contract';
import type { Live } from '../data/live.js';
import { plain, timeOfDay } from '../ui/format.js';
import { Nothing, Panel } from '../ui/panel.js';
import { Table } from '../ui/table.js';

const MOST = 30;

/** The newest entries of the audit trail. */
export function AuditPanel({ live }: { readonly live: Live }): JSX.Element {
  const { data, stale } = live.audit.value;
  const entries = (data?.entries ?? []).slice(-MOST).reverse();
  return (
    <Panel id="audit" title="Audit trail" stale={stale} wide>
      {entries.length === 0 ? <Nothing>No entries.</Nothing> : (
        <Table<TopicSnapshot<'audit'>['entries'][number]>
          caption="Audit trail"
          rows={entries}
          keyOf={({ seq }) => String(seq)}
          columns={[
            { name: 'No.', show: ({ seq }) => seq, numeric: true },
            { name: 'Time', show: ({ atMs }) => timeOfDay(atMs) },
            { name: 'What', show: ({ type }) => <code>{plain(type)}</code> },
            { name: 'Order', show: ({ key, orderId }) => plain(key ?? orderId ?? ''), minor: true },
          ]}
        />
      )}
    </Panel>
  );
}
