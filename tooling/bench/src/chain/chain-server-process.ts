import { createSimulator } from '@ibkit/simulator';
import { numberOf, play, settingsOf } from '../simulator/actor.js';

/** A regular session under way, 11:00 New York: the chain is the same in every run. */
const START_MS = Date.UTC(2026, 4, 20, 15, 0);
const WINDOW_MS = 1000;

const settings = settingsOf();
const lines = numberOf(settings, 'lines');
const simulator = await createSimulator({ seed: 1, startAtMs: START_MS, limits: { marketDataLines: lines } });

/** The most messages in any sliding second. */
function mostInWindow(timesMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  timesMs.forEach((atMs, index) => {
    while (atMs - (timesMs[first] ?? 0) >= WINDOW_MS) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

let seen = 0;

play(
  { port: simulator.port },
  {
    /** What came since the last question: messages by kind, the most lines at a time, and what was refused. */
    witness: () => {
      const entries = simulator.control.journal({ kind: 'in', afterSeq: seen });
      const refused = simulator.control.journal({ kind: 'out', type: 'errMsg', afterSeq: seen }).filter(({ message }) => message !== undefined && 'id' in message && Number(message.id) > 0);
      seen = simulator.control.lastSeq;
      let open = 0;
      let most = 0;
      for (const { type } of entries) {
        if (type === 'reqMktData') open += 1;
        else if (type === 'cancelMktData') open -= 1;
        most = Math.max(most, open);
      }
      const count = (name: string): number => entries.filter(({ type }) => type === name).length;
      return {
        messages: entries.length,
        requests: count('reqMktData'),
        cancels: count('cancelMktData'),
        lookUps: count('reqContractDetails') + count('reqSecDefOptParams'),
        mostLines: most,
        mostPerSecond: mostInWindow(entries.map(({ atMs }) => atMs)),
        refused: refused.length,
      };
    },
  },
  () => simulator.close(),
);
