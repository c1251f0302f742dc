const CONTROL = /\p{Cc}/u;
const CONTROL_IN_DOCUMENT = /[^\P{Cc}\t\r\n]/u;

/** Fields that hold whole documents. */
const DOCUMENTS: ReadonlySet<string> = new Set(['xml']);

/**
 * The place of the first text with control characters in a message, such as `contract.symbol`; undefined when there is none. Lines and tabs are allowed in documents.
 * Such texts break the rules of every field in which they could be repeated to a client.
 */
export function unprintablePlace(value: unknown, place = ''): string | undefined {
  if (typeof value === 'string') {
    const rule = DOCUMENTS.has(place) ? CONTROL_IN_DOCUMENT : CONTROL;
    return rule.test(value) ? place : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = unprintablePlace(inner, place === '' ? key : `${place}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
