import { readFile } from 'node:fs/promises';
import { UsageError } from '@ibkit/error-codes';
import { TimeZone } from '@ibkit/clock';
import { FAULT_TYPES, isFault } from '../faults/catalogue.js';
import { AFTER } from '../faults/triggers.js';
import { CLOCK_COMMAND, MARKET_COMMAND } from './commands.js';
import { fieldsOf, finiteNumber, flag, listOf, oneOf, optional, refuse, rule, text, wholeNumber, within } from './rules.js';
const MOST_STEPS = 1_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/;
const ZONE = rule('must be an IANA time zone', (value) => {
    if (typeof value !== 'string')
        return false;
    try {
        return Number.isFinite(new TimeZone(value).offsetMs(0));
    }
    catch {
        return false;
    }
});
const FAULT = {
    check: (value, field) => {
        isFault(value, field);
    },
};
const FAULT_TYPE = rule('must be the type of a fault, or all', (value) => typeof value === 'string' && (value === 'all' || isKnownType(value)));
const STEP_FIELDS = fieldsOf({
    after: optional(AFTER),
    at: optional(rule('must be HH:MM or HH:MM:SS', (value) => typeof value === 'string' && TIME_OF_DAY.test(value))),
    zone: optional(ZONE),
    repeat: optional(flag),
    fault: optional(FAULT),
    endFaults: optional(FAULT_TYPE),
    market: optional(MARKET_COMMAND),
    clock: optional(CLOCK_COMMAND),
    approve: optional(rule('must be true', (value) => value === true)),
    comment: optional(text(2_000)),
    then: optional({
        check: (value, field) => {
            STEPS.check(value, field);
        },
    }),
}, 'a step');
const STEP = {
    check: (value, field) => {
        STEP_FIELDS.check(value, field);
        if (value.at !== undefined && value.after !== undefined)
            refuse(within(field, 'at'), 'must not be given together with after', value.at);
        if (value.repeat === true && value.at === undefined && (value.after === undefined || typeof value.after === 'number')) {
            refuse(within(field, 'repeat'), 'needs at, or an after with messages, message or client', value.repeat);
        }
    },
};
const STEPS = listOf(STEP, MOST_STEPS);
const OPTIONS = fieldsOf({
    seed: optional(wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
    accounts: optional(listOf(text(40), 100)),
    speed: optional(finiteNumber(0.000_001, 1_000_000)),
    startAtMs: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    pacing: optional(oneOf('off', 'strict', 'pace')),
    messagesPerSecond: optional(wholeNumber(1, 1_000_000)),
    dataPermission: optional(oneOf('live', 'delayed')),
    maxServerVersion: optional(wholeNumber(157, 193)),
    maxPendingBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
}, 'options');
const SCENARIO = fieldsOf({ name: text(100), description: optional(text(10_000)), options: optional(OPTIONS), steps: STEPS }, 'a scenario');
function isKnownType(type) {
    return FAULT_TYPES.includes(type);
}
/** @throws UsageError that names field, value and rule. */
export function checkScenario(value) {
    SCENARIO.check(value, '');
    return value;
}
/**
 * Reads a scenario from a JSON file, or checks one that is given.
 * @throws UsageError when there is no such file, when it is no JSON, and for what is wrong in it.
 */
export async function loadScenario(source) {
    if (typeof source !== 'string')
        return checkScenario(source);
    const wrong = (rule, cause) => new UsageError({ field: 'scenario', value: source, rule, cause });
    let json;
    try {
        json = await readFile(source, 'utf8');
    }
    catch (error) {
        throw wrong(`must be a file that can be read (${error instanceof Error ? error.message : String(error)})`, error);
    }
    let value;
    try {
        value = JSON.parse(json);
    }
    catch (error) {
        throw wrong(`must be a JSON file (${error instanceof Error ? error.message : String(error)})`, error);
    }
    return checkScenario(value);
}
