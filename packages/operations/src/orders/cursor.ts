import { UsageError } from '@ibkit/error-codes';

/** A place in a list as an opaque text. @param list which list it belongs to: a cursor of one is none of another */
export function cursorOf(list: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/** Reads {@link cursorOf} back. @throws {@link UsageError} for a text that is no cursor of this list. */
export function placeOf(list: string, cursor: string): readonly unknown[] {
  const parts = parsed(cursor);
  const [of, ...place] = isList(parts) ? parts : [];
  if (of !== list) throw badCursor();
  return place;
}

/** The error for a cursor that is none. */
export function badCursor(): UsageError {
  return new UsageError({ field: 'cursor', rule: 'must be the `next` of an earlier answer to the same question' });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
