/**
 * What was thrown, as an error: an `Error` as it is, anything else as one with its text as message and itself as `cause`. For a `catch` that hands on what
 * it got; never throws, whatever it is given.
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(textOf(thrown), { cause: thrown });
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    // An object without a prototype, or with a text of its own that throws: this is called where nobody catches any more.
    return 'something that has no text was thrown';
  }
}
