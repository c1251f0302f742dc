import type { BrokerOperations } from '@ibkit/api-contract';
import { instrumentQuery } from '../instruments/instrument-query.js';
import { instantOf } from '../moment.js';
import { assertConnected } from '../not-connected.js';
import type { ResolvedOperationsOptions } from '../options.js';
import { chainView } from '../views/chain.js';
import { contractDetailsView, contractView } from '../views/contract.js';
import { depthView } from '../views/depth.js';
import { articleView, headlineView } from '../views/news.js';
import { quoteView } from '../views/quote.js';
import { scanRowView } from '../views/scan.js';
import { chainOptions } from './chain-options.js';
import { firstBook } from './first-book.js';
import { historyOptions, historyPage } from './history-pages.js';
import type { QuoteBoard } from './quote-board.js';
import { scanFilters } from './scan-filters.js';
import { withinTime } from './within-time.js';

/** What the market operations work with. */
export type MarketDeps = Pick<ResolvedOperationsOptions, 'clock' | 'connection' | 'marketData' | 'dataWaitMs' | 'pageWaitMs'> & { readonly quotes: QuoteBoard };

type MarketOperationName = 'contract' | 'quote' | 'depth' | 'chain' | 'history' | 'historyPlan' | 'news' | 'article' | 'scan' | 'histogram';

const HEADLINES = 500;
const DEPTH_ROWS = 10;
const HISTOGRAM_PERIOD = '3 days';

/** Contracts, quotes, books, chains, history, news, scans. */
export function marketOperations(deps: MarketDeps): Pick<BrokerOperations, MarketOperationName> {
  const { clock, connection, marketData, quotes, dataWaitMs, pageWaitMs } = deps;
  return {
    contract: async (instrument, { signal } = {}) => contractDetailsView(await marketData.resolve(instrumentQuery(instrument), { signal })),
    quote: async ({ mode = 'live', ...instrument }, { signal } = {}) => {
      const quote = await quotes.get({ contract: instrumentQuery(instrument), mode, signal });
      return quoteView(quote, clock.now());
    },
    depth: async ({ rows = DEPTH_ROWS, ...instrument }, { signal } = {}) => {
      const query = instrumentQuery(instrument);
      assertConnected(connection);
      const depth = marketData.depth(query, { rows });
      try {
        return depthView(await firstBook(depth, { clock, rows, waitMs: dataWaitMs, signal }));
      } finally {
        await depth.close();
      }
    },
    chain: async (input, { signal } = {}) => {
      const options = chainOptions(input, signal);
      const underlying = instrumentQuery(input.symbol);
      assertConnected(connection);
      return chainView(await marketData.optionChain(underlying, options));
    },
    history: async (input, { signal } = {}) => {
      assertConnected(connection);
      return historyPage(deps, input, signal);
    },
    historyPlan: async ({ symbol, from, to, barSize, what, useRth, ...fields }, { signal } = {}) => {
      const options = historyOptions({ from, to, barSize, what, useRth });
      const { contract, fromMs, toMs, requests, estimatedMs, rules } = await marketData.historyPlan(instrumentQuery({ symbol, ...fields }), { ...options, signal });
      return { contract: contractView(contract), barSize: options.barSize, fromMs, toMs, requests, estimatedMs, rules: [...rules] };
    },
    news: async ({ from, to, providers, limit = HEADLINES, ...instrument }, { signal } = {}) => {
      const range = { from: from === undefined ? undefined : instantOf('from', from), to: to === undefined ? undefined : instantOf('to', to) };
      const { conId, symbol } = await marketData.resolve(instrumentQuery(instrument), { signal });
      const codes = providers ?? (await marketData.news.providers({ signal })).map(({ code }) => code);
      if (codes.length === 0) return { symbol, conId, headlines: [] };
      return withinTime({ clock, waitMs: pageWaitMs, what: 'headlines', signal }, async (until) => {
        const headlines = [];
        for await (const headline of marketData.news.headlines({ conId }, { providers: codes, ...range, limit, signal: until })) headlines.push(headlineView(headline));
        return { symbol, conId, headlines };
      });
    },
    article: async ({ provider, article }, { signal } = {}) => articleView(provider, article, await marketData.news.article(provider, article, { signal })),
    scan: async ({ code, instrument, location, rows, filters }, { signal } = {}) => {
      const found = await marketData.scanner.scan(code, { instrument, location, rows, filters: scanFilters(filters), signal });
      return { code, rows: found.map(scanRowView) };
    },
    histogram: async ({ period = HISTOGRAM_PERIOD, useRth, ...instrument }, { signal } = {}) => {
      const contract = await marketData.resolve(instrumentQuery(instrument), { signal });
      assertConnected(connection);
      const rows = await withinTime({ clock, waitMs: pageWaitMs, what: 'a histogram', signal }, (until) => marketData.histogram(contract, { period, useRth, signal: until }));
      return { symbol: contract.symbol, conId: contract.conId, rows: rows.map(({ price, size }) => ({ price, size })) };
    },
  };
}
