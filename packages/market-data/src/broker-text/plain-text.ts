/** C0 and C1 control characters but for tabs and line breaks, and what turns the direction of text around on a screen. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
const BREAKS = /\r\n?/gu;

/** A text of the broker without control characters: it can be shown on a terminal and written into a log. Line breaks and tabs stay. */
export function plainText(text: string): string {
  return text.replace(BREAKS, '\n').replace(CONTROLS, '');
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/gu, ' ').trim();
}
