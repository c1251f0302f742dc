import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
/** Said in every error about a file's name. */
export const SUPPORTED_FILES = 'supported are trades and quotes by tick, second or minute, named such as tick-spy-20131007_trade.zip, 20131007_spy_second_quote.csv or 20140605_aapl_minute_trade.csv';
const RESOLUTIONS = ['tick', 'second', 'minute'];
const KINDS = ['trade', 'quote'];
const DATE = /^\d{8}$/;
const SYMBOL = /^[a-z][a-z.]{0,9}$/;
function isResolution(word) {
    return RESOLUTIONS.includes(word);
}
function isKind(word) {
    return KINDS.includes(word);
}
function wordsOf(name) {
    const base = name.split(/[/\\]/).at(-1) ?? '';
    return base
        .toLowerCase()
        .replace(/\.(zip|csv)$/, '')
        .split(/[-_ ]+/)
        .filter((word) => word !== '');
}
function isCalendarDay(date) {
    try {
        parseLocalDate(date);
        return true;
    }
    catch {
        return false;
    }
}
/** Takes each fact from the first name that says it. */
function readNames(names) {
    const found = {};
    for (const name of names) {
        const symbols = [];
        const words = wordsOf(name);
        for (const word of words) {
            if (DATE.test(word))
                found.date ??= `${word.slice(0, 4)}-${word.slice(4, 6)}-${word.slice(6, 8)}`;
            else if (isResolution(word))
                found.resolution ??= word;
            else if (isKind(word))
                found.kind ??= word;
            else if (SYMBOL.test(word))
                symbols.push(word);
        }
        // A name without a date, such as data.csv, does not follow the naming: its words are no symbols.
        if (symbols.length === 1 && words.some((word) => DATE.test(word)))
            found.symbol ??= symbols[0]?.toUpperCase();
    }
    return found;
}
/**
 * Reads symbol, date, resolution and kind from the file's own name and, for an archive, from the name inside (which wins).
 * @throws UsageError when one of them is missing or the file is of another kind.
 */
export function fileKindOf(path, innerName) {
    const { symbol, date, resolution, kind } = readNames(innerName === undefined ? [path] : [innerName, path]);
    const shown = innerName === undefined ? path : `${path} (${innerName})`;
    const missing = [
        symbol === undefined ? 'a symbol' : '',
        date === undefined ? 'a date (YYYYMMDD)' : '',
        resolution === undefined ? 'tick, second or minute' : '',
        kind === undefined ? 'trade or quote' : '',
    ].filter((text) => text !== '');
    if (symbol === undefined || date === undefined || resolution === undefined || kind === undefined) {
        throw new UsageError({ field: 'replay', value: shown, rule: `must have a name with ${missing.join(' and ')}; ${SUPPORTED_FILES}` });
    }
    if (!isCalendarDay(date))
        throw new UsageError({ field: 'replay', value: shown, rule: `must have a day of the calendar in its name, not ${date}` });
    return { symbol, date, resolution, kind };
}
