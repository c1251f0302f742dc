import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Clock } from '@ibkit/clock';
import { Live } from './data/live.js';
import type { Connect, LinkView } from './data/live.js';
import type { Session, Theme } from './data/session.js';
import { AccountPanel } from './panels/account.js';
import { AuditPanel } from './panels/audit.js';
import { ErrorsPanel } from './panels/errors.js';
import { GatewayPanel } from './panels/gateway.js';
import { HealthPanel } from './panels/health.js';
import { OrdersPanel } from './panels/orders.js';
import { PositionsPanel } from './panels/positions.js';
import { QuotesPanel } from './panels/quotes.js';
import { RiskPanel } from './panels/risk.js';
import { UsagePanel } from './panels/usage.js';
import { SignIn } from './sign-in.js';
import { ago, plain } from './ui/format.js';

/** What the page is made from. */
export interface AppProps {
  readonly session: Session;
  readonly clock: Clock;
  readonly connect: Connect;
}

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

/** The panels in the order of the page: the digits jump to them. */
const PANELS = ['health', 'gateway', 'account', 'risk', 'quotes', 'positions', 'orders', 'errors', 'usage'] as const;

/** The page: a question for the token, then everything. */
export function App({ session, clock, connect }: AppProps): JSX.Element {
  const refused = useSignal<string | undefined>(undefined);
  useTheme(session);
  const token = session.token.value;
  if (token === undefined) return <SignIn reason={refused.value} onToken={(typed) => { refused.value = undefined; session.signIn(typed); }} />;
  return <Dashboard key={token} token={token} session={session} clock={clock} connect={connect} onRefused={(reason) => { refused.value = reason; session.signOut(); }} />;
}

/** The theme that was chosen, or that of the system as long as none was. */
function useTheme({ theme }: Session): void {
  useSignalEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const chosen = theme.value;
    const show = (): void => { document.documentElement.dataset['theme'] = chosen === 'auto' ? (dark.matches ? 'dark' : 'light') : chosen; };
    show();
    dark.addEventListener('change', show);
    return () => { dark.removeEventListener('change', show); };
  });
}

function useNow(clock: Clock): number {
  const now = useSignal(clock.now());
  useEffect(() => {
    const tick = (): ReturnType<Clock['setTimer']> => clock.setTimer(1000, () => {
      now.value = clock.now();
      timer = tick();
    });
    let timer = tick();
    return () => { timer.cancel(); };
  }, [clock, now]);
  return now.value;
}

function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof HTMLElement && event.target.closest('input, textarea, dialog') !== null)) return;
      const panel = PANELS[Number(event.key) - 1];
      const target = event.key === '/' ? document.querySelector<HTMLElement>('#symbol') : panel === undefined ? null : document.querySelector<HTMLElement>(`#${panel}`);
      if (target === null) return;
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: 'nearest' });
    };
    document.addEventListener('keydown', onKey);
    return () => { document.removeEventListener('keydown', onKey); };
  }, []);
}

function LinkBanner({ link, nowMs }: { readonly link: LinkView; readonly nowMs: number }): JSX.Element | null {
  if (link.state === 'open') return null;
  const text = link.state === 'connecting' ? 'Connecting to the daemon.' : `No connection to the daemon for ${ago(nowMs - link.sinceMs)}: everything below may be old.${link.reason === undefined ? '' : ` ${plain(link.reason)}`}`;
  return <p class="banner" role="alert">{text}</p>;
}

function FaultBanner({ live, nowMs }: { readonly live: Live; readonly nowMs: number }): JSX.Element | null {
  const { data } = live.health.value;
  if (live.link.value.state !== 'open' || data === undefined || data.state === 'connected') return null;
  return <p class="banner" role="alert">The gateway is not connected ({data.state}) for {ago(nowMs - data.health.tcp.sinceMs)}. Prices are old and no order leaves.</p>;
}

function Dashboard({ token, session, clock, connect, onRefused }: AppProps & { readonly token: string; readonly onRefused: (reason: string) => void }): JSX.Element {
  const live = useMemo(() => new Live({ token, connect, clock }), [token]);
  const nowMs = useNow(clock);
  useKeys();
  useEffect(() => () => { void live.close(); }, [live]);
  useSignalEffect(() => { live.watch(session.symbols.value); });
  useSignalEffect(() => {
    const { state, reason } = live.link.value;
    if (state === 'closed') onRefused(reason ?? 'The daemon ended the stream.');
  });
  const canTrade = live.scope.value === 'trade' || live.scope.value === 'admin';
  return (
    <>
      <a class="skip" href="#quotes">To the quotes</a>
      <header class="top">
        <h1>ibkit</h1>
        <span class="muted">{live.status.value?.version ?? ''} {live.scope.value === undefined ? '' : `· ${live.scope.value} token`}</span>
        <nav aria-label="Page">
          <button type="button" class="quiet" onClick={() => { session.setTheme(NEXT_THEME[session.theme.value]); }}>Theme: {session.theme.value}</button>
          <button type="button" class="quiet" onClick={() => { session.signOut(); }}>Sign out</button>
        </nav>
      </header>
      <LinkBanner link={live.link.value} nowMs={nowMs} />
      <FaultBanner live={live} nowMs={nowMs} />
      <main class="grid" data-link={live.link.value.state}>
        <HealthPanel live={live} nowMs={nowMs} />
        <GatewayPanel live={live} nowMs={nowMs} />
        <AccountPanel live={live} />
        <RiskPanel live={live} canTrade={canTrade} nowMs={nowMs} />
        <QuotesPanel live={live} session={session} nowMs={nowMs} />
        <PositionsPanel live={live} />
        <OrdersPanel live={live} canTrade={canTrade} />
        <ErrorsPanel live={live} />
        <UsagePanel live={live} />
        <AuditPanel live={live} />
      </main>
      <footer class="muted">Keys: 1 to 9 jump to a panel, / adds a symbol, Tab and Enter do the rest.</footer>
    </>
  );
}
