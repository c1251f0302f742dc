import type { JSX } from 'preact';
import type { Live } from '../data/live.js';
import { ago, plain, timeOfDay } from '../ui/format.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';

const GOOD: readonly string[] = ['ready', 'external'];

/** The process of the gateway. */
export function GatewayPanel({ live, nowMs }: { readonly live: Live; readonly nowMs: number }): JSX.Element {
  const { data, stale } = live.gateway.value;
  const status = live.status.value;
  return (
    <Panel id="gateway" title="Gateway" stale={stale} aside={data === undefined ? undefined : <Badge kind={GOOD.includes(data.phase) ? 'ok' : 'warn'}>{data.phase}</Badge>}>
      {data === undefined ? <Nothing>Waiting for the daemon.</Nothing> : (
        <dl>
          <dt>Address</dt><dd>{plain(data.host)}:{data.port}{status?.simulated === true ? ' (simulator)' : ''}</dd>
          <dt>Account kind</dt><dd>{status?.connection.mode ?? '–'}</dd>
          <dt>Since</dt><dd>{ago(nowMs - data.sinceMs)}{data.cause === '' ? '' : `: ${plain(data.cause)}`}</dd>
          <dt>Server version</dt><dd>{data.serverVersion ?? status?.connection.serverVersion ?? '–'}</dd>
          {data.nextRestart === undefined ? null : <><dt>Next restart</dt><dd>{timeOfDay(data.nextRestart.atMs)}</dd></>}
          {data.lockOut === undefined ? null : <><dt>Locked out</dt><dd>{plain(data.lockOut)}: it is not started before somebody acts</dd></>}
          <dt>Reconnects</dt><dd>{status?.connection.reconnectCount ?? '–'}</dd>
        </dl>
      )}
    </Panel>
  );
}
