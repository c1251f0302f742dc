// A session for the tests: does what its data says. Part of no build.
import { MarketDataError } from '@ibkit/error-codes';
import type { StartSession } from '../index.js';

interface Plan {
  readonly emits?: number;
  readonly failsToStart?: boolean;
  readonly neverStarts?: boolean;
  readonly neverCloses?: boolean;
}

export const startSession: StartSession = async ({ data, emit, drained, signal }) => {
  const plan = (data ?? {}) as Plan;
  if (plan.failsToStart === true) throw new MarketDataError({ code: 'IBKR_DATA_SAMPLE', message: 'No data today.', details: { farm: 'usfarm' } });
  if (plan.neverStarts === true) await new Promise(() => undefined);
  for (let index = 0; index < (plan.emits ?? 0); index += 1) if (!emit({ index })) await drained();
  signal.addEventListener('abort', () => emit({ type: 'aborted' }));
  return {
    async request(message, stop) {
      switch (message) {
        case 'double':
          return 2;
        case 'fail':
          throw new TypeError('not like this');
        case 'hang':
          await new Promise((_, reject) => {
            stop.addEventListener('abort', () => {
              emit({ type: 'gave up' });
              reject(new Error('gave up'));
            });
          });
          return undefined;
        case 'die':
          setTimeoutThrow();
          return undefined;
        case 'uncloneable':
          emit({ fine: 1 });
          emit({ broken: () => undefined });
          emit({ fine: 2 });
          return 'emitted';
        case 'flood':
          return flood(emit);
        default:
          return message;
      }
    },
    async close() {
      if (plan.neverCloses === true) await new Promise(() => undefined);
      emit({ type: 'last words' });
    },
  };
};

function setTimeoutThrow(): void {
  queueMicrotask(() => {
    throw new Error('the session broke');
  });
}

function flood(emit: Parameters<StartSession>[0]['emit']): string {
  let kept = 0;
  try {
    for (; kept < 1000; kept += 1) emit({ flood: kept });
  } catch (error) {
    return `${String(kept)} ${error instanceof Error && 'code' in error ? String(error.code) : ''}`;
  }
  return String(kept);
}
