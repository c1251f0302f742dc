import { plainLine } from '../broker-text/plain-text.js';
import { elementsNamed, readXml, textOf } from './xml-elements.js';
import type { XmlElement } from './xml-elements.js';

/** What can be scanned: stocks of a country, futures, indices, ... */
export interface ScanInstrument {
  /** What {@link ScanOptions.instrument} wants. */
  readonly code: string;
  readonly name: string;
  /** Ids of the filters that it has. */
  readonly filters: readonly string[];
}

/** Where can be scanned. */
export interface ScanLocation {
  /** What {@link ScanOptions.location} wants. */
  readonly code: string;
  readonly name: string;
  /** The location that this one is a part of. */
  readonly parent?: string | undefined;
}

/** What a scan can rank by. */
export interface ScanCode {
  readonly code: string;
  readonly name: string;
  /** Codes of the instruments that it can rank. */
  readonly instruments: readonly string[];
}

/** What a scan can leave out. */
export interface ScanFilter {
  /** The key of {@link ScanOptions.filters}. */
  readonly code: string;
  readonly name: string;
  /** The id that instruments name. */
  readonly filter: string;
}

/** Filters are elements of these names. */
const FILTER_ELEMENTS = ['RangeFilter', 'SimpleFilter', 'TripleComboFilter'];

/** Everything that scans can look for: the document of TWS (about 2 MB), read when a part of it is asked for. */
export class ScannerParameters {
  /** The document as it came. */
  readonly xml: string;
  #root: XmlElement | undefined;
  #instruments: readonly ScanInstrument[] | undefined;
  #locations: readonly ScanLocation[] | undefined;
  #codes: readonly ScanCode[] | undefined;
  #filters: readonly ScanFilter[] | undefined;

  constructor(xml: string) {
    this.xml = xml;
  }

  /** @throws MarketDataError `IBKR_SCANNER_UNREADABLE` */
  get instruments(): readonly ScanInstrument[] {
    this.#instruments ??= unique(
      [...elementsNamed('Instrument', this.#document)].map((element) => ({ code: line(element, 'type'), name: line(element, 'name'), filters: list(element, 'filters') })),
    );
    return this.#instruments;
  }

  /** @throws MarketDataError `IBKR_SCANNER_UNREADABLE` */
  get locations(): readonly ScanLocation[] {
    this.#locations ??= unique(this.#document.children.flatMap((element) => [...locationsIn(element, undefined)]));
    return this.#locations;
  }

  /** @throws MarketDataError `IBKR_SCANNER_UNREADABLE` */
  get scanCodes(): readonly ScanCode[] {
    this.#codes ??= unique(
      [...elementsNamed('ScanType', this.#document)].map((element) => ({ code: line(element, 'scanCode'), name: line(element, 'displayName'), instruments: list(element, 'instruments') })),
    );
    return this.#codes;
  }

  /** @throws MarketDataError `IBKR_SCANNER_UNREADABLE` */
  get filters(): readonly ScanFilter[] {
    this.#filters ??= unique(
      FILTER_ELEMENTS.flatMap((name) => [...elementsNamed(name, this.#document)]).flatMap((element) =>
        [...elementsNamed('AbstractField', element)].map((field) => ({ code: line(field, 'code'), name: line(field, 'displayName'), filter: line(element, 'id') })),
      ),
    );
    return this.#filters;
  }

  get #document(): XmlElement {
    this.#root ??= readXml(this.xml);
    return this.#root;
  }
}

/** Locations stand in trees of locations. */
function* locationsIn(element: XmlElement, parent: string | undefined): Generator<ScanLocation, void> {
  const code = element.name === 'Location' ? line(element, 'locationCode') : '';
  if (code !== '') yield { code, name: line(element, 'displayName'), parent };
  for (const child of element.children) yield* locationsIn(child, code === '' ? parent : code);
}

function line(element: XmlElement, name: string): string {
  return plainLine(textOf(element, name));
}

function list(element: XmlElement, name: string): readonly string[] {
  return line(element, name).split(',').map((item) => item.trim()).filter((item) => item !== '');
}

/** The document names some things several times. */
function unique<T extends { readonly code: string }>(items: readonly T[]): readonly T[] {
  const byCode = new Map<string, T>();
  for (const item of items) if (item.code !== '' && !byCode.has(item.code)) byCode.set(item.code, Object.freeze(item));
  return Object.freeze([...byCode.values()]);
}
