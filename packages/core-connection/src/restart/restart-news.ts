import type { Clock } from '@ibkit/clock';
import type { EventBus } from '@ibkit/event-bus';
import type { ConnectionEvents } from '../connection-events.js';
import type { ConnectionLogger } from '../options.js';
import type { RestartNews } from './restart-watch.js';

/** Makes events and log lines of what a {@link RestartWatch} notices. */
export function newsOfRestarts({ clock, events, logger }: { readonly clock: Clock; readonly events: EventBus<ConnectionEvents>; readonly logger: ConnectionLogger }): (news: RestartNews) => void {
  return (news) => {
    const { window, fromMs, untilMs } = news.occurrence;
    const told = { name: window.name, kind: window.kind, fromMs, untilMs, atMs: clock.now() };
    logger.info({ window: window.name, phase: news.type, fromMs, untilMs }, 'restart window');
    if (news.type === 'approaching') events.emit('connection.restartApproaching', { ...told, leadMs: news.leadMs });
    else events.emit('connection.restartWindow', { ...told, phase: news.type });
  };
}
