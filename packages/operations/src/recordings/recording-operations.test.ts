import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Recorder, describeRecording, readRecording } from '@ibkit/recording';
import type { RecordedRow } from '@ibkit/recording';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperations } from '../local-operations.js';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { recordedTopic } from './recorded-topic.js';
import type { RecordingsPort } from './recordings-port.js';

const WRONG = 'IBKR_USAGE_INVALID_ARGUMENT';

describe('recording operations', () => {
  let rig: Rig;
  let directory: string;
  let recordings: RecordingsPort;
  const rowsOf = async (id: string): Promise<RecordedRow[]> => {
    const rows: RecordedRow[] = [];
    for await (const row of readRecording(path.join(directory, id))) rows.push(row);
    return rows;
  };
  beforeAll(async () => {
    directory = path.join(await mkdtemp(path.join(tmpdir(), 'operations-')), 'recordings');
    recordings = { directory, open: (options) => Recorder.open(options), describe: describeRecording };
    rig = await createRig({ simulator: { speed: 20 }, operations: { recordings, simulated: true } });
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await rm(path.dirname(directory), { recursive: true, force: true });
  });

  it('has nothing before the first', async () => {
    expect(await rig.ask('recordings', {})).toEqual({ recordings: [] });
  });

  it('writes down what the topics tell until it is ended, and lists it running and ended', async () => {
    const topics = ['quotes/SPY', 'trades/SPY', 'ticks/SPY/bidAsk', 'depth/SPY', 'bars/SPY/5s'];
    const started = await rig.ask('startRecording', { body: { topics: [...topics, 'trades/SPY'] } });
    expect(started).toMatchObject({ topics, active: true });
    const kinds = new Set(['quote', 'trade', 'depth', 'bar']);
    await expect.poll(async () => {
      for (const { type } of await rowsOf(started.id)) kinds.delete(type);
      return [...kinds];
    }, { timeout: 15_000, interval: 100 }).toEqual([]);
    expect((await rig.ask('recordings', {})).recordings).toEqual([expect.objectContaining({ id: started.id, active: true, topics })]);

    const stopped = await rig.ask('stopRecording', { id: started.id });
    expect(stopped).toMatchObject({ id: started.id, active: false, dropped: 0 });
    const rows = await rowsOf(started.id);
    expect(stopped.rows).toBe(rows.length);
    expect(rows.filter((row) => row.type !== 'gap' && 'symbol' in row && row.symbol !== 'SPY')).toEqual([]);
    expect(await rig.ask('recordings', {})).toEqual({ recordings: [stopped] });
    expect(await rig.ask('stopRecording', { id: started.id })).toEqual(stopped);
  });

  it('writes the hole of a lost session down', async () => {
    const { id } = await rig.ask('startRecording', { body: { topics: ['trades/SPY'] } });
    await expect.poll(async () => (await rowsOf(id)).some(({ type }) => type === 'trade'), { timeout: 10_000, interval: 50 }).toBe(true);
    rig.simulator.control.dropClients('rst');
    await expect.poll(async () => (await rowsOf(id)).some(({ type }) => type === 'gap'), { timeout: 10_000, interval: 50 }).toBe(true);
    const { gaps } = await rig.ask('stopRecording', { id });
    expect(gaps).toBeGreaterThanOrEqual(1);
    expect((await rowsOf(id)).find((row) => row.type === 'gap')).toMatchObject({ origin: 'source', symbol: 'SPY' });
  });

  it.each(['trades', 'orders', 'account/DU1', 'ticks/SPY/midPoint', 'bars/SPY/2s', 'nonsense/SPY', ''])('does not record %j', async (topic) => {
    expect(() => recordedTopic(topic)).toThrow(/topics must be/u);
    expect(await rig.refusal('startRecording', { body: { topics: ['trades/SPY', topic] } })).toMatchObject({ code: WRONG, details: { field: 'topics', value: topic } });
  });

  it('does not record what does not exist, and knows no recording that there is not', async () => {
    expect(await rig.refusal('startRecording', { body: { topics: ['trades/NOSUCHTHING'] } })).toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    for (const id of ['nope', '..', '../etc', '']) expect(await rig.refusal('stopRecording', { id })).toMatchObject({ code: 'IBKR_RECORDING_NOT_FOUND' });
  });

  it('tells of a recording whose program ended without a word, and not of other directories', async () => {
    const before = await rig.ask('recordings', {});
    const other = await createRig({ operations: { recordings } });
    const { id } = await other.ask('startRecording', { body: { topics: ['quotes/MSFT'] } });
    // Another program writes it.
    expect((await rig.ask('recordings', {})).recordings.find((recording) => recording.id === id)).toMatchObject({ active: true, topics: ['quotes/MSFT'] });
    await other[Symbol.asyncDispose]();
    expect((await rig.ask('recordings', {})).recordings.find((recording) => recording.id === id)).toMatchObject({ active: false });

    const crashed = path.join(directory, 'crashed');
    await mkdir(crashed);
    const note = { id: 'crashed', topics: ['trades/SPY'], active: true, startedAtMs: 1, rows: 0, bytes: 0, dropped: 0, gaps: 0 };
    await writeFile(path.join(crashed, 'ibkit-recording.json'), JSON.stringify(note));
    await mkdir(path.join(directory, 'foreign'));
    await writeFile(path.join(directory, 'file'), '');
    const after = await rig.ask('recordings', {});
    expect(after.recordings).toHaveLength(before.recordings.length + 2);
    expect(after.recordings.at(-1)).toMatchObject({ id: 'crashed', active: false, endReason: 'its program ended without a word' });
  });

  it('goes on with the topics of a program that was killed, once, and says so', async () => {
    const { connection, marketData, trading } = rig;
    await using operations = createOperations({ connection, marketData, trading, mode: 'paper', version: '1', recordings });
    expect(await operations.resumeRecordings()).toBe(1);
    const { recordings: all } = await operations.recordings({});
    const next = all.find(({ active }) => active);
    expect(next?.topics).toEqual(['trades/SPY']);
    expect(all.find(({ id }) => id === 'crashed')).toMatchObject({ active: false, endReason: `its program ended without a word; ${next?.id ?? ''} goes on with its topics` });
    await expect.poll(async () => (await rowsOf(next?.id ?? '')).some(({ type }) => type === 'trade'), { timeout: 10_000, interval: 50 }).toBe(true);
    expect(await operations.resumeRecordings()).toBe(0);

    const expired = path.join(directory, 'expired');
    await mkdir(expired);
    await writeFile(path.join(expired, 'ibkit-recording.json'), JSON.stringify({ id: 'expired', topics: ['trades/NOSUCHTHING'], active: true, startedAtMs: 1, rows: 0, bytes: 0, dropped: 0, gaps: 0 }));
    expect(await operations.resumeRecordings()).toBe(0);
    expect((await operations.recordings({})).recordings.find(({ id }) => id === 'expired')?.endReason).toMatch(/not begun anew: .*NOSUCHTHING/);
  });

  it('ends with the operations, and begins no other', async () => {
    const { connection, marketData, trading } = rig;
    const operations = createOperations({ connection, marketData, trading, mode: 'paper', version: '1', recordings });
    const { id } = await operations.startRecording({ body: { topics: ['trades/SPY'] } });
    await operations.close();
    await operations.close();
    expect((await rig.ask('recordings', {})).recordings.find((recording) => recording.id === id)).toMatchObject({ active: false });
    await expect(operations.startRecording({ body: { topics: ['trades/SPY'] } })).rejects.toMatchObject({ code: 'IBKR_OPERATIONS_CLOSED' });
  });
});

it('says that nothing is configured', async () => {
  await using rig = await createRig();
  for (const refused of [rig.refusal('recordings', {}), rig.refusal('startRecording', { body: { topics: ['trades/SPY'] } }), rig.refusal('stopRecording', { id: 'x' })]) {
    expect(await refused).toMatchObject({ code: 'IBKR_RECORDINGS_NOT_CONFIGURED', retryable: false, tips: [expect.stringContaining('Configure')] });
  }
});
