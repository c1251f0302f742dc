import type { WireOrder, WireOrderCondition } from '@ibkit/wire';
import { decimalText } from '../decimal.js';
import { checkChoice, checkFlag, checkObject, checkText, fail, finite, positive, whole } from './invalid-field.js';
import { orderTimeText } from './order-time.js';
import type { OrderTime } from './order-time.js';
import { checkTriggerMethod, triggerMethodCode } from './trigger-methods.js';
import type { TriggerMethod } from './trigger-methods.js';

/** How a condition joins the one after it; `and` binds stronger. @defaultValue 'and' */
export type ConditionJoin = 'and' | 'or';

interface Joined {
  readonly join?: ConditionJoin | undefined;
}

interface Watched extends Joined {
  /** The contract that is watched: need not be the one that is traded. */
  readonly conId: number;
  /** @defaultValue 'SMART' */
  readonly exchange?: string | undefined;
  readonly is: 'above' | 'below';
}

/** The price of a contract. */
export interface PriceCondition extends Watched {
  readonly type: 'price';
  readonly price: number;
  readonly triggerMethod?: TriggerMethod | undefined;
}

/** The volume of a contract today. */
export interface VolumeCondition extends Watched {
  readonly type: 'volume';
  readonly volume: number;
}

/** The change of a contract since the last close, in percent. */
export interface PercentChangeCondition extends Watched {
  readonly type: 'percentChange';
  readonly percent: number;
}

/** A time. */
export interface TimeCondition extends Joined {
  readonly type: 'time';
  readonly is: 'after' | 'before';
  readonly time: OrderTime;
}

/** The margin cushion of the account, in percent. */
export interface MarginCondition extends Joined {
  readonly type: 'margin';
  readonly is: 'above' | 'below';
  readonly percent: number;
}

/** An execution of the account in some instrument. */
export interface ExecutionCondition extends Joined {
  readonly type: 'execution';
  readonly symbol: string;
  readonly secType: string;
  /** @defaultValue 'SMART' */
  readonly exchange?: string | undefined;
}

/** One condition (TWS API: OrderCondition). */
export type OrderCondition = PriceCondition | VolumeCondition | PercentChangeCondition | TimeCondition | MarginCondition | ExecutionCondition;

/** What must come true, and what happens then. */
export interface OrderConditions {
  readonly when: readonly OrderCondition[];
  /** Sends the order to its market, or cancels it. @defaultValue 'submit' */
  readonly then?: 'submit' | 'cancel' | undefined;
  /** Whether the conditions are watched outside regular trading hours. @defaultValue false */
  readonly outsideRth?: boolean | undefined;
}

interface StagedWatch {
  readonly join: ConditionJoin;
  readonly conId: number;
  readonly exchange: string;
  readonly is: 'above' | 'below';
}

/** A condition as the journal keeps it: amounts are decimal text, times are UTC. */
export type StagedCondition =
  | (StagedWatch & { readonly type: 'price'; readonly price: string; readonly triggerMethod: TriggerMethod })
  | (StagedWatch & { readonly type: 'volume'; readonly volume: number })
  | (StagedWatch & { readonly type: 'percentChange'; readonly percent: string })
  | { readonly type: 'time'; readonly join: ConditionJoin; readonly is: 'after' | 'before'; readonly time: string }
  | { readonly type: 'margin'; readonly join: ConditionJoin; readonly is: 'above' | 'below'; readonly percent: number }
  | { readonly type: 'execution'; readonly join: ConditionJoin; readonly symbol: string; readonly secType: string; readonly exchange: string };

/** {@link OrderConditions} as the journal keeps them. */
export interface StagedConditions {
  readonly when: readonly StagedCondition[];
  readonly then: 'submit' | 'cancel';
  readonly outsideRth: boolean;
}

const TYPES = ['price', 'volume', 'percentChange', 'time', 'margin', 'execution'] as const;
const MOST = 20;

