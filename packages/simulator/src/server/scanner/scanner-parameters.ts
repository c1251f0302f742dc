import { SCAN_CODES, SCAN_INSTRUMENTS } from './scan-codes.js';

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** An element with elements or a text in it. */
function element(name: string, content: string, attributes = ''): string {
  return `<${name}${attributes}>${content}</${name}>`;
}

function all<T>(items: readonly T[], print: (item: T) => string): string {
  return items.map(print).join('');
}

function locationTree(): string {
  return all(SCAN_INSTRUMENTS, ({ locations }) =>
    element(
      'Location',
      element('displayName', escaped(locations[0]?.name ?? '')) +
        element('locationCode', locations[0]?.code ?? '') +
        element('LocationTree', all(locations.slice(1), ({ code, name }) => element('Location', element('displayName', escaped(name)) + element('locationCode', code))), ' varName="locationTree"'),
    ),
  );
}

/** Filters that the simulator obeys, by the tags that clients put into a subscription. */
const FILTERS: readonly (readonly [id: string, code: string, name: string])[] = [
  ['PRICE', 'priceAbove', 'Price Above'],
  ['PRICE', 'priceBelow', 'Price Below'],
  ['VOLUME', 'volumeAbove', 'Volume Above'],
];

function filters(): string {
  return all(FILTERS, ([id, code, name]) =>
    element(
      'RangeFilter',
      element('id', id) +
        element('category', 'simulated') +
        element('AbstractField', element('code', code) + element('displayName', escaped(name)), ' type="scanner.filter.DoubleField" varName="abstractField"'),
    ),
  );
}

/** Everything that scans can look for, in the form of TWS (whose document is two megabytes): instruments, locations, scan codes, filters. */
export function scannerParameters(): string {
  const instruments = all(SCAN_INSTRUMENTS, ({ code, name }) =>
    element('Instrument', element('name', escaped(name)) + element('type', code) + element('filters', FILTERS.map(([id]) => id).join(','))),
  );
  const codes = all(SCAN_CODES, ({ code, name }) =>
    element(
      'ScanType',
      element('displayName', escaped(name)) + element('scanCode', code) + element('instruments', SCAN_INSTRUMENTS.map((instrument) => instrument.code).join(',')),
    ),
  );
  const body =
    element('InstrumentList', instruments, ' varName="instrumentList"') +
    element('LocationTree', locationTree(), ' varName="locationTree"') +
    element('ScanTypeList', codes, ' varName="scanTypeList"') +
    element('FilterList', filters(), ' varName="filterList"');
  return `<?xml version="1.0" encoding="UTF-8"?>${element('ScanParameterResponse', body)}`;
}
