import { TimeZone } from '@ibkit/clock';
const DAY_MS = 86_400_000;
const DAYS_SHOWN = 6;
const zones = new Map();
function zoneOf(name) {
    const zone = zones.get(name) ?? new TimeZone(name);
    zones.set(name, zone);
    return zone;
}
function sessionText(day, isWeekend, from, to) {
    return isWeekend ? `${day}:CLOSED` : `${day}:${from}-${day}:${to}`;
}
/**
 * The hours of an instrument's exchange for six days from the one of `atMs`: the usual New York sessions, without holidays.
 * They are what clients expect to read; the simulated market itself trades round the clock.
 */
export function tradingHours(instrument, atMs) {
    const { year, month, day } = zoneOf(instrument.timeZoneId).read(atMs);
    const trading = [];
    const liquid = [];
    for (let offset = 0; offset < DAYS_SHOWN; offset += 1) {
        const date = new Date(Date.UTC(year, month - 1, day) + offset * DAY_MS);
        const text = date.toISOString().slice(0, 10).replaceAll('-', '');
        const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
        const isStock = instrument.secType === 'STK';
        trading.push(sessionText(text, isWeekend, isStock ? '0400' : '0930', isStock ? '2000' : '1600'));
        liquid.push(sessionText(text, isWeekend, '0930', '1600'));
    }
    return { timeZoneId: instrument.timeZoneId, tradingHours: trading.join(';'), liquidHours: liquid.join(';') };
}