function stageWatch(at: string, { join = 'and', conId, exchange = 'SMART', is }: Watched): StagedWatch {
  checkText(`${at}.exchange`, exchange, { required: true });
  checkChoice(`${at}.is`, is, ['above', 'below']);
  return { join, conId: whole(`${at}.conId`, conId, 1), exchange, is };
}

function stageCondition(at: string, condition: OrderCondition): StagedCondition {
  checkObject(at, condition);
  checkChoice(`${at}.type`, condition.type, TYPES);
  const { join = 'and' } = condition;
  checkChoice(`${at}.join`, join, ['and', 'or']);
  switch (condition.type) {
    case 'price': {
      const { price, triggerMethod = 'default' } = condition;
      checkTriggerMethod(`${at}.triggerMethod`, triggerMethod);
      return { ...stageWatch(at, condition), type: 'price', price: decimalText(finite(`${at}.price`, price)), triggerMethod };
    }
    case 'volume':
      return { ...stageWatch(at, condition), type: 'volume', volume: whole(`${at}.volume`, condition.volume, 1) };
    case 'percentChange':
      return { ...stageWatch(at, condition), type: 'percentChange', percent: decimalText(finite(`${at}.percent`, condition.percent)) };
    case 'time':
      checkChoice(`${at}.is`, condition.is, ['after', 'before']);
      return { type: 'time', join, is: condition.is, time: orderTimeText(`${at}.time`, condition.time) };
    case 'margin':
      checkChoice(`${at}.is`, condition.is, ['above', 'below']);
      return { type: 'margin', join, is: condition.is, percent: positive(`${at}.percent`, condition.percent) };
    case 'execution': {
      const { symbol, secType, exchange = 'SMART' } = condition;
      checkText(`${at}.symbol`, symbol, { required: true });
      checkText(`${at}.secType`, secType, { required: true });
      checkText(`${at}.exchange`, exchange, { required: true });
      return { type: 'execution', join, symbol, secType, exchange };
    }
  }
}

/** Checks conditions and gives them the form of the journal. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function stageConditions(conditions: OrderConditions): StagedConditions {
  checkObject('conditions', conditions);
  const { when, then = 'submit', outsideRth = false } = conditions;
  if (!Array.isArray(when) || when.length === 0 || when.length > MOST) fail('conditions.when', `must be a list of 1 to ${MOST} conditions`, when);
  checkChoice('conditions.then', then, ['submit', 'cancel']);
  checkFlag('conditions.outsideRth', outsideRth);
  return { when: conditions.when.map((condition, index) => stageCondition(`conditions.when[${index}]`, condition)), then, outsideRth };
}

function wireCondition(condition: StagedCondition): WireOrderCondition {
  const conjunctionConnection = condition.join === 'and' ? 'a' : 'o';
  switch (condition.type) {
    case 'price': {
      const { price, conId, exchange, triggerMethod } = condition;
      return { type: 'price', conjunctionConnection, isMore: condition.is === 'above', price: Number(price), conId, exchange, triggerMethod: triggerMethodCode(triggerMethod) };
    }
    case 'volume':
      return { type: 'volume', conjunctionConnection, isMore: condition.is === 'above', volume: condition.volume, conId: condition.conId, exchange: condition.exchange };
    case 'percentChange':
      return { type: 'percentChange', conjunctionConnection, isMore: condition.is === 'above', percentChange: Number(condition.percent), conId: condition.conId, exchange: condition.exchange };
    case 'time':
      return { type: 'time', conjunctionConnection, isMore: condition.is === 'after', time: condition.time };
    case 'margin':
      return { type: 'margin', conjunctionConnection, isMore: condition.is === 'above', percent: condition.percent };
    case 'execution':
      return { type: 'execution', conjunctionConnection, secType: condition.secType, exchange: condition.exchange, symbol: condition.symbol };
  }
}

/** The fields that carry conditions. */
export function wireConditions({ when, then, outsideRth }: StagedConditions): Pick<WireOrder, 'conditions' | 'conditionsIgnoreRth' | 'conditionsCancelOrder'> {
  return { conditions: when.map(wireCondition), conditionsIgnoreRth: outsideRth, conditionsCancelOrder: then === 'cancel' };
}
