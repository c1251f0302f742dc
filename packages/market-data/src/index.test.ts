import { expect, it } from 'vitest';

it('exports exactly this', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'BAR_SIZES',
    'DEFAULT_MARKET_DATA_SETTINGS',
    'DEFAULT_TICK_CAPACITY',
    'GENERIC_TICKS',
    'GENERIC_TICK_FACTS',
    'LiveDataFeed',
    'MarketData',
    'SEC_TYPES',
    'ageMs',
    'greeks',
    'greeksOfChain',
    'impliedVolatility',
    'isDelayed',
    'isSecType',
    'leastChainMessages',
    'leastChainTimeMs',
    'nextSessionChange',
    'optionPrice',
    'parseOccSymbol',
    'parseTwsTime',
    'satisfies',
    'sessionOf',
    'tradingHoursOf',
    'twsTimeZone',
    'watchMarketData',
    'wireContract',
  ]);
});
