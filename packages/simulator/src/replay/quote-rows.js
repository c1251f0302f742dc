import { EXCHANGE_LETTERS, exchangeIndex } from './exchange-codes.js';
import { RowReader } from './row-reader.js';
import { LARGEST_PRICE, LARGEST_SIZE, LAST_MS_OF_DAY, PRICE_SCALE, TimeOrder, barLengthMs } from './row-rules.js';
const LETTER_RULE = `must be an exchange letter, one of ${EXCHANGE_LETTERS}`;
function side(reader, name) {
    const price = reader.optionalWhole(`${name} price`, 0, LARGEST_PRICE) / PRICE_SCALE;
    const size = reader.optionalWhole(`${name} size`, 0, LARGEST_SIZE);
    return { price: price === 0 ? Number.NaN : price, size };
}
function readTick(reader, order) {
    const ms = order.check(reader.whole('milliseconds since midnight', 0, LAST_MS_OF_DAY));
    const bid = side(reader, 'bid');
    const ask = side(reader, 'ask');
    reader.letter('exchange', LETTER_RULE, exchangeIndex);
    reader.hex('conditions');
    reader.whole('suspicious flag', 0, 1);
    return { ms, bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
}
/** The last price of a side of a bar and the size that belongs to it. */
function barSide(reader, name) {
    const open = reader.optionalWhole(`${name} open`, 0, LARGEST_PRICE) / PRICE_SCALE;
    reader.optionalWhole(`${name} high`, 0, LARGEST_PRICE);
    reader.optionalWhole(`${name} low`, 0, LARGEST_PRICE);
    const close = reader.optionalWhole(`${name} close`, 0, LARGEST_PRICE) / PRICE_SCALE;
    const size = reader.optionalWhole(`last ${name} size`, 0, LARGEST_SIZE);
    return { open: open === 0 ? Number.NaN : open, close: close === 0 ? Number.NaN : close, size };
}
function columnsOf(rows, file) {
    return {
        kind: 'quote',
        symbol: file.symbol,
        date: file.date,
        length: rows.length,
        msOfDay: Uint32Array.from(rows, (row) => row.ms),
        bid: Float64Array.from(rows, (row) => row.bid),
        bidSize: Float64Array.from(rows, (row) => row.bidSize),
        ask: Float64Array.from(rows, (row) => row.ask),
        askSize: Float64Array.from(rows, (row) => row.askSize),
    };
}
/**
 * Reads a file of quotes. The quote of a bar is its closing one, shown when the bar is over, so that a replay never knows the future;
 * the first bar also shows its opening one at its start.
 * @throws UsageError naming file, line, column and rule.
 */
export function readQuotes(bytes, fileName, file) {
    const reader = new RowReader(bytes, fileName);
    const order = new TimeOrder(reader);
    const rows = [];
    const length = barLengthMs(file.resolution);
    while (reader.nextRow()) {
        if (file.resolution === 'tick') {
            rows.push(readTick(reader, order));
            continue;
        }
        const ms = order.check(reader.whole('milliseconds since midnight', 0, LAST_MS_OF_DAY));
        const bid = barSide(reader, 'bid');
        const ask = barSide(reader, 'ask');
        if (rows.length === 0)
            rows.push({ ms, bid: bid.open, bidSize: bid.size, ask: ask.open, askSize: ask.size });
        rows.push({ ms: ms + length, bid: bid.close, bidSize: bid.size, ask: ask.close, askSize: ask.size });
    }
    return columnsOf(rows, file);
}
