import type { IniContent } from './ini-document.js';
import { KEYS } from './keys.js';
import type { CustomSections, SourcedValue } from './layer.js';
import type { ConfigKey } from './values.js';

const DURATION_KEYS: ReadonlySet<ConfigKey> = new Set(['connectionTimeoutMs', 'requestTimeoutMs', 'retryDelayMs', 'logFileRotateAfterMs', 'logFileKeepForMs'] as const);

/** A value as a file holds it. Durations carry their unit, so that they never depend on the rule for bare numbers. */
function asText(key: ConfigKey, value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return DURATION_KEYS.has(key) ? durationText(Number(value)) : String(value);
}

function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** What a file says about given values and the user's own sections. */
export function fileContent(given: ReadonlyMap<ConfigKey, SourcedValue>, custom: CustomSections): IniContent {
  const content = new Map<string, Map<string, string>>();
  for (const { key, section, name } of KEYS) {
    const found = given.get(key);
    if (found === undefined) continue;
    const entries = content.get(section) ?? new Map<string, string>();
    content.set(section, entries.set(name, asText(key, found.value)));
  }
  for (const [section, entries] of Object.entries(custom)) content.set(section, new Map(Object.entries(entries)));
  return content;
}

/** The same as JSON: numbers, booleans and lists keep their kind. */
export function jsonText(given: ReadonlyMap<ConfigKey, SourcedValue>, custom: CustomSections): string {
  const content: Record<string, Record<string, unknown>> = {};
  for (const { key, section, name } of KEYS) {
    const found = given.get(key);
    if (found === undefined) continue;
    const value = DURATION_KEYS.has(key) ? asText(key, found.value) : found.value;
    content[section] = { ...content[section], [name]: value };
  }
  return `${JSON.stringify({ ...content, ...custom }, null, 2)}\n`;
}
