import { LANES, WAIT_BUCKETS_MS } from '@ibkit/rate-limiter';
import type { Lane, WaitHistogram } from '@ibkit/rate-limiter';

const NAME = 'ibkit_request_wait_seconds';

/** The waits of the rate limiter as a histogram in the text format: it counts them itself, and a Prometheus client would count them a second time. */
export function laneWaits(waits: Readonly<Record<Lane, WaitHistogram>>): string {
  const lines = [`# HELP ${NAME} How long messages waited for their turn before they left, by lane`, `# TYPE ${NAME} histogram`];
  for (const lane of LANES) {
    const { counts, sumMs } = waits[lane];
    let total = 0;
    for (const [bucket, count] of counts.entries()) {
      total += count;
      const bound = WAIT_BUCKETS_MS[bucket];
      lines.push(`${NAME}_bucket{lane="${lane}",le="${bound === undefined ? '+Inf' : String(bound / 1000)}"} ${total}`);
    }
    lines.push(`${NAME}_sum{lane="${lane}"} ${sumMs / 1000}`, `${NAME}_count{lane="${lane}"} ${total}`);
  }
  return `${lines.join('\n')}\n`;
}
