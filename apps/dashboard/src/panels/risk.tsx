import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Live } from '../data/live.js';
import { ago, figure, plain } from '../ui/format.js';
import { Confirm } from '../ui/confirm.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';

/** The order gate and the kill switch. */
export function RiskPanel({ live, canTrade, nowMs }: { readonly live: Live; readonly canTrade: boolean; readonly nowMs: number }): JSX.Element {
  const [asking, ask] = useState(false);
  const [failed, fail] = useState<string>();
  const { data, stale } = live.risk.value;
  const kill = (): void => {
    ask(false);
    fail(undefined);
    live.client.kill({ body: { reason: 'dashboard' } }).catch((error: unknown) => { fail(error instanceof Error ? error.message : String(error)); });
  };
  return (
    <Panel id="risk" title="Order gate" stale={stale} aside={data === undefined ? undefined : <Badge kind={data.gate.length === 0 ? 'ok' : 'bad'}>{data.gate.length === 0 ? 'open' : 'closed'}</Badge>}>
      {failed === undefined ? null : <p class="failure" role="alert">{plain(failed)}</p>}
      {data === undefined ? <Nothing>Waiting for the daemon.</Nothing> : (
        <>
          {data.gate.length === 0 ? null : <ul class="reasons">{data.gate.map(({ reason, explanation }) => <li key={reason}>{plain(explanation)}</li>)}</ul>}
          <dl>
            <dt>Kill switch</dt><dd>{data.killSwitch ? <Badge kind="bad">on</Badge> : 'off'}</dd>
            <dt>Armed</dt><dd>{data.arming === undefined ? (data.mode === 'paper' ? 'not needed for paper' : 'no') : `for another ${ago(data.arming.expiresAtMs - nowMs)}`}</dd>
            <dt>Unknown orders</dt><dd>{data.unknownOrders === 0 ? 'none' : <Badge kind="bad">{data.unknownOrders}</Badge>}</dd>
            {data.today === undefined ? null : <><dt>Orders today</dt><dd>{figure(data.today.orders)}</dd></>}
          </dl>
          {canTrade && !data.killSwitch ? <div class="buttons"><button type="button" class="danger" onClick={() => { ask(true); }}>Kill switch</button></div> : null}
        </>
      )}
      {asking ? (
        <Confirm title="Stop all trading?" action="Cancel orders and stop" onYes={kill} onNo={() => { ask(false); }}>
          <p>Cancels every open order of this daemon and sends none any more, also after a restart, until an administrator releases it.</p>
        </Confirm>
      ) : null}
    </Panel>
  );
}
