import { UsageError } from '@ibkit/error-codes';
/** Longest value that an error message repeats. */
const SHOWN_LENGTH = 80;
/** @throws UsageError always. */
export function refuse(field, rule, value) {
    const text = typeof value === 'string' && value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value;
    throw new UsageError({ field, rule, value: text });
}
/** A rule that a test of the value decides. */
export function rule(says, fits) {
    return {
        check: (value, field) => {
            if (!fits(value))
                refuse(field, says, value);
        },
    };
}
export function wholeNumber(min, max) {
    return rule(`must be a whole number from ${min} to ${max}`, (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max);
}
export function finiteNumber(min, max) {
    return rule(`must be a number from ${min} to ${max}`, (value) => typeof value === 'number' && value >= min && value <= max);
}
/** A text of 1 to `maxLength` characters. */
export function text(maxLength = 200) {
    return rule(`must be a text of 1 to ${maxLength} characters`, (value) => typeof value === 'string' && value.length > 0 && value.length <= maxLength);
}
export const flag = rule('must be true or false', (value) => typeof value === 'boolean');
export function oneOf(...choices) {
    const known = new Set(choices);
    return rule(`must be one of ${choices.map(String).join(', ')}`, (value) => known.has(value));
}
/** A list of `minLength` (1) to `maxLength` items. */
export function listOf(item, maxLength, minLength = 1) {
    return {
        check: (value, field) => {
            if (!Array.isArray(value) || value.length < minLength || value.length > maxLength)
                refuse(field, `must be a list of ${minLength} to ${maxLength} items`, value);
            const items = value;
            items.forEach((entry, index) => {
                item.check(entry, `${field}[${index}]`);
            });
        },
    };
}
/** The value may be missing. */
export function optional(present) {
    return {
        check: (value, field) => {
            if (value !== undefined)
                present.check(value, field);
        },
    };
}
export function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** An object with these fields, and whatever others. */
export function recordOf(rules) {
    return {
        check: (value, field) => {
            if (!isRecord(value))
                refuse(field, 'must be an object', value);
            const known = rules;
            for (const name of Object.keys(known)) {
                const own = known[name];
                own?.check(value[name], within(field, name));
            }
        },
    };
}
/** Names the field `name` inside `parent`; at the top there is no parent. */
export function within(parent, name) {
    return parent === '' ? name : `${parent}.${name}`;
}
/** An object with these fields and no others. */
export function fieldsOf(rules, what) {
    return {
        check: (value, field) => {
            if (!isRecord(value))
                refuse(field === '' ? what : field, 'must be an object', value);
            const known = rules;
            for (const name of Object.keys(value)) {
                if (!Object.hasOwn(known, name))
                    refuse(within(field, name), `must not be given: ${what} has only ${Object.keys(known).join(', ')}`, value[name]);
            }
            for (const name of Object.keys(known)) {
                const own = known[name];
                own?.check(value[name], within(field, name));
            }
        },
    };
}
