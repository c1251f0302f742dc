import { fieldsOf, optional } from '../control/rules.js';
import { AFTER, MILLISECONDS } from './triggers.js';
/** Declares a type of fault. */
export function defineFault(spec) {
    const rules = {
        type: { check: () => undefined },
        ...spec.rules,
        after: optional(AFTER),
        for: optional(MILLISECONDS),
    };
    const shape = fieldsOf(rules, `the fault ${spec.type}`);
    const isChecked = (fault, path) => {
        shape.check(fault, path);
        return true;
    };
    return {
        type: spec.type,
        defaultForMs: spec.defaultForMs,
        check: (fault, path) => {
            isChecked(fault, path);
        },
        begin: (fault, host, done) => (isChecked(fault, '') ? spec.begin(fault, host, done) : {}),
    };
}
/** The effect of a fault that is over as soon as it has acted. */
export function once(act, done) {
    return {
        start: () => {
            act();
            done();
        },
    };
}
