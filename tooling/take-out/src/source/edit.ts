/** A piece of a file put in the place of another. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One way to take a feature out. */
export interface Mutation {
  /** What is done, in words. */
  readonly operator: string;
  readonly edits: readonly Edit[];
}

/** The text of a file with its edits, which must not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.start - a.start).reduce((result, { start, end, text: replacement }) => result.slice(0, start) + replacement + result.slice(end), text);
}

/** Edits without those that lie inside of another one or repeat it. */
export function apart(edits: readonly Edit[]): readonly Edit[] {
  return edits.filter((edit, at) => !edits.some((other, otherAt) => other !== edit && other.file === edit.file && other.start <= edit.start && edit.end <= other.end && (other.start !== edit.start || other.end !== edit.end || otherAt < at)));
}
