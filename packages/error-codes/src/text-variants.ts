import type { CodeRecord } from './code-record.js';

/** One meaning of a code that stands for several, told apart by the text. */
export interface TextVariant {
  readonly when: RegExp;
  /** What it changes about the code's record. */
  readonly then: Omit<Partial<CodeRecord>, 'code'>;
}

const VARIANTS: ReadonlyMap<number, readonly TextVariant[]> = new Map<number, readonly TextVariant[]>([]);

/** What the text changes about a code's record; the first match wins. */
export function variantOf(code: number, text: string): TextVariant['then'] | undefined {
  return VARIANTS.get(code)?.find(({ when }) => when.test(text))?.then;
}
