import { readFile } from 'node:fs/promises';
import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { fileKindOf } from './file-name.js';
import { readQuotes } from './quote-rows.js';
import { REGULAR_OPEN_MS } from './row-rules.js';
import { readTrades } from './trade-rows.js';
import { unzipFiles } from './unzip-files.js';
function isZip(bytes) {
    return bytes[0] === 0x50 && bytes[1] === 0x4b;
}
function readColumns(bytes, path, innerName) {
    const file = fileKindOf(path, innerName);
    const shown = innerName === undefined ? path : `${path} (${innerName})`;
    const columns = file.kind === 'trade' ? readTrades(bytes, shown, file) : readQuotes(bytes, shown, file);
    if (columns.length === 0)
        throw new UsageError({ field: shown, rule: 'must have at least one row' });
    return columns;
}
async function readBytes(path) {
    try {
        return await readFile(path);
    }
    catch (error) {
        throw new UsageError({ field: 'replay', value: path, rule: 'must be a file that can be read', cause: error });
    }
}
/**
 * Reads market data files in the layouts of the LEAN project: trades and quotes of US stocks by tick, second or minute, zipped or plain.
 * What a file contains is read from its name. Several files, days and symbols may be combined.
 * @throws UsageError naming the file, and for a bad row also line, column and rule.
 */
export async function loadReplay(paths) {
    if (paths.length === 0)
        throw new UsageError({ field: 'replay', rule: 'must name at least one file' });
    const files = [];
    for (const path of paths) {
        const bytes = await readBytes(path);
        if (!isZip(bytes))
            files.push({ path, columns: readColumns(bytes, path) });
        else
            for (const file of unzipFiles(path, bytes))
                files.push({ path, columns: readColumns(file.bytes, path, file.name) });
    }
    const zone = new TimeZone('America/New_York');
    const startAtMs = Math.min(...files.map(({ columns }) => zone.instantOf(columns.date, REGULAR_OPEN_MS)));
    return { files, symbols: [...new Set(files.map(({ columns }) => columns.symbol))], startAtMs };
}
