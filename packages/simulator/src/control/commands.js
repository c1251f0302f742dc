import { fieldsOf, finiteNumber, isRecord, oneOf, refuse, text, within } from './rules.js';
/** One command moves the clock by a week at most: whatever is due on the way happens at once. */
const LONGEST_STEP_MS = 7 * 86_400_000;
const HIGHEST_PRICE = 1_000_000_000;
const HIGHEST_SPEED = 1_000_000;
const SYMBOL = text(40);
const STEP = finiteNumber(0, LONGEST_STEP_MS);
const MARKET_SHAPES = {
    set: fieldsOf({ action: oneOf('set'), symbol: SYMBOL, price: finiteNumber(0.000_001, HIGHEST_PRICE) }, 'set'),
    gap: fieldsOf({ action: oneOf('gap'), symbol: SYMBOL, percent: finiteNumber(-99.999, 10_000) }, 'gap'),
    halt: fieldsOf({ action: oneOf('halt'), symbol: SYMBOL }, 'halt'),
    resume: fieldsOf({ action: oneOf('resume'), symbol: SYMBOL }, 'resume'),
};
const CLOCK_SHAPES = {
    pause: fieldsOf({ action: oneOf('pause') }, 'pause'),
    resume: fieldsOf({ action: oneOf('resume') }, 'resume'),
    step: fieldsOf({ action: oneOf('step'), ms: STEP }, 'step'),
    advance: fieldsOf({ action: oneOf('advance'), ms: STEP }, 'advance'),
    speed: fieldsOf({ action: oneOf('speed'), speed: finiteNumber(0.000_001, HIGHEST_SPEED) }, 'speed'),
};
function commandRule(shapes) {
    return {
        check: (value, field) => {
            if (!isRecord(value))
                refuse(field === '' ? 'command' : field, 'must be an object with an action', value);
            const { action } = value;
            const own = typeof action === 'string' && Object.hasOwn(shapes, action) ? shapes[action] : undefined;
            if (own === undefined)
                refuse(within(field, 'action'), `must be one of ${Object.keys(shapes).join(', ')}`, action);
            const shape = own;
            shape.check(value, field);
        },
    };
}
export const MARKET_COMMAND = commandRule(MARKET_SHAPES);
export const CLOCK_COMMAND = commandRule(CLOCK_SHAPES);
/** @throws UsageError for a command that is out of range, and for a symbol that is not listed. */
export function moveMarket(market, command) {
    MARKET_COMMAND.check(command, '');
    switch (command.action) {
        case 'set':
            market.setPrice(command.symbol, command.price);
            return;
        case 'gap':
            market.gap(command.symbol, command.percent);
            return;
        case 'halt':
            market.halt(command.symbol);
            return;
        case 'resume':
            market.resume(command.symbol);
    }
}
/** @throws UsageError for a command that is out of range. */
export function moveClock(market, command) {
    CLOCK_COMMAND.check(command, '');
    const clock = market.clock;
    switch (command.action) {
        case 'pause':
            clock.pause();
            return;
        case 'resume':
            // A replay that waits for its first subscriber stops waiting.
            market.release();
            clock.resume();
            return;
        case 'step':
            clock.pause();
            clock.advance(command.ms);
            return;
        case 'advance':
            clock.advance(command.ms);
            return;
        case 'speed':
            clock.setSpeed(command.speed);
    }
}
