import { describe, expect, it } from 'vitest';
import type { ServerMessageOf, WireBar, WireContract } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';
import type { WireClient } from '../testing/wire-client.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
/** Tuesday, the regular open. */
const OPEN = Date.UTC(2024, 0, 2, 14, 30);
const MINUTE = 60_000;

interface Asked {
  readonly endDateTime?: string;
  readonly barSizeSetting?: string;
  readonly durationStr?: string;
  readonly useRTH?: boolean;
  readonly whatToShow?: string;
  readonly formatDate?: number;
  readonly keepUpToDate?: boolean;
  readonly contract?: WireContract;
}

function ask(client: WireClient, reqId: number, asked: Asked = {}): void {
  client.send({
    type: 'reqHistoricalData',
    reqId,
    contract: AAPL,
    endDateTime: '',
    barSizeSetting: '1 min',
    durationStr: '1 D',
    useRTH: true,
    whatToShow: 'TRADES',
    formatDate: 2,
    keepUpToDate: false,
    ...asked,
  });
}

async function barsOf(client: WireClient, reqId: number, asked: Asked = {}): Promise<readonly WireBar[]> {
  ask(client, reqId, asked);
  const { bars } = await client.first('historicalData', (message) => message.reqId === reqId);
  return bars;
}

type Tick = ServerMessageOf<'tickByTick'>;

function tradesOf(client: WireClient, reqId: number): readonly Extract<Tick, { kind: 'AllLast' | 'Last' }>[] {
  return client.all('tickByTick').flatMap((tick) => (tick.reqId === reqId && (tick.kind === 'AllLast' || tick.kind === 'Last') ? [tick] : []));
}

/** What trades make of one span of time. */
function barFrom(trades: readonly { readonly time: number; readonly price: number; readonly size?: number | undefined }[], fromMs: number, toMs: number): Partial<WireBar> {
  const inside = trades.filter(({ time }) => time * 1_000 >= fromMs && time * 1_000 < toMs);
  const prices = inside.map(({ price }) => price);
  return {
    open: prices[0] ?? 0,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? 0,
    volume: inside.reduce((sum, { size = 0 }) => sum + size, 0),
    count: inside.length,
  };
}

