import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine, plainText } from '../broker-text/plain-text.js';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import type { TickStream } from '../streams/tick-stream.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { Broker } from '../testing/fake-connection.js';

const NOW_MS = Date.UTC(2026, 4, 20, 15);

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
}

async function withNews(run: (parts: Parts) => Promise<void>, options: Partial<MarketDataOptions> & { readonly broker?: Broker } = {}): Promise<void> {
  const { broker, ...more } = options;
  const known = brokerKnowing(AAPL);
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs: NOW_MS }),
    broker: (message, self) => {
      known(message, self);
      broker?.(message, self);
    },
  });
  const marketData = new MarketData({ connection, ...more });
  await marketData.resolve('AAPL');
  connection.sent.length = 0;
  await run({ connection, marketData });
  await marketData.close();
  expect([connection.openCount, connection.listenerCount, connection.clock.pending]).toEqual([0, 0, 0]);
}

async function held<T>(stream: TickStream<T>): Promise<readonly T[]> {
  const items: T[] = [];
  while (stream.held > 0) {
    const { value } = await stream.next();
    if (value !== undefined) items.push(value);
  }
  return items;
}

interface Story {
  readonly id: number;
  readonly atMs: number;
}

/** An archive that answers as TWS does: newest first, up to the end of a range, which belongs to it, in whole seconds. */
function archive(stories: readonly Story[]): Broker {
  const second = (ms: number): number => Math.floor(ms / 1000);
  const read = (text: string, otherwise: number): number => (text === '' ? otherwise : second(Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`)));
  return (message, connection) => {
    if (message.type !== 'reqHistoricalNews') return;
    const { reqId, startDateTime, endDateTime, totalResults } = message;
    const [from, to] = [read(startDateTime, 0), read(endDateTime, Number.POSITIVE_INFINITY)];
    const found = stories.filter(({ atMs }) => second(atMs) >= from && second(atMs) <= to).toSorted((a, b) => b.atMs - a.atMs);
    for (const { id, atMs } of found.slice(0, totalResults)) {
      connection.deliver({ type: 'historicalNews', reqId, time: `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}.0`, providerCode: 'BRFG', articleId: `BRFG$${id}`, headline: `story ${id}` });
    }
    connection.deliver({ type: 'historicalNewsEnd', reqId, hasMore: found.length > totalResults });
  };
}

/** C0 but for tab and line feed, delete, C1, and what turns the direction of text around, by their numbers. */
function isControl(point: number): boolean {
  if (point === 0x09 || point === 0x0a) return false;
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || (point >= 0x20_2a && point <= 0x20_2e) || (point >= 0x20_66 && point <= 0x20_69);
}

describe('headlines', () => {
  it('are asked for in pages, newest first, each once, whatever falls on one second', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(0, 0, 0, 1000, 60_000), { maxLength: 900 }), async (waits) => {
        let atMs = NOW_MS - 86_400_000;
        const stories = waits.map((wait, id) => ({ id, atMs: (atMs += wait) }));
        const perSecond = new Map<number, number>();
        for (const { atMs: time } of stories) perSecond.set(time, (perSecond.get(time) ?? 0) + 1);
        fc.pre(Math.max(0, ...perSecond.values()) < 300);
        await withNews(async ({ connection, marketData }) => {
          const seen: string[] = [];
          for await (const { articleId } of marketData.news.headlines('AAPL', { providers: ['BRFG', 'DJNL'] })) seen.push(articleId);
          expect(seen.toSorted()).toEqual(stories.map(({ id }) => `BRFG$${id}`).toSorted());
          const times = seen.map((id) => stories[Number(id.slice(5))]?.atMs ?? 0);
          expect(times).toEqual(times.toSorted((a, b) => b - a));
          const asked = connection.sentOf('reqHistoricalNews');
          expect(asked[0]).toMatchObject({ conId: 265598, providerCodes: 'BRFG+DJNL', startDateTime: '', endDateTime: '', totalResults: 300 });
          expect(asked.length).toBeLessThanOrEqual(Math.ceil(stories.length / 150) + 2);
        }, { broker: archive(stories) });
      }),
      { numRuns: 12 },
    ));

  it('keep to a range and a limit, and ask for no more than that', () => {
    const stories = Array.from({ length: 50 }, (_, id) => ({ id, atMs: NOW_MS - (50 - id) * 60_000 }));
    return withNews(async ({ connection, marketData }) => {
      const collect = async (options: object): Promise<readonly string[]> => {
        const seen: string[] = [];
        for await (const { headline } of marketData.news.headlines('AAPL', { providers: ['BRFG'], ...options })) seen.push(headline);
        return seen;
      };
      await expect(collect({ limit: 3 })).resolves.toEqual(['story 49', 'story 48', 'story 47']);
      expect(connection.sentOf('reqHistoricalNews')).toMatchObject([{ totalResults: 3 }]);
      await expect(collect({ from: NOW_MS - 3 * 60_000, to: new Date(NOW_MS - 2 * 60_000) })).resolves.toEqual(['story 48', 'story 47']);
      expect(connection.sentOf('reqHistoricalNews').at(-1)).toMatchObject({ startDateTime: '2026-05-20 14:57:00.0', endDateTime: '2026-05-20 14:58:00.0' });
      expect(() => marketData.news.headlines('AAPL', { providers: [] })).toThrow('at least one provider');
      expect(() => marketData.news.headlines('AAPL', { providers: ['A+B'] })).toThrow('must be codes of providers');
      expect(() => marketData.news.headlines('AAPL', { providers: ['BRFG'], from: Number.NaN })).toThrow('from must be epoch milliseconds');
      expect(() => marketData.news.headlines('AAPL', { providers: ['BRFG'], limit: 0 })).toThrow('limit must be a number of at least 1');
    }, { broker: archive(stories) });
  });

  it('wait out the end of a session, and pass on refusals as typed errors', () =>
    withNews(async ({ connection, marketData }) => {
      const stream = marketData.news.headlines('AAPL', { providers: ['BRFG'] });
      const first = stream.next();
      await connection.clock.advance(0);
      connection.drop();
      await connection.clock.advance(1000);
      connection.restore();
      await connection.clock.advance(1000);
      connection.deliver({ type: 'historicalNews', reqId: connection.latestId('reqHistoricalNews'), time: '2026-05-20 14:00:00.0', providerCode: 'BRFG', articleId: 'a', headline: '{A:800015:L:en:K:n/a:C:0.99}!Up\u001b[31m \u202eand\n away' });
      connection.deliver({ type: 'historicalNewsEnd', reqId: connection.latestId('reqHistoricalNews'), hasMore: false });
      await expect(first).resolves.toEqual({ done: false, value: { type: 'news', time: NOW_MS - 3_600_000, providerCode: 'BRFG', articleId: 'a', headline: 'Up[31m and away', tags: 'A:800015:L:en:K:n/a:C:0.99' } });
      expect(connection.sentOf('reqHistoricalNews')).toHaveLength(2);
      for (const [code, name] of [[10_276, 'MarketDataError'], [321, 'RequestError'], [200, 'ContractError']] as const) {
        const refused = marketData.news.headlines('AAPL', { providers: ['DJ'] }).next();
        await connection.clock.advance(0);
        connection.deliver(notice(connection.latestId('reqHistoricalNews'), code, 'no'));
        await expect(refused).rejects.toMatchObject({ name, brokerCode: code });
      }
      const unreadable = marketData.news.headlines('AAPL', { providers: ['DJ'] }).next();
      await connection.clock.advance(0);
      connection.deliver({ type: 'historicalNews', reqId: connection.latestId('reqHistoricalNews'), time: 'yesterday', providerCode: 'DJ', articleId: 'b', headline: '' });
      connection.deliver({ type: 'historicalNewsEnd', reqId: connection.latestId('reqHistoricalNews'), hasMore: false });
      await expect(unreadable).rejects.toMatchObject({ code: 'IBKR_NEWS_UNREADABLE' });
    }));
});

describe('providers and articles', () => {
  it('come without control characters', () =>
    withNews(async ({ connection, marketData }) => {
      const providers = marketData.news.providers();
      connection.deliver({ type: 'newsProviders', providers: [{ code: 'BRFG', name: 'Briefing\u0007.com' }] });
      await expect(providers).resolves.toEqual([{ code: 'BRFG', name: 'Briefing.com' }]);
      const answer = async (articleType: number, articleText: string): Promise<unknown> => {
        const article = marketData.news.article('BRFG', 'BRFG$1');
        connection.deliver({ type: 'newsArticle', reqId: connection.latestId('reqNewsArticle'), articleType, articleText });
        return article;
      };
      await expect(answer(0, '<p>Hello\u0000</p>\r\n')).resolves.toEqual({ kind: 'html', text: '<p>Hello</p>\n' });
      await expect(answer(0, '1 < 2\tand so on')).resolves.toEqual({ kind: 'text', text: '1 < 2\tand so on' });
      await expect(answer(1, 'JVBERg==')).resolves.toEqual({ kind: 'pdf', bytes: new TextEncoder().encode('%PDF') });
    }));

  it('are refused with typed errors, and given up with a signal or in time', () =>
    withNews(async ({ connection, marketData }) => {
      const refused = marketData.news.article('BRFG', 'x');
      connection.deliver(notice(connection.latestId('reqNewsArticle'), 10_276, 'News feed is not allowed'));
      await expect(refused).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10_276 });
      const stop = new AbortController();
      const aborted = marketData.news.article('BRFG', 'x', { signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      const late = expect(marketData.news.providers()).rejects.toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT' });
      await connection.clock.advance(15_000);
      await late;
      await expect(marketData.news.article('BRFG', '')).rejects.toThrow('articleId must be the id of a headline');
      connection.drop();
      await expect(marketData.news.providers()).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    }));
});

describe('live news', () => {
  const tick = (connection: FakeConnection, articleId: string): void => {
    connection.deliver({ type: 'tickNews', reqId: connection.latestId('reqMktData'), timeStamp: NOW_MS, providerCode: 'BRFG', articleId, headline: `about ${articleId}`, extraData: '' });
  };

  it('ask for news and nothing else, and tell each story once, also over a reconnect', () =>
    withNews(async ({ connection, marketData }) => {
      const news = marketData.news.live('AAPL', { providers: ['BRFG', 'DJNL'] });
      expect(connection.sent).toEqual([expect.objectContaining({ type: 'reqMktData', genericTickList: 'mdoff,292:BRFG+DJNL', snapshot: false })]);
      tick(connection, 'a');
      connection.drop();
      await connection.clock.advance(2000);
      connection.restore();
      tick(connection, 'a');
      tick(connection, 'b');
      expect(await held(news)).toEqual([
        { type: 'news', time: NOW_MS, providerCode: 'BRFG', articleId: 'a', headline: 'about a', tags: undefined },
        { type: 'gap', fromMs: NOW_MS, toMs: NOW_MS + 2000, reason: 'the session ended' },
        expect.objectContaining({ articleId: 'b' }),
      ]);
      connection.deliver(notice(connection.latestId('reqMktData'), 10_276, 'News feed is not allowed.BRFG'));
      await expect(news.next()).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10_276 });
    }));

  it('follow the whole tape of a provider', () =>
    withNews(async ({ connection, marketData }) => {
      const tape = marketData.news.broadTape('BRFG');
      expect(connection.sent).toEqual([expect.objectContaining({ contract: { symbol: 'BRFG:BRFG_ALL', secType: 'NEWS', exchange: 'BRFG' }, genericTickList: 'mdoff,292' })]);
      tick(connection, 'a');
      expect(await held(tape)).toHaveLength(1);
      await tape.close();
      expect(connection.sentOf('cancelMktData')).toHaveLength(1);
      expect(() => marketData.news.broadTape('BR FG')).toThrow('must be codes of providers');
      await expect(marketData.news.broadTape('BRFG', { signal: AbortSignal.abort() }).next()).resolves.toMatchObject({ done: true });
    }));

  it('take a line of the budget, and fall silent to nobody when there is none', () => {
    const lineBudget = new LineBudget({ lines: 1, clock: createTestClock() });
    return withNews(async ({ connection, marketData }) => {
      const first = marketData.news.broadTape('BRFG');
      await expect(marketData.news.broadTape('DJNL').next()).rejects.toMatchObject({ code: 'IBKR_RATE_LINES_EXHAUSTED' });
      await first.close();
      const second = marketData.news.broadTape('DJNL');
      connection.deliver(notice(connection.latestId('reqMktData'), 101, 'Max number of tickers has been reached'));
      await expect(second.next()).rejects.toMatchObject({ brokerCode: 101 });
      expect(lineBudget.usage().quotes).toMatchObject({ used: 0, refusedByBroker: 1 });
    }, { lineBudget });
  });
});

describe('bulletins', () => {
  const bulletin = (msgId: number, msgType = 1): ServerMessage => ({ type: 'newsBulletins', msgId, msgType, message: `no ${msgId}\u001b`, originExch: msgType === 1 ? '' : 'NYSE' });

  it('are one stream for all readers, each told once', () =>
    withNews(async ({ connection, marketData }) => {
      const first = marketData.news.bulletins();
      const second = marketData.news.bulletins();
      expect(connection.sent).toEqual([{ type: 'reqNewsBulletins', allMessages: false }]);
      connection.deliver(bulletin(1, 2));
      connection.deliver(bulletin(1, 2));
      connection.deliver(bulletin(2));
      expect(await held(first)).toEqual([
        { type: 'bulletin', id: 1, kind: 'exchangeDown', text: 'no 1', exchange: 'NYSE', receivedAtMs: NOW_MS },
        { type: 'bulletin', id: 2, kind: 'notice', text: 'no 2', exchange: undefined, receivedAtMs: NOW_MS },
      ]);
      expect(second.held).toBe(2);
      await first.close();
      expect(connection.sentOf('cancelNewsBulletins')).toHaveLength(0);
      await second.close();
      expect(connection.sentOf('cancelNewsBulletins')).toHaveLength(1);
    }));

  it('come from earlier today when somebody wants them, and mark holes at once', () =>
    withNews(async ({ connection, marketData }) => {
      const plain = marketData.news.bulletins();
      const all = marketData.news.bulletins({ all: true });
      expect(connection.sent.map(({ type }) => type)).toEqual(['reqNewsBulletins', 'cancelNewsBulletins', 'reqNewsBulletins']);
      expect(connection.sentOf('reqNewsBulletins').at(-1)).toMatchObject({ allMessages: true });
      connection.drop();
      await connection.clock.advance(5000);
      connection.restore();
      expect(await held(all)).toEqual([{ type: 'gap', fromMs: NOW_MS, toMs: NOW_MS + 5000, reason: 'the connection was lost' }]);
      connection.cutUpstream();
      await connection.clock.advance(1000);
      connection.mendUpstream();
      expect(await held(plain)).toMatchObject([{ type: 'gap' }, { type: 'gap', reason: 'the gateway has no link to the broker' }]);
      expect(connection.sentOf('reqNewsBulletins')).toHaveLength(4);
    }));
});

describe('plain text', () => {
  it('has nothing that moves the cursor, changes colours or turns text around', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x20_70 }), { maxLength: 40 }).map((points) => String.fromCodePoint(...points)), (text) => {
        const plain = plainText(text);
        expect(Array.from(plain).filter((sign) => isControl(sign.codePointAt(0) ?? 0))).toEqual([]);
        expect(plainText(plain)).toBe(plain);
        expect(plainLine(text)).not.toMatch(/[\n\t]/u);
      }),
    );
  });
});
