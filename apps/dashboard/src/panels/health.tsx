import type { JSX } from 'preact';
import type { ApiLayer } from '@ibkit/api-contract';
import type { Live } from '../data/live.js';
import { ago, plain } from '../ui/format.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';

const LAYERS = [['tcp', 'Socket'], ['handshake', 'Handshake'], ['api', 'API ready'], ['upstream', 'Gateway to IBKR']] as const;
const KIND = { up: 'ok', down: 'bad', unknown: 'warn' } as const;

function Layer({ name, layer, nowMs }: { readonly name: string; readonly layer: ApiLayer; readonly nowMs: number }): JSX.Element {
  return (
    <li>
      <Badge kind={KIND[layer.status]}>{layer.status}</Badge>
      <span class="name">{plain(name)}</span>
      <span class="muted since" title={plain(layer.cause)}>{ago(nowMs - layer.sinceMs)}</span>
      {layer.status === 'up' ? null : <span class="muted cause">{plain(layer.cause)}</span>}
    </li>
  );
}

function Readiness({ name, ready }: { readonly name: string; readonly ready: boolean }): JSX.Element {
  return <li><Badge kind={ready ? 'ok' : 'bad'}>{ready ? 'ready' : 'not ready'}</Badge><span class="name">{name}</span></li>;
}

/** The link to the broker, layer by layer, with since when and why. */
export function HealthPanel({ live, nowMs }: { readonly live: Live; readonly nowMs: number }): JSX.Element {
  const { data, stale } = live.health.value;
  return (
    <Panel id="health" title="Connection" stale={stale} aside={data === undefined ? undefined : <Badge kind={data.state === 'connected' ? 'ok' : 'bad'}>{data.state}</Badge>}>
      {data === undefined ? <Nothing>Waiting for the daemon.</Nothing> : (
        <>
          <ul class="layers">
            {LAYERS.map(([key, name]) => <Layer key={key} name={name} layer={data.health[key]} nowMs={nowMs} />)}
            {Object.entries(data.health.farms).map(([farm, layer]) => <Layer key={farm} name={`Farm ${farm}`} layer={layer} nowMs={nowMs} />)}
            <Readiness name="Market data" ready={data.readiness.dataReady} />
            <Readiness name="Trading" ready={data.readiness.tradeReady} />
          </ul>
          {data.readiness.reasons.length === 0 ? null : <ul class="reasons">{data.readiness.reasons.map((reason) => <li key={reason}>{plain(reason)}</li>)}</ul>}
        </>
      )}
    </Panel>
  );
}