describe('historical bars', () => {
  it('are the bars of the ticks that tick-by-tick delivered, also when the price was moved from outside', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
      client.send({ type: 'reqTickByTickData', reqId: 2, contract: AAPL, tickType: 'BidAsk' });
      await client.barrier();
      await clock.advance(3 * MINUTE + 20_000);
      simulator.control.setPrice('AAPL', 250);
      await clock.advance(2 * MINUTE);
      await client.barrier();
      const trades = tradesOf(client, 1);
      const bars = await barsOf(client, 3);
      // The first trade of the day came before the stream; what is compared is whole minutes of the stream.
      for (const bar of bars.slice(1)) {
        const startMs = Number(bar.date) * 1_000;
        expect(bar).toMatchObject(barFrom(trades, startMs, startMs + MINUTE));
      }
      expect(bars.map(({ date }) => Number(date) * 1_000)).toEqual([0, 1, 2, 3, 4, 5].map((at) => OPEN + at * MINUTE));
      const fives = await barsOf(client, 4, { barSizeSetting: '5 secs', durationStr: '120 S' });
      for (const bar of fives) {
        const startMs = Number(bar.date) * 1_000;
        expect(bar).toMatchObject(barFrom(trades, startMs, startMs + 5_000));
      }
      expect(fives.length).toBeGreaterThan(20);
      const quotes = client.all('tickByTick').flatMap((tick) => (tick.reqId === 2 && tick.kind === 'BidAsk' ? [tick] : []));
      const asks = await barsOf(client, 5, { whatToShow: 'ASK' });
      const [, second] = asks;
      const before = quotes.findLast(({ time }) => time * 1_000 < OPEN + MINUTE);
      const within = quotes.filter(({ time }) => time * 1_000 >= OPEN + MINUTE && time * 1_000 < OPEN + 2 * MINUTE).map(({ askPrice }) => askPrice);
      expect(second?.high).toBe(Math.max(...within, second?.open ?? 0));
      expect(second?.close).toBe(within.at(-1));
      expect([before?.askPrice, within[0]]).toContain(second?.open);
      expect(second).toMatchObject({ volume: -1, wap: -1, count: -1 });
    }));

  it('have all that is over, also when the machine was too busy to tell it', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
      await client.barrier();
      await clock.advance(60_000 - 900);
      clock.stall(1_000);
      const late = await barsOf(client, 2, { barSizeSetting: '5 secs', durationStr: '60 S' });
      client.send({ type: 'reqHistoricalTicks', reqId: 3, contract: AAPL, startDateTime: '20240102-14:30:50', endDateTime: '', numberOfTicks: 100, whatToShow: 'TRADES', useRTH: false, ignoreSize: true });
      const { ticks } = await client.first('historicalTicksLast');
      const startMs = OPEN + 55_000;
      expect(ticks.some(({ time }) => time * 1_000 === startMs + 4_000)).toBe(true);
      // The stream was told the same by then, and says no other later.
      expect(late.find(({ date }) => Number(date) * 1_000 === startMs)).toMatchObject(barFrom(tradesOf(client, 1), startMs, startMs + 5_000));
      await clock.advance(10_000);
      await client.barrier();
      expect(late.find(({ date }) => Number(date) * 1_000 === startMs)).toMatchObject(barFrom(tradesOf(client, 1), startMs, startMs + 5_000));
    }));

  it('agree with the quote: today with its fields, yesterday with its close', () =>
    withSimulator({ seed: 5 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await clock.advance(2 * 3_600_000 + 12_345);
      simulator.control.setPrice('AAPL', 199.5);
      await clock.advance(MINUTE);
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL, snapshot: true });
      await client.first('tickSnapshotEnd');
      const price = (tickType: number): number | undefined => client.all('tickPrice').find((tick) => tick.tickType === tickType)?.price;
      const volume = client.all('tickSize').find((tick) => tick.tickType === 8)?.size;
      const [yesterday, today] = await barsOf(client, 2, { barSizeSetting: '1 day', durationStr: '2 D' });
      expect(today).toMatchObject({ date: '20240102', open: price(14), high: price(6), low: price(7), close: price(4), volume });
      expect(yesterday).toMatchObject({ date: '20231229', close: price(9) });
    }));

  it('come in every size, each of the day made of the same ticks', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      await clock.advance(4 * 3_600_000 + 7 * MINUTE);
      const sizes = ['30 secs', '1 min', '2 mins', '3 mins', '5 mins', '10 mins', '15 mins', '20 mins', '30 mins', '1 hour', '2 hours', '3 hours', '4 hours', '8 hours', '1 day'];
      const all: (readonly WireBar[])[] = [];
      for (const [index, barSizeSetting] of sizes.entries()) all.push(await barsOf(client, 10 + index, { barSizeSetting }));
      const whole = all.at(-1)?.[0];
      for (const bars of all) {
        expect(bars[0]?.open).toBe(whole?.open);
        expect(bars.at(-1)?.close).toBe(whole?.close);
        expect(Math.max(...bars.map(({ high }) => high))).toBe(whole?.high);
        expect(Math.min(...bars.map(({ low }) => low))).toBe(whole?.low);
        expect(bars.reduce((sum, { volume = 0 }) => sum + volume, 0)).toBe(whole?.volume);
        expect(bars.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(whole?.count);
      }
      expect(all[9]?.map(({ date }) => Number(date) * 1_000)).toEqual([OPEN, ...[1, 2, 3, 4].map((hour) => OPEN - 30 * MINUTE + hour * 60 * MINUTE)]);
      const seconds = await barsOf(client, 30, { barSizeSetting: '1 secs', durationStr: '60 S' });
      expect(seconds.length).toBeGreaterThan(20);
      expect((await barsOf(client, 31, { barSizeSetting: '1W', durationStr: '1 Y' })).length).toBeGreaterThan(51);
      expect(await barsOf(client, 32, { barSizeSetting: '1M', durationStr: '1 Y' })).toHaveLength(13);
      expect((await barsOf(client, 33, { barSizeSetting: '1 day', durationStr: '1 Y' })).length).toBeGreaterThan(248);
    }));

  it('print dates as asked for', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 6, 3, 15) }, async ({ connect }) => {
      const client = await connect();
      const one = { barSizeSetting: '1 hour', durationStr: '3600 S' };
      expect((await barsOf(client, 1, { ...one, formatDate: 1 })).map(({ date }) => date)).toEqual(['20240703 10:00:00 US/Eastern', '20240703 11:00:00 US/Eastern']);
      expect((await barsOf(client, 2, { ...one, formatDate: 2 }))[0]?.date).toBe(String(Date.UTC(2024, 6, 3, 14) / 1_000));
      expect((await barsOf(client, 3, { ...one, barSizeSetting: '1 day', durationStr: '1 D' }))[0]?.date).toBe('20240703');
      const reply = await client.first('historicalData', ({ reqId }) => reqId === 3);
      expect(reply).toMatchObject({ start: '20240703 00:00:00 US/Eastern', end: '20240703 11:00:00 US/Eastern' });
    }));

  it('print dates without zones, in that of the server, for versions below 174', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 6, 3, 15) }, async ({ connect }) => {
      const client = await connect({ maxVersion: 173 });
      const one = { barSizeSetting: '1 hour', durationStr: '3600 S' };
      expect((await barsOf(client, 1, { ...one, formatDate: 1 })).map(({ date }) => date)).toEqual(['20240703  14:00:00', '20240703  15:00:00']);
      expect((await barsOf(client, 2, { ...one, formatDate: 2 }))[0]?.date).toBe(String(Date.UTC(2024, 6, 3, 14) / 1_000));
      const reply = await client.first('historicalData', ({ reqId }) => reqId === 2);
      expect(reply).toMatchObject({ start: '20240703  14:00:00', end: '20240703  15:00:00' });
      const newer = await connect({ clientId: 2, maxVersion: 174 });
      expect((await barsOf(newer, 1, { ...one, formatDate: 1 }))[0]?.date).toBe('20240703 10:00:00 US/Eastern');
    }));

  it('take the end in every form, and never show the future', () =>
    withSimulator({ startAtMs: OPEN + 3_600_000 }, async ({ connect }) => {
      const client = await connect();
      const ends = ['20240102-15:00:00', '20240102 10:00:00 US/Eastern', '20240102 15:00:00 UTC', '20240102  16:00:00 Europe/Berlin', '20240102 15:00:00', '15:00:00'];
      const replies: (readonly WireBar[])[] = [];
      for (const [index, endDateTime] of ends.entries()) replies.push(await barsOf(client, index + 1, { endDateTime, durationStr: '600 S' }));
      expect(replies[0]).toHaveLength(10);
      for (const bars of replies) expect(bars).toEqual(replies[0]);
      expect(client.all('errMsg').filter(({ code }) => code === 2174).map(({ id }) => id)).toEqual([5, 6]);
      const far = await barsOf(client, 20, { endDateTime: '20300101-00:00:00', durationStr: '600 S' });
      expect(far.every(({ date }) => Number(date) * 1_000 <= OPEN + 3_600_000)).toBe(true);
      for (const [index, endDateTime] of ['yesterday', '20240230 10:00:00 UTC', '20240102 10:00:00 Mars/Base', '20240102-25:00:00'].entries()) {
        ask(client, 30 + index, { endDateTime });
        await client.error(10314, 30 + index);
      }
    }));

  it('keep to regular hours, or show what trades round the clock', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 0, 8, 21) }, async ({ connect }) => {
      const client = await connect();
      const regular = await barsOf(client, 1, { barSizeSetting: '30 mins', durationStr: '2 D' });
      expect(regular).toHaveLength(26);
      expect(regular.slice(0, 13).every(({ date }) => new Date(Number(date) * 1_000).toISOString().startsWith('2024-01-05'))).toBe(true);
      const all = await barsOf(client, 2, { barSizeSetting: '30 mins', durationStr: '2 D', useRTH: false });
      expect(all.length).toBeGreaterThan(48 + 30);
      expect((await barsOf(client, 3, { barSizeSetting: '1 day', durationStr: '1 W' })).map(({ date }) => date)).toEqual(['20240102', '20240103', '20240104', '20240105', '20240108']);
    }));

  it('are kept up to date every five seconds, until the cancel', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
      await barsOf(client, 7, { keepUpToDate: true, barSizeSetting: '30 secs' });
      for (let step = 0; step < 13; step += 1) await clock.advance(5_000);
      await client.barrier();
      const updates = client.all('historicalDataUpdate').map(({ bar }) => bar);
      // When a bar is over, its last state is sent once more before the first one of the next.
      const places = updates.map(({ date }) => (Number(date) * 1_000 - OPEN) / 30_000);
      expect(places).toEqual([...places].sort());
      expect(new Set(places)).toEqual(new Set([0, 1, 2]));
      expect(places.length).toBeGreaterThanOrEqual(11);
      const trades = tradesOf(client, 1);
      const second = updates.findLast(({ date }) => Number(date) * 1_000 === OPEN + 30_000);
      expect(second).toMatchObject(barFrom(trades, OPEN + 30_000, OPEN + 60_000));
      ask(client, 7);
      await client.error(386, 7);
      client.send({ type: 'cancelHistoricalData', reqId: 7 });
      expect(await client.error(162, 7)).toMatchObject({ msg: 'Historical Market Data Service error message:API historical data query cancelled: 7' });
      const before = client.all('historicalDataUpdate').length;
      await clock.advance(20_000);
      await client.barrier();
      expect(client.all('historicalDataUpdate')).toHaveLength(before);
      client.send({ type: 'cancelHistoricalData', reqId: 7 });
      expect(await client.error(366, 7)).toMatchObject({ msg: 'No historical data query found for ticker id:7' });
    }));

  it('say what is wrong with a request', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      const cases: readonly (readonly [Asked, number, RegExp])[] = [
        [{ barSizeSetting: '7 mins' }, 321, /bar size setting is invalid. Legal ones are: 1 secs, 5 secs/],
        [{ durationStr: 'a while' }, 321, /duration/],
        [{ durationStr: '400 D' }, 321, /longer than 365 days must be made in years/],
        [{ durationStr: '90000 S' }, 321, /longer than 86400 seconds must be made in days/],
        [{ barSizeSetting: '1 secs', durationStr: '3000 S' }, 162, /invalid step/],
        [{ barSizeSetting: '5 secs', durationStr: '1 Y' }, 162, /invalid step/],
        [{ barSizeSetting: '30 secs', durationStr: '12 M', useRTH: false }, 162, /invalid step: .* more than 40000 bars/],
        [{ whatToShow: 'EVERYTHING' }, 321, /What to show field is missing or incorrect/],
        [{ whatToShow: '' }, 321, /What to show field is missing or incorrect/],
        [{ whatToShow: 'FEE_RATE' }, 162, /HMDS query returned no data: AAPL@SMART Fee Rate/],
        [{ whatToShow: 'AGGTRADES' }, 10299, /Expected what to show is TRADES/],
        [{ whatToShow: 'SCHEDULE', barSizeSetting: '1 hour' }, 10295, /1 day/],
        [{ whatToShow: 'ADJUSTED_LAST', endDateTime: '20240101-00:00:00' }, 321, /End date not supported with adjusted last/],
        [{ keepUpToDate: true, endDateTime: '20240101-00:00:00' }, 321, /End date not supported/],
        [{ keepUpToDate: true, whatToShow: 'BID_ASK' }, 321, /cannot be kept up to date/],
        [{ formatDate: 9 }, 321, /date format/],
        [{ contract: { ...AAPL, symbol: 'NOSUCH' } }, 200, /No security definition/],
        [{ endDateTime: '19700105-00:00:00' }, 162, /HMDS query returned no data: AAPL@SMART Trades/],
        [{ endDateTime: '20230105-00:00:00', barSizeSetting: '5 secs' }, 162, /HMDS query returned no data/],
      ];
      for (const [index, [asked, code, text]] of cases.entries()) {
        ask(client, 100 + index, asked);
        expect((await client.error(code, 100 + index)).msg).toMatch(text);
      }
      expect(client.all('historicalData')).toEqual([]);
    }));

  it('are limited to 50 open queries, head timestamps among them', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      for (let reqId = 1; reqId <= 49; reqId += 1) ask(client, reqId, { keepUpToDate: true, durationStr: '300 S' });
      client.send({ type: 'reqHeadTimestamp', reqId: 50, contract: AAPL, useRTH: true, whatToShow: 'TRADES', formatDate: 1 });
      ask(client, 51);
      expect((await client.error(322, 51)).msg).toContain('Only 50 simultaneous API historical data requests allowed');
      expect(await client.first('headTimestamp')).toEqual({ type: 'headTimestamp', reqId: 50, headTimestamp: '20040102-14:30:00' });
      client.send({ type: 'cancelHeadTimestamp', reqId: 50 });
      expect((await barsOf(client, 52, { durationStr: '60 S' })).length).toBeGreaterThan(0);
    }));

  it('are paced on demand as the historical service paces', () =>
    withSimulator({ pacing: 'strict' }, async ({ clock, connect }) => {
      const client = await connect();
      const small = { barSizeSetting: '30 secs', durationStr: '60 S' };
      ask(client, 1, small);
      ask(client, 2, small);
      expect((await client.error(162, 2)).msg).toBe('Historical Market Data Service error message:Historical data request pacing violation');
      ask(client, 3, { ...small, barSizeSetting: '1 min' });
      ask(client, 4, { ...small, barSizeSetting: '1 min' });
      await client.barrier();
      expect(client.all('historicalData')).toHaveLength(3);
      for (let at = 0; at < 5; at += 1) ask(client, 10 + at, { ...small, durationStr: `${90 + at} S` });
      await client.barrier();
      expect(client.all('errMsg').filter(({ code, id }) => code === 162 && id >= 10).map(({ id }) => id)).toEqual([14]);
      await clock.advance(16_000);
      ask(client, 20, small);
      await client.barrier();
      expect(client.all('errMsg').some(({ id }) => id === 20)).toBe(false);
    }));

  it('go back from the last regular session when none is open', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 0, 6, 15) }, async ({ connect }) => {
      // A Saturday: the last session is that of Friday.
      const client = await connect();
      const bars = await barsOf(client, 1, { durationStr: '300 S' });
      expect(new Date(Number(bars.at(-1)?.date) * 1_000).toISOString()).toBe('2024-01-05T20:59:00.000Z');
      expect((await barsOf(client, 2, { durationStr: '300 S', useRTH: false })).length).toBeGreaterThan(4);
    }));

  it('answer 10,000 bars of a minute in one frame, and a whole year of days', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      const before = process.cpuUsage();
      expect((await barsOf(client, 1, { durationStr: '27 D' })).length).toBeGreaterThan(9_700);
      expect((await barsOf(client, 2, { durationStr: '1 Y', barSizeSetting: '1 day' })).length).toBeGreaterThan(248);
      const { user, system } = process.cpuUsage(before);
      // Server and client together; far above what it takes, so that a busy machine does not matter.
      expect((user + system) / 1_000).toBeLessThan(2_000);
    }));
});

