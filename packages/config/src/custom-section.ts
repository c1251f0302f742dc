import { keyNamed, pathOf } from './keys.js';
import type { LayerBuilder } from './layer.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/u;
const NAME_RULE = 'must begin with a letter and have only letters, digits, - and _';
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/u;

/** Takes one of the user's own sections: flat, and everything in it as text. */
export function readCustomSection(name: string, content: object, source: string, builder: LayerBuilder): void {
  if (!NAME.test(name)) {
    builder.problem({ path: `[${name}]`, rule: NAME_RULE, source });
    return;
  }
  const entries: Record<string, string> = {};
  for (const [key, value] of Object.entries(content)) {
    const path = `${name}.${key}`;
    if (!NAME.test(key)) builder.problem({ path, rule: NAME_RULE, source });
    else if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      builder.problem({ path, rule: 'must be a text, a number, true or false: sections of your own are flat', source });
    } else if (CONTROL.test(String(value))) builder.problem({ path, rule: 'must not have line breaks or control characters', source });
    else entries[key] = String(value);
  }
  builder.section(name, entries);
  warnOfOurs(name, Object.keys(entries), source, builder);
}

/** A section with a client id is about the gateway: whoever wrote it believes that its address is used. */
function warnOfOurs(name: string, keys: readonly string[], source: string, builder: LayerBuilder): void {
  const ours = keys.flatMap((key) => {
    const known = keyNamed(key)?.key;
    return known === undefined ? [] : [{ key, known }];
  });
  if (!ours.some(({ known }) => known === 'clientId')) return;
  for (const { key, known } of ours) builder.warning({ path: `${name}.${key}`, rule: `is in a section of your own and was not used; ${pathOf(known)} is`, source });
}