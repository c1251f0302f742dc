/** US exchanges by the letter of the consolidated tape, as TWS spells them. */
const EXCHANGES = [
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
export function exchangeIndex(characterCode) {
    const index = EXCHANGES.findIndex(([code]) => code.charCodeAt(0) === characterCode);
    return index === -1 ? undefined : index;
}
/** The TWS name of an exchange index; `SMART` for trades of bar files, which name none. */
export function exchangeName(index) {
    return EXCHANGES[index]?.[1] ?? 'SMART';
}
/** Index of "no exchange named". */
export const NO_EXCHANGE = 255;
/** The letters that files may use. */
export const EXCHANGE_LETTERS = EXCHANGES.map(([code]) => code).join('');
