import type { JSX } from 'preact';
import type { Live } from '../data/live.js';
import { ago, figure } from '../ui/format.js';
import { Nothing, Panel } from '../ui/panel.js';

/** Pacing and market data lines: how near to the limits of the broker we are. */
export function UsagePanel({ live }: { readonly live: Live }): JSX.Element {
  const status = live.status.value;
  const usage = status?.usage;
  return (
    <Panel id="usage" title="Pacing and lines">
      {usage === undefined ? <Nothing>Waiting for the daemon.</Nothing> : (
        <dl>
          <dt>Market data lines</dt><dd class="number">{figure(usage.openLines)}</dd>
          <dt>Messages that could leave now</dt><dd class="number"><meter min={0} max={usage.messagesPerSecond} low={usage.messagesPerSecond / 4} optimum={usage.messagesPerSecond} value={usage.messageHeadroom} /> {figure(usage.messageHeadroom)} of {figure(usage.messagesPerSecond, { digits: 0 })}</dd>
          <dt>Waiting for their turn</dt><dd class="number">{figure(usage.waitingMessages)}</dd>
          <dt>Last byte from the gateway</dt><dd class="number">{usage.inboundAgeMs === undefined ? '–' : `${ago(usage.inboundAgeMs)} ago`}</dd>
          <dt>Daemon runs for</dt><dd class="number">{ago(status?.uptimeMs ?? 0)}</dd>
        </dl>
      )}
    </Panel>
  );
}
