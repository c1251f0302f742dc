import { MarketDataError } from '@ibkit/error-codes';

/** An element of a document, with what is in it. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** What stands in it outside of its children, without the spaces around. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** Deeper than any document of TWS. */
const MOST_DEPTH = 100;
const NAME = /^[A-Za-z_][\w.:-]*/u;
const LONGEST_NAME = 200;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/giu;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a document as far as it is made of elements and texts; attributes, comments and declarations are left out, and nothing is expanded but
 * characters.
 * @throws MarketDataError `IBKR_SCANNER_UNREADABLE` when elements do not fit into each other.
 */
export function readXml(text: string): XmlElement {
  const root: OpenElement = { name: '', children: [], text: '' };
  const open: OpenElement[] = [root];
  for (let at = 0; at < text.length; ) {
    const inside = open.at(-1) ?? root;
    const tag = text.indexOf('<', at);
    const plainEnd = tag < 0 ? text.length : tag;
    if (plainEnd > at) inside.text += withCharacters(text.slice(at, plainEnd));
    if (tag < 0) break;
    if (text.startsWith('<!--', tag)) at = behind(text, '-->', tag);
    else if (text.startsWith('<![CDATA[', tag)) {
      at = behind(text, ']]>', tag);
      inside.text += text.slice(tag + 9, at - 3);
    } else if (text.startsWith('<?', tag) || text.startsWith('<!', tag)) at = behind(text, '>', tag);
    else {
      at = tagEnd(text, tag);
      readTag(open, text.slice(tag + 1, at - 1));
    }
  }
  if (open.length > 1) throw unreadable(`<${open.at(-1)?.name ?? ''}> without an end`);
  return root;
}

/** The place behind the next occurrence of a mark. */
function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw unreadable(`no "${mark}" where one is needed`);
  return at + mark.length;
}

/** The place behind the `>` of a tag; one in a quoted attribute does not count. */
function tagEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '>') return at + 1;
    if (character === '"' || character === "'") at = behind(text, character, at + 1) - 1;
  }
  throw unreadable('a "<" without its ">"');
}

/** What stands between `<` and `>`. */
function readTag(open: OpenElement[], tag: string): void {
  const isEnd = tag.startsWith('/');
  const name = NAME.exec(tag.slice(isEnd ? 1 : 0, LONGEST_NAME))?.[0];
  if (name === undefined) throw unreadable('a "<" that begins nothing');
  if (isEnd) close(open, name);
  else if (tag.endsWith('/')) open.at(-1)?.children.push({ name, children: [], text: '' });
  else if (open.length > MOST_DEPTH) throw unreadable(`elements more than ${MOST_DEPTH} deep`);
  else open.push({ name, children: [], text: '' });
}

/** Every element of a name, at any depth, outer ones first. */
export function* elementsNamed(name: string, element: XmlElement): Generator<XmlElement, void> {
  for (const child of element.children) {
    if (child.name === name) yield child;
    yield* elementsNamed(name, child);
  }
}

/** The text of the first child of a name; empty without one. */
export function textOf(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}

function close(open: OpenElement[], name: string): void {
  const element = open.pop();
  const outer = open.at(-1);
  if (element === undefined || outer === undefined || element.name !== name) throw unreadable(`</${name}> without a beginning`);
  outer.children.push({ name, children: element.children, text: element.text.trim() });
}

function withCharacters(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (_, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? '';
    const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return point <= 0x10_ff_ff ? String.fromCodePoint(point) : '';
  });
}

function unreadable(what: string): MarketDataError {
  return new MarketDataError({
    code: 'IBKR_SCANNER_UNREADABLE',
    message: `The parameters of scans that the broker sent are no sound XML: ${what}`,
    tips: ['The text as it came is in `xml`.'],
  });
}
