function sideOf(text) {
    if (text === 'BUY')
        return 'BOT';
    return text === 'SELL' || text === 'SSHORT' ? 'SLD' : text;
}
function fits({ execution }, filter) {
    const { clientId, account = '', sinceMs, symbol = '', secType = '', exchange = '', side = '' } = filter;
    const { instrument } = execution;
    if (clientId !== undefined && clientId !== execution.clientId)
        return false;
    if (account !== '' && account !== execution.account)
        return false;
    if (sinceMs !== undefined && execution.atMs < sinceMs)
        return false;
    if (symbol !== '' && symbol.toUpperCase() !== instrument.symbol)
        return false;
    if (secType !== '' && secType.toUpperCase() !== instrument.secType)
        return false;
    if (exchange !== '' && exchange.toUpperCase() !== execution.exchange && exchange.toUpperCase() !== 'SMART')
        return false;
    return side === '' || sideOf(side.toUpperCase()) === execution.side;
}
/** Every fill since the start, in order. */
export class ExecutionLog {
    #entries = [];
    add(entry) {
        this.#entries.push(entry);
    }
    all() {
        return [...this.#entries];
    }
    /** The last version of the execution whose id begins with this, the part that counts corrections left out. */
    newest(root) {
        return this.#entries.findLast(({ execution }) => execution.execId.slice(0, execution.execId.lastIndexOf('.')) === root);
    }
    find(filter) {
        return this.#entries.filter((entry) => fits(entry, filter));
    }
}
