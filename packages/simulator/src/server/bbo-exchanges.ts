import type { Product } from '../brokerage/combo.js';
import { route } from './route.js';
import type { Route } from './route.js';

/** The letters of the exchanges in one BBO map. TWS API: ticks 32, 33 and 84 spell the exchanges of a price with them. */
interface BboMap {
  readonly id: string;
  readonly exchanges: readonly (readonly [letter: string, exchange: string])[];
}

const STOCKS: BboMap = {
  id: '9c0001',
  exchanges: [
    ['A', 'AMEX'],
    ['N', 'NYSE'],
    ['P', 'ARCA'],
    ['Q', 'NASDAQ'],
    ['Z', 'BATS'],
    ['Y', 'BYX'],
    ['K', 'DRCTEDGE'],
    ['J', 'EDGEA'],
    ['B', 'BEX'],
    ['X', 'PSX'],
    ['M', 'CHX'],
    ['V', 'IEX'],
    ['U', 'MEMX'],
    ['L', 'LTSE'],
    ['H', 'PEARL'],
    ['C', 'NSX'],
  ],
};

const OPTIONS: BboMap = {
  id: 'b20001',
  exchanges: [
    ['A', 'AMEX'],
    ['B', 'BOX'],
    ['C', 'CBOE'],
    ['I', 'ISE'],
    ['J', 'MERCURY'],
    ['Q', 'NASDAQOM'],
    ['X', 'PHLX'],
    ['N', 'PSE'],
  ],
};

/** The exchange that shows the best prices of stocks. */
export const LEADING_EXCHANGE = 'NASDAQ';

/** The BBO map of an instrument (`tickReqParams.bboExchange`); empty where there is only one exchange. */
export function bboExchangeOf({ secType }: Pick<Product, 'secType'>): string {
  if (secType === 'STK') return STOCKS.id;
  return secType === 'OPT' ? OPTIONS.id : '';
}

/** The letter of an exchange in the map of an instrument; the first letter of its name for one that has none. */
export function exchangeLetter({ secType }: Pick<Product, 'secType'>, exchange: string): string {
  const map = secType === 'OPT' ? OPTIONS : STOCKS;
  const name = exchange === 'ISLAND' ? 'NASDAQ' : exchange;
  return map.exchanges.find(([, known]) => known === name)?.[0] ?? name.slice(0, 1);
}

/** What the letters mean. */
export function smartComponentRoutes(): readonly Route[] {
  return [
    route('reqSmartComponents', (session, { reqId, bboExchange }) => {
      const map = [STOCKS, OPTIONS].find(({ id }) => id === bboExchange);
      if (map === undefined) {
        session.sendError(reqId, 321, `Error validating request.-'reqSmartComponents' : cause - Unknown BBO exchange ${bboExchange}, use that of tickReqParams`);
        return;
      }
      const components = map.exchanges.map(([exchangeLetter, exchange], bitNumber) => ({ bitNumber, exchange, exchangeLetter }));
      session.send({ type: 'smartComponents', reqId, components });
    }),
  ];
}
