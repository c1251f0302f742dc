import { TimeZone } from '@ibkit/clock';

/** Names that TWS writes and the runtime does not know, or takes for a fixed offset or another place than TWS means. */
const ALIASES: Readonly<Record<string, string>> = {
  Z: 'UTC',
  EST: 'America/New_York', EDT: 'America/New_York', CST: 'America/Chicago', CDT: 'America/Chicago',
  MST: 'America/Denver', MDT: 'America/Denver', PST: 'America/Los_Angeles', PDT: 'America/Los_Angeles',
  BST: 'Europe/London', CEST: 'Europe/Berlin', JST: 'Asia/Tokyo', HKT: 'Asia/Hong_Kong',
};
const MOST_ZONES = 1000;
const zones = new Map<string, TimeZone | undefined>();

/**
 * The zone that TWS names: an IANA name, old ones included (`US/Eastern`, `America/New_York`, `MET`, `Japan`, `GB-Eire`), one of the usual
 * abbreviations (`EST` means New York, `CST` Chicago, summer time included), or either with a description behind it
 * (`EST (Eastern Standard Time)`). `undefined` for other names.
 */
export function twsTimeZone(name: string): TimeZone | undefined {
  const key = name.replace(/\s*\(.*\)$/u, '').trim();
  if (!zones.has(key) && zones.size < MOST_ZONES) {
    try {
      zones.set(key, new TimeZone(ALIASES[key] ?? key));
    } catch {
      // The runtime knows no such zone; guessing one would move every time by hours.
      zones.set(key, undefined);
    }
  }
  return zones.get(key);
}
