import { describe, expect, it } from 'vitest';
import { withLoopback } from '../testing/loopback.js';

describe('news over a real socket', () => {
  it('is listed, paged and read, without anything twice', () =>
    withLoopback({ limits: { newsHeadlines: 300 } }, async ({ marketData }) => {
      await expect(marketData.news.providers()).resolves.toEqual([{ code: 'SIMN', name: 'Simulated Newswire' }, { code: 'SIMB', name: 'Simulated Daily Briefing' }]);
      const seen: string[] = [];
      let before = Number.POSITIVE_INFINITY;
      for await (const { articleId, time, headline } of marketData.news.headlines('AAPL', { providers: ['SIMN', 'SIMB'], limit: 350 })) {
        expect(time).toBeLessThanOrEqual(before);
        expect(headline).toMatch(/^SIMULATED: AAPL /u);
        before = time;
        seen.push(articleId);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength(350);
      const article = await marketData.news.article('SIMN', seen.find((id) => id.startsWith('SIMN')) ?? '');
      expect(article).toMatchObject({ kind: 'html', text: expect.stringContaining('made by a simulator') as string });
    }));

  it('is refused with typed errors', () =>
    withLoopback({}, async ({ marketData }) => {
      await expect(marketData.news.article('SIMN', 'NOSUCH')).rejects.toMatchObject({ name: 'RequestError', brokerCode: 321 });
      await expect(marketData.news.headlines('AAPL', { providers: ['NOSUCH'] }).next()).rejects.toMatchObject({ brokerCode: 321 });
      await expect(marketData.news.live('AAPL', { providers: ['NOSUCH'] }).next()).rejects.toMatchObject({ brokerCode: 321 });
    }));

  it('comes live, goes on over a lost session, and agrees with the archive', () =>
    withLoopback({ speed: 8000 }, async ({ simulator, marketData }) => {
      const live = marketData.news.live('AAPL');
      const bulletins = marketData.news.bulletins({ all: true });
      const first = await live.next();
      expect(first.value).toMatchObject({ type: 'news', providerCode: 'SIMN' });
      simulator.control.dropClients('rst');
      const seen: string[] = [];
      for await (const item of live) {
        if (item.type === 'gap') seen.push('gap');
        else seen.push(item.articleId);
        if (seen.includes('gap') && item.type === 'news') break;
      }
      const archive: string[] = [];
      for await (const { articleId } of marketData.news.headlines('AAPL', { providers: ['SIMN', 'SIMB'], limit: 300 })) archive.push(articleId);
      expect(seen.filter((id) => id !== 'gap' && !archive.includes(id))).toEqual([]);
      const told: string[] = [];
      for await (const item of bulletins) {
        told.push(item.type === 'gap' ? 'gap' : item.text);
        if (told.includes('gap') && item.type === 'bulletin') break;
      }
      expect(new Set(told.filter((text) => text !== 'gap')).size).toBe(told.filter((text) => text !== 'gap').length);
    }));
});
