/** US exchanges by the letter of the consolidated tape, as TWS spells them. */
const EXCHANGES: readonly (readonly [code: string, name: string])[] = [
  ['A', 'AMEX'],
  ['B', 'BEX'],
  ['C', 'NSX'],
  ['D', 'FINRA'],
  ['H', 'PEARL'],
  ['I', 'ISE'],
  ['J', 'EDGEA'],
  ['K', 'DRCTEDGE'],
  ['L', 'LTSE'],
  ['M', 'CHX'],
  ['N', 'NYSE'],
  ['P', 'ARCA'],
  ['Q', 'ISLAND'],
  ['S', 'FINRA'],
  ['T', 'ISLAND'],
  ['U', 'MEMX'],
  ['V', 'IEX'],
  ['W', 'CBSX'],
  ['X', 'PSX'],
  ['Y', 'BYX'],
  ['Z', 'BATS'],
];

/** Index of a file's exchange letter, given as its character code; undefined for an unknown letter. */
export function exchangeIndex(characterCode: number): number | undefined {
  const index = EXCHANGES.findIndex(([code]) => code.charCodeAt(0) === characterCode);
  return index === -1 ? undefined : index;
}

/** The TWS name of an exchange index; `SMART` for trades of bar files, which name none. */
export function exchangeName(index: number): string {
  return EXCHANGES[index]?.[1] ?? 'SMART';
}

/** Index of "no exchange named". */
export const NO_EXCHANGE = 255;

/** The letters that files may use. */
export const EXCHANGE_LETTERS: string = EXCHANGES.map(([code]) => code).join('');

/** Index of an exchange by its TWS name or its letter; undefined for an unknown one. `SMART` is no exchange. */
export function exchangeOfName(name: string): number | undefined {
  if (name === 'SMART') return NO_EXCHANGE;
  if (name === 'NASDAQ') return exchangeOfName('ISLAND');
  const index = EXCHANGES.findIndex(([code, known]) => code === name || known === name);
  return index === -1 ? undefined : index;
}
