import type { ConnectionManager } from '@ibkit/core-connection';
import type { CommandContext } from './globals.js';
import { plain, span } from './text.js';

/** Tells the user what happens to the connection while a stream runs. */
export interface LinkView {
  /** One line about the connection as it is now. */
  text(connection: ConnectionManager): string;
  /** Stops listening. */
  close(): void;
}

/** Puts a line for people where it does not disturb anything else on the terminal. */
export type Interject = (write: () => void) => void;

/** Starts to report losses, recoveries and degradations of `connection`: as JSON lines with `--json`, on stderr else. */
export function linkView(context: CommandContext, connection: ConnectionManager, interject: Interject): LinkView {
  const { io, globals, clock } = context;
  const say = (what: string, reason: string): void => {
    if (globals.json) io.out.write(`${JSON.stringify({ event: 'connection', what, state: connection.state, at: new Date(clock.now()).toISOString(), reason })}\n`);
    else
      interject(() => {
        io.err.write(`-- connection ${what}: ${plain(reason)}\n`);
      });
  };
  const stops = [
    connection.events.on('connection.lost', ({ reason, error, willReconnect }) => {
      say('lost', `${reason}: ${error.message}${willReconnect ? ' Trying to get it back.' : ''}`);
    }),
    connection.events.on('connection.recovered', (event) => {
      const what = event.scope === 'farm' ? `farm ${event.farm}` : event.scope;
      say('recovered', `${what} is back after ${span(event.downMs)}`);
    }),
    connection.events.on('connection.degraded', ({ code, message }) => {
      say('degraded', `${code} ${message}`);
    }),
    connection.events.on('connection.gaveUp', ({ error }) => {
      say('given up', error.message);
    }),
    connection.events.on('connection.alarm', ({ message }) => {
      say('alarm', message);
    }),
  ];
  return {
    text(link): string {
      const { upstream } = link.health.layers;
      return `${link.state}, upstream ${upstream.status} for ${span(clock.now() - upstream.sinceMs)}: ${plain(upstream.cause)}`;
    },
    close(): void {
      for (const stop of stops) stop();
    },
  };
}
