import { expect, it } from 'vitest';

it('exports exactly its public names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'Compactor',
    'DEFAULT_RECORDER_OPTIONS',
    'ROW_KINDS',
    'Recorder',
    'SimulatorRows',
    'compactRecording',
    'describeRecording',
    'exportCsv',
    'exportForSimulator',
    'exportJsonLines',
    'exportParquet',
    'readBatches',
    'readRecording',
    'replay',
  ]);
});
