import { readFile } from 'node:fs/promises';
import { UsageError } from '@ibkit/error-codes';
import { TimeZone } from '@ibkit/clock';
import { FAULT_TYPES, isFault } from '../faults/catalogue.js';
import type { SimulatorFault, SimulatorFaultType } from '../faults/catalogue.js';
import { AFTER } from '../faults/triggers.js';
import type { After } from '../faults/triggers.js';
import type { SessionMode } from '../market/instrument-days.js';
import type { PacingMode } from '../server/message-pacer.js';
import type { DataPermission } from '../server/route-context.js';
import { CLOCK_COMMAND, MARKET_COMMAND } from './commands.js';
import type { ClockCommand, MarketCommand } from './commands.js';
import { MANUAL_ORDER } from './manual-orders.js';
import type { ManualOrder } from './manual-orders.js';
import { fieldsOf, finiteNumber, flag, listOf, oneOf, optional, refuse, rule, text, wholeNumber, within } from './rules.js';
import type { Rule } from './rules.js';

/** One step: when (`after` or `at`), what (any of the rest), and what comes then. */
export interface ScenarioStep {
  /** Real milliseconds or a moment, counted from the start of the scenario, or from the step that this one follows. @defaultValue 0: at once */
  readonly after?: After | undefined;
  /** Instead of `after`: the next time that the simulator's clock shows `HH:MM` or `HH:MM:SS` in `zone`. */
  readonly at?: string | undefined;
  /** IANA name. @defaultValue `America/New_York` */
  readonly zone?: string | undefined;
  /** Every time, not only the first. @defaultValue false */
  readonly repeat?: boolean | undefined;
  readonly fault?: SimulatorFault | undefined;
  /** Ends faults: of a type, or with `all`. */
  readonly endFaults?: SimulatorFaultType | 'all' | undefined;
  readonly market?: MarketCommand | undefined;
  readonly clock?: ClockCommand | undefined;
  /** Corrects the newest execution: its price changes by so much, and it comes again with a higher last part of its id. */
  readonly correct?: { readonly by: number } | undefined;
  /** Somebody places an order in TWS itself. */
  readonly manualOrder?: ManualOrder | undefined;
  /** A human approves the weekly login. */
  readonly approve?: true | undefined;
  /** For the reader. */
  readonly comment?: string | undefined;
  /** Steps that begin to wait when this one is done. */
  readonly then?: readonly ScenarioStep[] | undefined;
}

/** Options of the simulator that a scenario brings; those given to `createSimulator` win. */
export interface ScenarioOptions {
  readonly seed?: number | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly speed?: number | undefined;
  readonly startAtMs?: number | undefined;
  readonly sessions?: SessionMode | undefined;
  readonly lockStep?: boolean | undefined;
  readonly pacing?: PacingMode | undefined;
  readonly messagesPerSecond?: number | undefined;
  readonly dataPermission?: DataPermission | undefined;
  readonly maxServerVersion?: number | undefined;
  readonly maxPendingBytes?: number | undefined;
}

/** What a simulator does wrong, and when. */
export interface Scenario {
  readonly name: string;
  readonly description?: string | undefined;
  readonly options?: ScenarioOptions | undefined;
  readonly steps: readonly ScenarioStep[];
}

const MOST_STEPS = 1_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/;

const ZONE: Rule<string> = rule('must be an IANA time zone', (value): value is string => {
  if (typeof value !== 'string') return false;
  try {
    return Number.isFinite(new TimeZone(value).offsetMs(0));
  } catch {
    return false;
  }
});

const FAULT: Rule<SimulatorFault> = {
  check: (value, field): asserts value is SimulatorFault => {
    isFault(value, field);
  },
};

const FAULT_TYPE: Rule<SimulatorFaultType | 'all'> = rule('must be the type of a fault, or all', (value): value is SimulatorFaultType | 'all' => typeof value === 'string' && (value === 'all' || isKnownType(value)));

const STEP_FIELDS: Rule<ScenarioStep> = fieldsOf<ScenarioStep>(
  {
    after: optional(AFTER),
    at: optional(rule('must be HH:MM or HH:MM:SS', (value): value is string => typeof value === 'string' && TIME_OF_DAY.test(value))),
    zone: optional(ZONE),
    repeat: optional(flag),
    fault: optional(FAULT),
    endFaults: optional(FAULT_TYPE),
    market: optional(MARKET_COMMAND),
    clock: optional(CLOCK_COMMAND),
    correct: optional(fieldsOf({ by: finiteNumber(-1_000_000, 1_000_000) }, 'correct')),
    manualOrder: optional(MANUAL_ORDER),
    approve: optional(rule('must be true', (value): value is true => value === true)),
    comment: optional(text(2_000)),
    then: optional({
      check: (value, field): asserts value is readonly ScenarioStep[] => {
        STEPS.check(value, field);
      },
    }),
  },
  'a step',
);

const STEP: Rule<ScenarioStep> = {
  check: (value, field): asserts value is ScenarioStep => {
    STEP_FIELDS.check(value, field);
    if (value.at !== undefined && value.after !== undefined) refuse(within(field, 'at'), 'must not be given together with after', value.at);
    if (value.repeat === true && value.at === undefined && (value.after === undefined || typeof value.after === 'number')) {
      refuse(within(field, 'repeat'), 'needs at, or an after with messages, message or client', value.repeat);
    }
  },
};

const STEPS: Rule<readonly ScenarioStep[]> = listOf(STEP, MOST_STEPS);

const OPTIONS: Rule<ScenarioOptions> = fieldsOf<ScenarioOptions>(
  {
    seed: optional(wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
    accounts: optional(listOf(text(40), 100)),
    speed: optional(finiteNumber(0.000_001, 1_000_000)),
    startAtMs: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    sessions: optional(oneOf('always', 'calendar')),
    lockStep: optional(flag),
    pacing: optional(oneOf('off', 'strict', 'pace')),
    messagesPerSecond: optional(wholeNumber(1, 1_000_000)),
    dataPermission: optional(oneOf('live', 'delayed')),
    maxServerVersion: optional(wholeNumber(157, 193)),
    maxPendingBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  },
  'options',
);

const SCENARIO: Rule<Scenario> = fieldsOf<Scenario>({ name: text(100), description: optional(text(10_000)), options: optional(OPTIONS), steps: STEPS }, 'a scenario');

function isKnownType(type: string): boolean {
  return FAULT_TYPES.includes(type);
}

/** @throws UsageError that names field, value and rule. */
export function checkScenario(value: unknown): Scenario {
  SCENARIO.check(value, '');
  return value;
}

/**
 * Reads a scenario from a JSON file, or checks one that is given.
 * @throws UsageError when there is no such file, when it is no JSON, and for what is wrong in it.
 */
export async function loadScenario(source: string | Scenario): Promise<Scenario> {
  if (typeof source !== 'string') return checkScenario(source);
  const wrong = (rule: string, cause: unknown): UsageError => new UsageError({ field: 'scenario', value: source, rule, cause });
  let json: string;
  try {
    json = await readFile(source, 'utf8');
  } catch (error) {
    throw wrong(`must be a file that can be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong(`must be a JSON file (${error instanceof Error ? error.message : String(error)})`, error);
  }
  return checkScenario(value);
}
