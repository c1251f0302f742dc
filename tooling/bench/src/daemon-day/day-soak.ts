import process from 'node:process';
import { runDay } from './daemon-day.js';

const LIMIT_MIB = 2;

/** A day at 480 times real time, four minutes. */
const DAY = { speed: 480, hours: 24, symbols: 24, clients: 4, ordersPerHour: [40, 8], warmUpHours: 6, heapEveryHours: 3, restartAtHour: 14.4, loginAtHour: 18, awayMs: 1_500 } as const;

/** Runs the day and prints what came out. Resolves with whether everything is as promised. */
export async function runDaySoak(): Promise<boolean> {
  process.stdout.write('| hour | heap after a collection |\n| ---: | ---: |\n');
  const report = await runDay({
    ...DAY,
    onHeap: (hour, heapMib) => {
      process.stdout.write(`| ${hour} | ${heapMib.toFixed(2)} MiB${hour > DAY.warmUpHours ? '' : ' (warming up)'} |\n`);
    },
  });
  const { grownMib, asked, answered, refusals, repeated, orders, fills, sessions, told, silent, cpuMs, warnings, errors, tookMs, differences } = report;
  process.stdout.write(`
${DAY.hours} hours of market time in ${(tookMs / 1000).toFixed(0)} s, ${(cpuMs / 1000).toFixed(0)} CPU seconds of the daemon, ${sessions} sessions, ${warnings} warnings and ${errors} errors in its log
${asked} orders asked for: ${answered} answered, ${refusals.length} refused, ${repeated} calls repeated; ${orders} arrived, ${fills} fills
${DAY.clients} clients of the stream were told ${told.quotes.toLocaleString('en')} changes of quotes and ${told.orders} of orders, every fill: ${told.fills === fills ? 'yes' : `NO, ${told.fills}`}; missed ${told.missed}; silent in the last hour ${silent}
the heap grew by ${grownMib.toFixed(2)} MiB over the last ${DAY.hours - DAY.warmUpHours} hours; at most ${LIMIT_MIB} MiB are promised
${differences.length === 0 ? 'every order accounted for' : `WRONG:\n${differences.join('\n')}`}${refusals.length === 0 ? '' : `\nrefused: ${refusals.join(', ')}`}
`);
  return differences.length === 0 && grownMib <= LIMIT_MIB && told.fills === fills && told.missed === 0 && silent === 0 && refusals.length === 0 && sessions >= 3;
}
