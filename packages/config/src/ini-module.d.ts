// The ini package ships no types; only what is used here is declared.
declare module 'ini' {
  export function parse(text: string): Record<string, unknown>;
}
