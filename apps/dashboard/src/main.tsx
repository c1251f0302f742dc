import { render } from 'preact';
import { systemClock } from '@ibkit/clock';
import { DaemonClient, DaemonStream } from '@ibkit/websocket-provider/browser';
import * as z from 'zod';
import { App } from './app.js';
import { Session } from './data/session.js';

// The page's content security policy forbids making code from text.
z.config({ jitless: true });

const root = document.querySelector('#app');
if (root !== null) {
  const clock = systemClock();
  const url = new URL('.', location.href).href;
  const session = new Session({ local: localStorage, session: sessionStorage });
  render(
    <App
      session={session}
      clock={clock}
      connect={({ token, onConnection }) => ({
        client: new DaemonClient({ url, token, clock, allowHttp: true }),
        stream: new DaemonStream({ url, token, clock, onConnection, allowHttp: true, reconnectMaxMs: 2000 }),
      })}
    />,
    root,
  );
}
