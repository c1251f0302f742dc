import { REGULAR_OPEN_MS } from './row-rules.js';
/** Makes a cursor at a file's first row. */
export function cursorOf(conId, columns, zone) {
    return { conId, columns, midnightMs: zone.instantOf(columns.date, REGULAR_OPEN_MS) - REGULAR_OPEN_MS, row: 0 };
}
/** When the cursor's row is due; Infinity after the last one. */
export function dueOf(cursor) {
    const ms = cursor.columns.msOfDay[cursor.row];
    return ms === undefined ? Number.POSITIVE_INFINITY : cursor.midnightMs + ms;
}
