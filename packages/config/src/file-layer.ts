import { parse } from 'ini';
import { readCustomSection } from './custom-section.js';
import { OWN_SECTIONS, keyNamed } from './keys.js';
import { LayerBuilder } from './layer.js';
import type { Layer } from './layer.js';

/** The formats of configuration files. */
export type FileFormat = 'ini' | 'json';

/** Reads the text of a file into a layer. Own sections may be left out: every key has one name in all of them. */
export function fileLayer(text: string, format: FileFormat, source: string): Layer {
  const builder = new LayerBuilder();
  const content = format === 'json' ? parseJson(text, source, builder) : parseIni(text);
  for (const [name, value] of Object.entries(content)) {
    if (!isSection(value)) readKey(name, name, value, source, builder);
    else if (OWN_SECTIONS.has(name.toLowerCase())) {
      for (const [key, inner] of Object.entries(value)) readKey(key, `${name}.${key}`, inner, source, builder);
    } else readCustomSection(name, value, source, builder);
  }
  return builder.build();
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The ini package takes the word null for the value; in a file of texts it is a text. */
function parseIni(text: string): Record<string, unknown> {
  const nullAsText = (value: unknown): unknown => (value === null ? 'null' : value);
  const content = parse(text.replace(/^\uFEFF/u, ''));
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [
      name,
      isSection(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nullAsText(inner)])) : nullAsText(value),
    ]),
  );
}

function parseJson(text: string, source: string, builder: LayerBuilder): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/u, ''));
    if (isSection(content)) return content;
  } catch {
    // The parser's message quotes the text, which may hold secrets: the problem below says enough.
  }
  builder.problem({ path: 'file', rule: 'must be a JSON object', source });
  return {};
}

function readKey(name: string, path: string, raw: unknown, source: string, builder: LayerBuilder): void {
  const known = keyNamed(name);
  if (known === undefined) builder.problem({ path, rule: 'is not a known key; put keys of your own into a section of your own', source });
  else if (raw !== '' && raw !== null) builder.set(known.key, known.read(raw), source);
}
