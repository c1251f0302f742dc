import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Clock } from '@ibkit/clock';
import type { ConnectionManager, Watchdog } from '@ibkit/core-connection';

const KINDS = ['down', 'failed', 'upstreamDown', 'farmDown'] as const;
const WINDOWS = ['session-restart', 'server-reset', 'weekend', 'weekly-login'] as const;

/** Registers what the watch over the link sees and does, and the restart window that holds alarms back. */
export function registerWatchMetrics(registry: Registry, { connection, watchdog, clock }: { readonly connection: Pick<ConnectionManager, 'restartOutlook'>; readonly watchdog: Pick<Watchdog, 'status'>; readonly clock: Clock }): void {
  const registers = [registry];
  new Gauge({
    name: 'ibkit_restart_window', help: 'Whether a known restart goes on, which holds alarms back: 1 yes, 0 no', labelNames: ['kind'], registers,
    collect() {
      const { phase, occurrence } = connection.restartOutlook;
      for (const kind of WINDOWS) this.set({ kind }, phase === 'inside' && occurrence?.window.kind === kind ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ibkit_watchdog_problems', help: 'What has been wrong with the link for too long, by kind', labelNames: ['kind'], registers,
    collect() {
      for (const kind of KINDS) this.set({ kind }, watchdog.status.problems.filter((problem) => problem.kind === kind).length);
    },
  });
  new Gauge({
    name: 'ibkit_watchdog_check_age_seconds', help: 'How long ago the watchdog looked at the link; NaN before its first look, and while it does not watch', registers,
    collect() {
      const { running, lastCheckAtMs } = watchdog.status;
      this.set(!running || lastCheckAtMs === undefined ? Number.NaN : Math.max(0, clock.now() - lastCheckAtMs) / 1000);
    },
  });
  new Counter({
    name: 'ibkit_watchdog_gateway_restarts_total', help: 'Restarts of the gateway that the watchdog made', registers,
    collect() {
      this.reset();
      this.inc(watchdog.status.gatewayRestarts);
    },
  });
}
