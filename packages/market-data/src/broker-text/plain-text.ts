/** C0 and C1 control characters but for tabs and line breaks, and what turns the direction of text around on a screen. */
const CONTROLS = /[^\P{Cc}\t\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
const BREAKS = /\r\n?/gu;

/** A text of the broker without control characters: it can be shown on a terminal and written into a log. Line breaks and tabs stay. */
export function plainText(text: string): string {
  return text.replace(BREAKS, '\n').replace(CONTROLS, '');
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/gu, ' ').trim();
}
