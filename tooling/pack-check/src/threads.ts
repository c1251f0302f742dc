/** How the two module systems name a package's exports. */
const LOAD = {
  mjs: (names: string, specifier: string) => `import { ${names} } from '${specifier}';`,
  cjs: (names: string, specifier: string) => `const { ${names} } = require('${specifier}');`,
};

/** A session and a processor, as files of their own: what a program that uses threads has to ship. */
export const THREAD_MODULES: Readonly<Record<string, string>> = {
  'session.mjs': `export const startSession = ({ data, emit }) => ({ request: (by) => { emit({ value: data * by }); return data * by; } });\n`,
  'processor.mjs': `export const processMessages = (messages) => messages.reduce((sum, { value }) => sum + value, 0);\n`,
};

/** A program that fails unless the worker entries of the installed packages start: a heartbeat's thread, a hosted session, the pool, a compactor. */
export function threadProgram(format: 'mjs' | 'cjs'): string {
  return `${LOAD[format]('HeartbeatMonitor', '@ibkit/heartbeat')}
${LOAD[format]('IbkrEventLoop', '@ibkit/event-loop')}
${LOAD[format]('Compactor, Recorder', '@ibkit/recording')}
${LOAD[format]('pathToFileURL', 'node:url')}
const fail = (error) => { console.error(error); process.exit(1); };
const file = (name) => pathToFileURL(process.cwd() + '/' + name);
async function main() {
  const probes = await new Promise((resolve) => {
    const alive = setInterval(() => undefined, 1000);
    new HeartbeatMonitor({ mode: 'thread', intervalMs: 50, timeoutMs: 200, probe: () => undefined, onThreadLost: fail, onTimeout: ({ probes }) => { clearInterval(alive); resolve(probes); } }).start();
  });
  if (probes < 1) fail(new Error('the heartbeat did not probe'));
  const loop = new IbkrEventLoop({ onError: ({ error }) => fail(error), session: { module: file('session.mjs'), data: 21 } });
  const result = new Promise((resolve) => loop.addMessageProcessor({ module: file('processor.mjs'), onResult: resolve }));
  await loop.start();
  const answer = await loop.request(2);
  if (answer !== 42 || (await result) !== 42) fail(new Error('the session or the pool gave a wrong answer'));
  const { forced } = await loop.stop();
  if (forced) fail(new Error('the loop had to be forced'));
  const directory = 'recorded-${format}';
  const recorder = await Recorder.open({ directory, source: { name: 'pack check' } });
  recorder.trade({ symbol: 'SPY', price: 1, size: 1 });
  await recorder.close();
  const { made } = await new Promise((resolve) => {
    const compactor = new Compactor({ directory, into: directory + '/parquet', onProblem: fail, onCompacted: (report) => compactor.close().then(() => resolve(report)) });
    compactor.start();
  });
  if (made.length !== 1) fail(new Error('the compactor did not do its work'));
}
main().catch(fail);
`;
}
