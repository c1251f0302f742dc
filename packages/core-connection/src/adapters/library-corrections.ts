import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import type { ServerMessage } from '@ibkit/wire';

/**
 * Where `@stoqey/ib` 1.6.10 decodes wrongly and the face tells what is right. This is the whole list; everything else is the library's own
 * value, and a contract test compares the two event by event.
 *
 * | event | the library | the face |
 * | --- | --- | --- |
 * | `tickSize` | the size that comes with a bid price is lost | emitted behind its `tickPrice`, as for ask and last |
 * | `tickPrice` | any attribute bit counts as "can auto-execute" | bit 0 alone does; all bits are in the typed message |
 * | `tickReqParams` | `minTick` is cut to an integer, 0.01 becomes 0 | the number |
 * | `contractDetails`, `bondContractDetails` | the last trade date keeps time and zone | date, and `lastTradeTime` (bonds: also `timeZoneId`) |
 * | events with a contract | no multiplier is 0 | no multiplier is `undefined` |
 * | `completedOrder` | below server version 177 a field is missed and all behind it are wrong | read with `faProfile` |
 * | `error` | an `advancedOrderReject` that is not JSON ends the process | told as text |
 */
const COMPLETED_ORDER = '101';
/** TWS API: the server version that no longer sends FA profiles. */
const FA_PROFILE_ENDS = 177;
/** Where a completed order has its FA profile: behind the id, eleven fields of the contract, and 19 of the order. */
const FA_PROFILE_AT = 31;

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The tokens as the library should get them. */
export function tokensForLibrary(tokens: readonly string[], serverVersion: number): readonly string[] {
  return tokens[0] === COMPLETED_ORDER && serverVersion < FA_PROFILE_ENDS ? tokens.toSpliced(FA_PROFILE_AT, 1) : tokens;
}

/** The arguments of an event as they should be. Changes the objects in them, which nobody else has seen yet. */
export function correctedArguments(name: EventName, args: readonly unknown[], message: ServerMessage | undefined): readonly unknown[] {
  switch (message?.type) {
    case 'tickPrice':
      return name === EventName.tickPrice ? args.with(3, (message.attrMask & 1) !== 0) : args;
    case 'tickReqParams':
      return message.minTick === undefined ? args : args.with(1, message.minTick);
    case 'contractDetails':
      correctDetails(args[1], message.details.contract.multiplier);
      return args;
    case 'bondContractDetails':
      correctBond(args[1]);
      return args;
    case 'openOrder':
      correctMultiplier(args[1], message.contract.multiplier);
      return args;
    case 'completedOrder':
      correctMultiplier(args[0], message.contract.multiplier);
      if (isObject(args[1]) && message.order.faProfile !== undefined) args[1]['faProfile'] = message.order.faProfile;
      return args;
    case 'execDetails':
    case 'position':
    case 'positionMulti':
    case 'portfolioValue':
      for (const arg of args) correctMultiplier(arg, message.contract.multiplier);
      return args;
    default:
      return args;
  }
}

/** Takes the library's 0 out of a contract that has no multiplier. */
function correctMultiplier(contract: unknown, multiplier: string | undefined): void {
  if (multiplier === undefined && isObject(contract) && contract['multiplier'] === 0) contract['multiplier'] = undefined;
}

function correctDetails(details: unknown, multiplier: string | undefined): void {
  if (!isObject(details)) return;
  const { contract } = details;
  correctMultiplier(contract, multiplier);
  if (!isObject(contract)) return;
  const parts = partsOf(contract['lastTradeDateOrContractMonth']);
  if (parts === undefined) return;
  [contract['lastTradeDateOrContractMonth'], details['lastTradeTime']] = parts;
}

function correctBond(details: unknown): void {
  if (!isObject(details)) return;
  const parts = partsOf(details['maturity']);
  if (parts === undefined) return;
  const [date, time, zone] = parts;
  details['maturity'] = date;
  details['lastTradeTime'] = time;
  if (zone !== undefined) details['timeZoneId'] = zone;
}

/** Date, time and zone of a text that holds more than a date. */
function partsOf(text: unknown): readonly string[] | undefined {
  return typeof text === 'string' && text.includes(' ') ? text.trim().split(/\s+/u) : undefined;
}
