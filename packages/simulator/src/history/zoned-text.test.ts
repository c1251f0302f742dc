import { describe, expect, it } from 'vitest';
import { ZonedPrinter, parseInstant, utcText } from './zoned-text.js';

const NOW = Date.UTC(2024, 6, 3, 15);

describe('times in texts', () => {
  it.each([
    ['20240703 10:00:00 US/Eastern', Date.UTC(2024, 6, 3, 14), true],
    ['20240103 10:00:00 America/New_York', Date.UTC(2024, 0, 3, 15), true],
    ['20240703  16:00:00 Europe/Berlin', Date.UTC(2024, 6, 3, 14), true],
    ['20240703-14:00:00', Date.UTC(2024, 6, 3, 14), true],
    ['20240703 14:00:00', Date.UTC(2024, 6, 3, 14), false],
    ['10:00:00 US/Eastern', Date.UTC(2024, 6, 3, 14), true],
    ['14:00', Date.UTC(2024, 6, 3, 14), false],
    ['20240703', Date.UTC(2024, 6, 4), false],
  ])('read %s', (text, atMs, zoned) => {
    expect(parseInstant(text, NOW)).toEqual({ atMs, zoned });
  });

  it.each(['', 'now', '20240230 10:00:00 UTC', '20240703 24:00:00', '20240703 10:60:00', '20240703 10:00:00 Mars/Base', '2024-07-03 10:00:00', '20240703-10:00:00 UTC', '99999999-10:00:00'])('do not read "%s"', (text) => {
    expect(parseInstant(text, NOW)).toBeUndefined();
  });

  it('are printed in their zone, over changes of the clock', () => {
    const printer = new ZonedPrinter('US/Eastern');
    expect(printer.full(Date.UTC(2024, 2, 10, 6, 59, 59))).toBe('20240310 01:59:59 US/Eastern');
    expect(printer.full(Date.UTC(2024, 2, 10, 7))).toBe('20240310 03:00:00 US/Eastern');
    expect(printer.local(Date.UTC(2024, 6, 3, 13, 30), '-')).toBe('20240703-09:30:00');
    expect(utcText(NOW)).toBe('20240703-15:00:00');
  });
});
