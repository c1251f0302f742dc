import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

const NANOSECONDS = 1e9;

/**
 * Registers what Prometheus dashboards expect of any process, under their usual names; the returned function stops measuring.
 * prom-client's own collection is not used because it cannot be stopped.
 */
export function registerProcessMetrics(registry: Registry): () => void {
  const registers = [registry];
  new Counter({
    name: 'process_cpu_seconds_total', help: 'User and system CPU time in seconds', registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory in bytes', registers, collect() { this.set(process.memoryUsage.rss()); } });
  new Gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Used heap in bytes', registers, collect() { this.set(process.memoryUsage().heapUsed); } });
  new Gauge({ name: 'process_uptime_seconds', help: 'Age of the process in seconds', registers, collect() { this.set(process.uptime()); } });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  new Gauge({
    name: 'nodejs_eventloop_lag_seconds', help: 'Delay of the event loop since the last scrape', labelNames: ['quantile'], registers,
    collect() {
      for (const quantile of [50, 99, 100]) {
        const value = delay.percentile(quantile) / NANOSECONDS;
        this.set({ quantile: String(quantile / 100) }, Number.isFinite(value) ? value : 0);
      }
      delay.reset();
    },
  });
  return () => {
    delay.disable();
  };
}
