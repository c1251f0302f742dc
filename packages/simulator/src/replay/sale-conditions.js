/** Letters of the consolidated tape for the bits of a LEAN sale condition; bits without a letter (regular, exempt from trade-through) are not shown. */
const LETTERS = [
    [1, 'C'], // cash
    [2, 'N'], // next day
    [3, 'R'], // seller
    [4, 'Y'], // yellow flag
    [5, 'F'], // intermarket sweep
    [6, 'O'], // opening
    [7, '6'], // closing
    [8, '5'], // reopening
    [9, '4'], // derivatively priced
    [10, 'T'], // form T
    [11, 'L'], // sold last
    [13, 'T'], // extended hours
    [14, 'Z'], // out of sequence
    [15, 'S'], // split
    [16, 'A'], // acquisition
    [17, 'B'], // bunched
    [18, 'V'], // stock and option
    [19, 'D'], // distribution
    [20, 'W'], // average price
    [21, 'X'], // cross
    [22, 'H'], // price variation
    [23, 'K'], // rule 155
    [24, 'M'], // official close
    [25, 'P'], // prior reference price
    [26, 'Q'], // official open
    [28, 'E'], // automatic execution
    [31, 'I'], // odd lot
];
const texts = new Map();
/** The sale conditions as TWS prints them, letters separated by spaces; empty for a regular trade. */
export function conditionsText(bits) {
    const known = texts.get(bits);
    if (known !== undefined)
        return known;
    const letters = new Set(LETTERS.filter(([bit]) => ((bits >>> bit) & 1) === 1).map(([, letter]) => letter));
    const text = [...letters].join(' ');
    texts.set(bits, text);
    return text;
}
