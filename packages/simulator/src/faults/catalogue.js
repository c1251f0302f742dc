import { isRecord, refuse, within } from '../control/rules.js';
import { BYTE_FAULTS } from './byte-faults.js';
import { CALLBACK_FAULTS } from './callback-faults.js';
import { CONNECTION_FAULTS } from './connection-faults.js';
import { DATA_FAULTS } from './data-faults.js';
import { LIFECYCLE_FAULTS } from './lifecycle-faults.js';
import { NOTICE_FAULTS } from './notice-faults.js';
import { ORDER_FAULTS } from './order-faults.js';
const DEFINITIONS = new Map([...CONNECTION_FAULTS, ...BYTE_FAULTS, ...NOTICE_FAULTS, ...DATA_FAULTS, ...ORDER_FAULTS, ...CALLBACK_FAULTS, ...LIFECYCLE_FAULTS].map((definition) => [definition.type, definition]));
/** The names of every type of fault, sorted. */
export const FAULT_TYPES = [...DEFINITIONS.keys()].sort();
/**
 * The definition of a fault that came from outside; the fault has been checked.
 * @throws UsageError that names field, value and rule.
 */
export function definitionOf(fault, path = '') {
    if (!isRecord(fault))
        refuse(path === '' ? 'fault' : path, 'must be an object with a type', fault);
    const { type } = fault;
    const definition = typeof type === 'string' ? DEFINITIONS.get(type) : undefined;
    if (definition === undefined)
        refuse(within(path, 'type'), `must be one of ${FAULT_TYPES.join(', ')}`, type);
    definition.check(fault, path);
    return definition;
}
/** Whether a value is a fault. @throws UsageError that names field, value and rule. */
export function isFault(fault, path = '') {
    definitionOf(fault, path);
    return true;
}
