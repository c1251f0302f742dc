const FUND = ['', '', ''];
const WITH_OPTIONS = new Set(['AAPL', 'SPY']);
// The conIds are those that the broker gives to these listings.
const ROWS = [
    ['AAPL', 265598, 'APPLE INC', 'NASDAQ', 'COMMON', ['Technology', 'Computers', 'Computers'], 228.4, 0.26],
    ['AMD', 4391, 'ADVANCED MICRO DEVICES', 'NASDAQ', 'COMMON', ['Technology', 'Semiconductors', 'Electronic Compo-Semicon'], 158.2, 0.45],
    ['AMZN', 3691937, 'AMAZON.COM INC', 'NASDAQ', 'COMMON', ['Communications', 'Internet', 'E-Commerce/Products'], 201.7, 0.32],
    ['BAC', 10098, 'BANK OF AMERICA CORP', 'NYSE', 'COMMON', ['Financial', 'Banks', 'Diversified Banking Inst'], 42.35, 0.24],
    ['DIA', 73128548, 'SPDR DJIA TRUST', 'ARCA', 'ETF', FUND, 428.6, 0.13],
    ['DIS', 6459, 'WALT DISNEY CO/THE', 'NYSE', 'COMMON', ['Communications', 'Media', 'Multimedia'], 98.1, 0.27],
    ['GLD', 51529211, 'SPDR GOLD SHARES', 'ARCA', 'ETF', FUND, 242.3, 0.15],
    ['GOOGL', 208813719, 'ALPHABET INC-CL A', 'NASDAQ', 'COMMON', ['Communications', 'Internet', 'Web Portals/ISP'], 168.9, 0.29],
    ['IBM', 8314, 'INTL BUSINESS MACHINES CORP', 'NYSE', 'COMMON', ['Technology', 'Computers', 'Computer Services'], 214.5, 0.22],
    ['INTC', 270639, 'INTEL CORP', 'NASDAQ', 'COMMON', ['Technology', 'Semiconductors', 'Electronic Compo-Semicon'], 24.15, 0.42],
    ['IWM', 9579970, 'ISHARES RUSSELL 2000 ETF', 'ARCA', 'ETF', FUND, 226.8, 0.2],
    ['JNJ', 8719, 'JOHNSON & JOHNSON', 'NYSE', 'COMMON', ['Consumer, Non-cyclical', 'Pharmaceuticals', 'Medical-Drugs'], 158.7, 0.16],
    ['JPM', 1520593, 'JPMORGAN CHASE & CO', 'NYSE', 'COMMON', ['Financial', 'Banks', 'Diversified Banking Inst'], 236.2, 0.23],
    ['KO', 8894, 'COCA-COLA CO/THE', 'NYSE', 'COMMON', ['Consumer, Non-cyclical', 'Beverages', 'Beverages-Non-alcoholic'], 63.4, 0.14],
    ['META', 107113386, 'META PLATFORMS INC-CLASS A', 'NASDAQ', 'COMMON', ['Communications', 'Internet', 'Internet Content-Entmnt'], 567.3, 0.33],
    ['MSFT', 272093, 'MICROSOFT CORP', 'NASDAQ', 'COMMON', ['Technology', 'Software', 'Applications Software'], 418.6, 0.22],
    ['NVDA', 4815747, 'NVIDIA CORP', 'NASDAQ', 'COMMON', ['Technology', 'Semiconductors', 'Electronic Compo-Semicon'], 141.9, 0.48],
    ['QQQ', 320227571, 'INVESCO QQQ TRUST SERIES 1', 'NASDAQ', 'ETF', FUND, 501.5, 0.18],
    ['SPY', 756733, 'SS SPDR S&P 500 ETF TRUST-US', 'ARCA', 'ETF', FUND, 588.2, 0.15],
    ['TSLA', 76792991, 'TESLA INC', 'NASDAQ', 'COMMON', ['Consumer, Cyclical', 'Auto Manufacturers', 'Auto-Cars/Light Trucks'], 318.4, 0.55],
    ['WMT', 13824, 'WALMART INC', 'NYSE', 'COMMON', ['Consumer, Cyclical', 'Retail', 'Retail-Discount'], 85.6, 0.19],
    ['XOM', 13977, 'EXXON MOBIL CORP', 'NYSE', 'COMMON', ['Energy', 'Oil&Gas', 'Oil Comp-Integrated'], 118.9, 0.23],
];
/** The stocks and funds that every simulator lists, in the order of their symbols. */
export const STOCK_LISTINGS = ROWS.map(([symbol, conId, longName, primaryExch, stockType, sector, referencePrice, volatility]) => ({
    symbol,
    conId,
    longName,
    primaryExch,
    stockType,
    industry: sector[0],
    category: sector[1],
    subcategory: sector[2],
    referencePrice,
    volatility,
    hasOptions: WITH_OPTIONS.has(symbol),
}));
const FIRST_INVENTED_CON_ID = 500_000_000;
const INVENTED_CON_IDS = 1 << 24;
/** A listing for a symbol that only a replay file knows. Its conId depends on the symbol alone. */
export function inventedListing(symbol, referencePrice) {
    let hash = 0x811c9dc5;
    for (const character of symbol)
        hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return {
        symbol,
        conId: FIRST_INVENTED_CON_ID + ((hash >>> 0) % INVENTED_CON_IDS),
        longName: symbol,
        primaryExch: 'NYSE',
        stockType: 'COMMON',
        industry: '',
        category: '',
        subcategory: '',
        referencePrice,
        volatility: 0.25,
        hasOptions: false,
    };
}
