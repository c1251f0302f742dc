/** Which characters a text field takes. */
export type CharacterRule = 'ascii' | 'asciiLines' | 'line' | 'lines';

// C0 and C1 control characters would let one value pass for several fields, or disturb a terminal further on.
const PATTERNS: Readonly<Record<CharacterRule, RegExp>> = {
  ascii: /^[\x20-\x7e]*$/,
  asciiLines: /^[\x20-\x7e\t\r\n]*$/,
  // eslint-disable-next-line no-control-regex -- control characters are what this rule is about
  line: /^[^\x00-\x1f\x7f-\x9f]*$/,
  // eslint-disable-next-line no-control-regex -- control characters are what this rule is about
  lines: /^(?:[^\x00-\x1f\x7f-\x9f]|[\t\r\n])*$/,
};

const RULES: Readonly<Record<CharacterRule, string>> = {
  ascii: 'must be a string of printable ASCII characters',
  asciiLines: 'must be a string of printable ASCII characters and line breaks',
  line: 'must be a string without control characters',
  lines: 'must be a string without control characters other than tabs and line breaks',
};

/** A test for texts that keep to a rule. */
export function allowsOnly(rule: CharacterRule): (text: string) => boolean {
  const pattern = PATTERNS[rule];
  return (text) => pattern.test(text) && !hasLoneSurrogate(text);
}

/** The rule in words. */
export function describeText(rule: CharacterRule): string {
  return RULES[rule];
}

/** Half of a surrogate pair cannot be written as UTF-8. */
function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
