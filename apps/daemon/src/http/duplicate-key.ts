interface Level {
  /** Of an object; absent in a list. */
  readonly keys: Set<string> | undefined;
  /** Whether a text that comes now is a key. */
  key: boolean;
}

/**
 * The first key that an object of a JSON text has twice; `undefined` when none has. Readers disagree about which of the two counts, so that such a
 * text may mean one order to its writer and another to us (RFC 8259, section 4).
 * @param text valid JSON
 */
export function duplicateKey(text: string): string | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1);
    const sign = text[at];
    if (sign === '{') levels.push({ keys: new Set(), key: true });
    else if (sign === '[') levels.push({ keys: undefined, key: false });
    else if (sign === '}' || sign === ']') levels.pop();
    else if (sign === ',' && level?.keys !== undefined) level.key = true;
    else if (sign === '"') {
      const end = endOfText(text, at);
      if (level?.key === true && level.keys !== undefined) {
        const name = String(JSON.parse(text.slice(at, end + 1)));
        if (level.keys.has(name)) return name;
        level.keys.add(name);
        level.key = false;
      }
      at = end;
    }
  }
  return undefined;
}

/** Where the text ends that begins with the quotation mark at `start`. */
function endOfText(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}
