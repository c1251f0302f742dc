import { parse } from 'ini';
import { OWN_SECTIONS, keyNamed, specOf } from './keys.js';

/** What an INI file says: texts by section and name, in order. */
export type IniContent = ReadonlyMap<string, ReadonlyMap<string, string>>;

// The same as the ini package reads: a header stands alone on its line, and begins it.
const HEADER = /^\[([^\]]*)\]\s*$/u;
const COMMENT_OR_BLANK = /^\s*([;#].*)?$/u;
const QUOTED = /^(".*"|'.*')$/u;
const PLAIN = /^[A-Za-z0-9_./:,@+-]([A-Za-z0-9_./:,@+ -]*[A-Za-z0-9_./:,@+-])?$/u;

/** A value as an INI file holds it: quoted when anything in it could be read as syntax. */
function encoded(value: string): string {
  // The reader's patterns stop at the two Unicode line ends.
  return PLAIN.test(value) ? value : JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function entry(name: string, value: string): string {
  return `${name} = ${encoded(value)}`;
}

/** Writes a file from nothing. */
export function writeIni(content: IniContent): string {
  const sections = [...content].filter(([, entries]) => entries.size > 0);
  return sections.map(([section, entries]) => [`[${section}]`, ...[...entries].map(([name, value]) => entry(name, value)), ''].join('\n')).join('\n');
}

/**
 * Brings an existing file to new content and keeps the rest: comments, blank lines, order, and lines that already say the right thing.
 * Lines of values that are gone are removed, with the comment behind them; a changed line keeps its comment.
 */
export function updateIni(existing: string, content: IniContent): string {
  const pending = new Map([...content].map(([section, entries]) => [section, new Map(entries)]));
  const lineEnd = existing.includes('\r\n') ? '\r\n' : '\n';
  const lines = existing.replace(/^\uFEFF/u, '').split(/\r\n|\r|\n/u);
  const output: string[] = [];
  let section = '';
  for (const line of lines) {
    const header = HEADER.exec(line);
    if (header !== null) {
      appendRest(output, pending, section);
      section = header[1]?.trim() ?? '';
      output.push(line);
    } else if (COMMENT_OR_BLANK.test(line)) output.push(line);
    else {
      const kept = keptLine(line, section, pending);
      if (kept !== undefined) output.push(kept);
    }
  }
  appendRest(output, pending, section);
  trimEnd(output);
  const rest = writeIni(pending);
  const text = [...output, ...(rest === '' ? [''] : output.length === 0 ? [rest] : ['', rest])].join('\n');
  return lineEnd === '\n' ? text : text.replaceAll('\n', lineEnd);
}

/** The line as it shall be: itself when it already says so, else rewritten; nothing when its value is gone. */
function keptLine(line: string, section: string, pending: Map<string, Map<string, string>>): string | undefined {
  const [name, value] = Object.entries(parse(line))[0] ?? [];
  if (name === undefined) return undefined;
  const target = locate(section, name);
  const wanted = pending.get(target.section)?.get(target.name);
  if (wanted === undefined) return undefined;
  pending.get(target.section)?.delete(target.name);
  return target.says(value, wanted) ? line : withComment(entry(target.name, wanted), wanted, commentBehind(line));
}

/** What stands behind a value, with its sign; as the ini package reads it. */
function commentBehind(line: string): string | undefined {
  const value = line.slice(line.indexOf('=') + 1).trim();
  if (QUOTED.test(value)) return undefined;
  const at = /(?<!\\)(?:\\\\)*[;#]/u.exec(value);
  return at === null ? undefined : value.slice(at.index + at[0].length - 1);
}

/** Behind a quoted value a comment would be read as part of it: then it stands above. */
function withComment(text: string, value: string, comment: string | undefined): string {
  if (comment === undefined) return text;
  return PLAIN.test(value) ? `${text} ${comment}` : `${comment}\n${text}`;
}

interface Place {
  readonly section: string;
  readonly name: string;
  /** Whether what a line holds already means the wanted text. */
  readonly says: (value: unknown, wanted: string) => boolean;
}

/** Own keys count by what they mean, wherever they stand and however they are spelled; the user's own by their very names. */
function locate(section: string, name: string): Place {
  const known = section === '' || OWN_SECTIONS.has(section.toLowerCase()) ? keyNamed(name) : undefined;
  if (known === undefined) return { section, name, says: (value, wanted) => String(value) === wanted };
  const spec = specOf(known.key);
  return { ...spec, says: (value, wanted) => String(known.read(value)) === String(spec.read(wanted)) };
}

/** Adds what a section still lacks behind its last entry, in front of the blank lines that end it. */
function appendRest(output: string[], pending: Map<string, Map<string, string>>, section: string): void {
  const own = pending.get(section) ?? pending.get(section.toLowerCase());
  if (own === undefined || own.size === 0) return;
  const blanks: string[] = [];
  while (output.length > 0 && output.at(-1)?.trim() === '') blanks.push(output.pop() ?? '');
  for (const [name, value] of own) output.push(entry(name, value));
  output.push(...blanks);
  own.clear();
}

function trimEnd(lines: string[]): void {
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
}
