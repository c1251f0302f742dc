import { isRecord, refuse, within } from '../control/rules.js';
import { ACCOUNT_FAULTS } from './account-faults.js';
import type { AccountFault } from './account-faults.js';
import { BYTE_FAULTS } from './byte-faults.js';
import type { ByteFault } from './byte-faults.js';
import { CALLBACK_FAULTS } from './callback-faults.js';
import type { CallbackFault } from './callback-faults.js';
import { CONNECTION_FAULTS } from './connection-faults.js';
import type { ConnectionFault } from './connection-faults.js';
import { DATA_FAULTS } from './data-faults.js';
import type { DataFault } from './data-faults.js';
import type { FaultDefinition } from './fault.js';
import { LIFECYCLE_FAULTS } from './lifecycle-faults.js';
import type { LifecycleFault } from './lifecycle-faults.js';
import { NOTICE_FAULTS } from './notice-faults.js';
import type { NoticeFaultFamily } from './notice-faults.js';
import { ORDER_FAULTS } from './order-faults.js';
import type { OrderFault } from './order-faults.js';
import { TIME_FAULTS } from './time-faults.js';
import type { TimeFault } from './time-faults.js';

/** A misbehaviour of the server: when it begins (`after`), how long it lasts (`for`), and its parameters. */
export type SimulatorFault = ConnectionFault | ByteFault | NoticeFaultFamily | DataFault | OrderFault | CallbackFault | LifecycleFault | AccountFault | TimeFault;

/** The kinds of {@link SimulatorFault}. */
export type SimulatorFaultType = SimulatorFault['type'];

const DEFINITIONS: ReadonlyMap<string, FaultDefinition> = new Map(
  [...CONNECTION_FAULTS, ...BYTE_FAULTS, ...NOTICE_FAULTS, ...DATA_FAULTS, ...ORDER_FAULTS, ...CALLBACK_FAULTS, ...LIFECYCLE_FAULTS, ...ACCOUNT_FAULTS, ...TIME_FAULTS].map((definition) => [definition.type, definition]),
);

/** The names of every type of fault, sorted. */
export const FAULT_TYPES: readonly string[] = [...DEFINITIONS.keys()].sort();

/**
 * The definition of a fault that came from outside; the fault has been checked.
 * @throws UsageError that names field, value and rule.
 */
export function definitionOf(fault: unknown, path = ''): FaultDefinition {
  if (!isRecord(fault)) refuse(path === '' ? 'fault' : path, 'must be an object with a type', fault);
  const { type } = fault;
  const definition = typeof type === 'string' ? DEFINITIONS.get(type) : undefined;
  if (definition === undefined) refuse(within(path, 'type'), `must be one of ${FAULT_TYPES.join(', ')}`, type);
  definition.check(fault, path);
  return definition;
}

/** Whether a value is a fault. @throws UsageError that names field, value and rule. */
export function isFault(fault: unknown, path = ''): fault is SimulatorFault {
  definitionOf(fault, path);
  return true;
}
