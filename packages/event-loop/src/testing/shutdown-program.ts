// A program with an event loop that stops on signals. Run by the tests. argv: 'orderly' or 'stubborn'. Prints one line per fact.
import process from 'node:process';
import { IbkrEventLoop } from '../index.js';

const stubborn = process.argv[2] === 'stubborn';
const say = (fact: string): void => {
  process.stdout.write(`${fact}\n`);
};

const loop = new IbkrEventLoop({
  onError: ({ error }) => {
    say(`problem: ${error.message}`);
  },
  session: { module: new URL('./sample-session.ts', import.meta.url), data: { neverCloses: stubborn } },
  signals: ['SIGINT', 'SIGTERM'],
  shutdownTimeoutMs: 60_000,
});
loop.addMessageProcessor((message) => {
  say(JSON.stringify(message));
});
loop.scheduleTask((signal) => {
  signal.addEventListener('abort', () => {
    say('task aborted');
  });
  return new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
});
await loop.start();
say('ready');
