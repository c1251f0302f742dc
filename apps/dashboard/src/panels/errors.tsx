import type { JSX } from 'preact';
import type { Live } from '../data/live.js';
import { plain, timeOfDay } from '../ui/format.js';
import { Badge, Nothing, Panel } from '../ui/panel.js';

/** What went wrong lately, and what to do about it. */
export function ErrorsPanel({ live }: { readonly live: Live }): JSX.Element {
  const errors = live.errors.value;
  return (
    <Panel id="errors" title="Recent errors" wide>
      {errors.length === 0 ? <Nothing>None.</Nothing> : (
        <ul class="entries">
          {errors.map(({ atMs, code, ibCode, message, tips, count }) => (
            <li key={`${atMs} ${code} ${message}`}>
              <span class="muted">{timeOfDay(atMs)}</span> <Badge kind="warn">{ibCode ?? code}</Badge>{count > 1 ? <span class="muted"> {count} times</span> : null} {plain(message)}
              {tips.length === 0 ? null : <ul class="tips">{tips.map((tip) => <li key={tip}>{plain(tip)}</li>)}</ul>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