describe('the rest of the past', () => {
  it('gives ticks from a start or up to an end, whole seconds of them, the same as were streamed', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
      await client.barrier();
      await clock.advance(5 * MINUTE);
      await client.barrier();
      const streamed = tradesOf(client, 1).map(({ time, price, size, exchange }) => ({ time, price, size, exchange }));
      const ticks = { type: 'reqHistoricalTicks', contract: AAPL, useRTH: true, whatToShow: 'TRADES' } as const;
      client.send({ ...ticks, reqId: 2, startDateTime: '20240102-14:31:00', numberOfTicks: 100 });
      const forward = await client.first('historicalTicksLast', ({ reqId }) => reqId === 2);
      const plain = forward.ticks.map(({ time, price, size, exchange }) => ({ time, price, size, exchange }));
      const first = streamed.findIndex(({ time }) => time * 1_000 >= OPEN + MINUTE);
      expect(plain).toEqual(streamed.slice(first, first + plain.length));
      expect(plain.length).toBeGreaterThanOrEqual(100);
      expect(streamed[first + plain.length]?.time).not.toBe(plain.at(-1)?.time);
      expect(forward.done).toBe(true);
      client.send({ ...ticks, reqId: 3, endDateTime: '20240102-14:33:00', numberOfTicks: 100 });
      const backward = await client.first('historicalTicksLast', ({ reqId }) => reqId === 3);
      expect(backward.ticks.length).toBeGreaterThanOrEqual(100);
      expect(backward.ticks.at(-1)?.time).toBeLessThan(Date.UTC(2024, 0, 2, 14, 33) / 1_000);
      client.send({ ...ticks, reqId: 4, startDateTime: '20240102-14:31:00', numberOfTicks: 1_000, whatToShow: 'BID_ASK' });
      const quotes = await client.first('historicalTicksBidAsk');
      expect(quotes.ticks.every(({ bidPrice, askPrice }) => bidPrice < askPrice)).toBe(true);
      client.send({ ...ticks, reqId: 5, startDateTime: '20240102-14:31:00', numberOfTicks: 10, whatToShow: 'MIDPOINT' });
      expect((await client.first('historicalTicks')).ticks.length).toBeGreaterThanOrEqual(10);
      client.send({ ...ticks, reqId: 6, numberOfTicks: 10 });
      await client.error(321, 6);
      client.send({ ...ticks, reqId: 7, startDateTime: '20240102-14:31:00', numberOfTicks: 1_001 });
      await client.error(321, 7);
      client.send({ ...ticks, reqId: 8, startDateTime: '20990101-00:00:00', numberOfTicks: 10 });
      expect((await client.first('historicalTicksLast', ({ reqId }) => reqId === 8)).ticks).toEqual([]);
    }));

  it('gives the ticks before a tick-by-tick stream, which goes on where they end', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      await clock.advance(2 * MINUTE);
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'Last', numberOfTicks: 50 });
      const past = await client.first('historicalTicksLast');
      expect(past.ticks.length).toBeGreaterThanOrEqual(50);
      await clock.advance(MINUTE);
      await client.barrier();
      client.send({ type: 'reqHistoricalTicks', reqId: 2, contract: AAPL, startDateTime: '20240102-14:30:00', numberOfTicks: 1_000, useRTH: true, whatToShow: 'TRADES' });
      const all = await client.first('historicalTicksLast', ({ reqId }) => reqId === 2);
      const joined = [...past.ticks, ...tradesOf(client, 1)].map(({ time, price, size }) => ({ time, price, size }));
      expect(all.ticks.map(({ time, price, size }) => ({ time, price, size })).slice(-joined.length)).toEqual(joined);
      client.send({ type: 'reqTickByTickData', reqId: 3, contract: AAPL, tickType: 'Last', numberOfTicks: 1_001 });
      await client.error(321, 3);
    }));

  it('keeps to holidays and early closes where regular hours count', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 10, 30, 15) }, async ({ connect }) => {
      const client = await connect();
      ask(client, 1, { whatToShow: 'SCHEDULE', barSizeSetting: '1 day', durationStr: '3 D' });
      expect((await client.first('historicalSchedule', ({ reqId }) => reqId === 1)).sessions).toEqual([
        { startDateTime: '20241126-09:30:00', endDateTime: '20241126-16:00:00', refDate: '20241126' },
        { startDateTime: '20241127-09:30:00', endDateTime: '20241127-16:00:00', refDate: '20241127' },
        { startDateTime: '20241129-09:30:00', endDateTime: '20241129-13:00:00', refDate: '20241129' },
      ]);
      const future = { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDateOrContractMonth: '202412' };
      ask(client, 2, { contract: future, whatToShow: 'SCHEDULE', barSizeSetting: '1 day', durationStr: '2 D', useRTH: false });
      expect(await client.first('historicalSchedule', ({ reqId }) => reqId === 2)).toMatchObject({
        timeZone: 'US/Central',
        sessions: [
          { startDateTime: '20241127-17:00:00', endDateTime: '20241128-12:00:00', refDate: '20241128' },
          { startDateTime: '20241128-17:00:00', endDateTime: '20241129-12:15:00', refDate: '20241129' },
        ],
      });
      expect((await barsOf(client, 3, { barSizeSetting: '1 day', durationStr: '1 W' })).map(({ date }) => date)).toEqual(['20241125', '20241126', '20241127', '20241129']);
      expect((await barsOf(client, 4, { barSizeSetting: '1 hour', durationStr: '1 D', formatDate: 1 })).map(({ date }) => date.slice(9, 14))).toEqual(['09:30', '10:00', '11:00', '12:00']);
    }));

  it('gives sessions, volume by price and volatilities', () =>
    withSimulator({ startAtMs: Date.UTC(2024, 0, 8, 21, 30) }, async ({ connect }) => {
      const client = await connect();
      ask(client, 1, { whatToShow: 'SCHEDULE', barSizeSetting: '1 day', durationStr: '3 D' });
      expect(await client.first('historicalSchedule')).toMatchObject({
        startDateTime: '20240104-09:30:00',
        endDateTime: '20240108-16:00:00',
        timeZone: 'US/Eastern',
        sessions: [{ refDate: '20240104' }, { refDate: '20240105' }, { startDateTime: '20240108-09:30:00', endDateTime: '20240108-16:00:00', refDate: '20240108' }],
      });
      client.send({ type: 'reqHistogramData', reqId: 2, contract: AAPL, useRTH: true, timePeriod: '3 days' });
      const { items } = await client.first('histogramData');
      const bars = await barsOf(client, 3, { barSizeSetting: '1 day', durationStr: '3 D' });
      expect(items.reduce((sum, { size = 0 }) => sum + size, 0)).toBe(bars.reduce((sum, { volume = 0 }) => sum + volume, 0));
      expect([items[0]?.price, items.at(-1)?.price]).toEqual([Math.min(...bars.map(({ low }) => low)), Math.max(...bars.map(({ high }) => high))]);
      client.send({ type: 'reqHistogramData', reqId: 4, contract: AAPL, useRTH: true, timePeriod: 'long' });
      await client.error(321, 4);
      const [volatility] = await barsOf(client, 5, { whatToShow: 'HISTORICAL_VOLATILITY', barSizeSetting: '1 day' });
      expect(volatility?.close).toBeGreaterThan(0.1);
      expect(volatility?.close).toBeLessThan(0.6);
      const [implied] = await barsOf(client, 6, { whatToShow: 'OPTION_IMPLIED_VOLATILITY', barSizeSetting: '1 day' });
      expect(implied?.close).toBeGreaterThan(0.1);
    }));

  it('has options, indexes, futures and currencies, which agree with their quotes', () =>
    withSimulator({}, async ({ clock, connect }) => {
      const client = await connect();
      await clock.advance(3 * 3_600_000 + 4_000);
      const option: WireContract = { symbol: 'AAPL', secType: 'OPT', exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240119', strike: 225, right: 'P' };
      client.send({ type: 'reqMktData', reqId: 1, contract: option, snapshot: true });
      await client.first('tickSnapshotEnd');
      const price = (tickType: number): number | undefined => client.all('tickPrice').find((tick) => tick.reqId === 1 && tick.tickType === tickType)?.price;
      const [yesterday, today] = await barsOf(client, 2, { contract: option, barSizeSetting: '1 day', durationStr: '2 D' });
      expect(today).toMatchObject({ open: price(14), high: price(6), low: price(7), close: price(4) });
      expect(yesterday?.close).toBe(price(9));
      const bids = await barsOf(client, 3, { contract: option, whatToShow: 'BID' });
      expect(bids.at(-1)?.close).toBe(price(1));
      const euro: WireContract = { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' };
      expect((await barsOf(client, 4, { contract: euro, whatToShow: 'MIDPOINT' })).length).toBeGreaterThan(100);
      ask(client, 5, { contract: euro });
      await client.error(162, 5);
      const index: WireContract = { symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' };
      expect((await barsOf(client, 6, { contract: index })).every(({ volume }) => volume === 0)).toBe(true);
    }));
});
