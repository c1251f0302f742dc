import type { DaemonRunReport } from './daemon-run.js';

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].sort().map(([name, count]) => `${name} ${count}`).join(', ');
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): string => ((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) / 1000).toFixed(2);
  return `median ${at(0.5)} s, 95 of 100 within ${at(0.95)} s, longest ${at(1)} s`;
}

/** What a run came to, for people. */
export function daemonSummary(report: DaemonRunReport): string {
  const { kills, troubles, wishes, answered, unanswered, orders, fills, sessions, unknown, unknownSeen, absent, records, told, resumed, listenMs, readyMs, settleMs, tookMs, findings } = report;
  return [
    `kills: ${listed(kills)}`,
    `troubles: ${listed(troubles)}`,
    `${wishes} keys: ${answered} answered, the others refused; ${unanswered} calls cut off and repeated under their key`,
    `${orders} order messages arrived in ${sessions} sessions, ${fills} fills, ${records} records in the journal`,
    `${unknown} times an outcome was unknown, ${unknownSeen} times still so when the next daemon was asked; in the end none, ${absent} proven never to have arrived`,
    `2 clients of the stream were told ${told} changes over ${resumed} resumed subscriptions`,
    `from the start of the process to its open API: ${spread(listenMs)}`,
    `from there to the open order gate, trouble at the broker's included: ${spread(readyMs)}`,
    `${(tookMs / 1000).toFixed(0)} s, ${(settleMs / 1000).toFixed(0)} s of them until the last unknown outcome was known`,
    findings.length === 0 ? 'every order accounted for: none lost, none doubled, none late, every fill booked once, every change told once' : `${findings.length} things are WRONG`,
  ].join('\n');
}
