import type { CodeRecord } from './code-record.js';
import { ADVISOR_CODES } from './codes/advisor.js';
import { CONNECTION_CODES } from './codes/connection.js';
import { CONTRACT_AND_REQUEST_CODES } from './codes/contract-and-request.js';
import { HISTORICAL_CODES } from './codes/historical.js';
import { LOCAL_SEND_CODES } from './codes/local-sends.js';
import { MARKET_DATA_CODES } from './codes/market-data.js';
import { ORDER_BASIC_CODES } from './codes/order-basics.js';
import { ORDER_FRACTION_CODES } from './codes/order-fractions.js';
import { ORDER_STRUCTURE_CODES } from './codes/order-structures.js';
import { ORDER_VERDICT_CODES } from './codes/order-verdicts.js';
import { ORDER_WARNING_CODES } from './codes/order-warnings.js';
import { PACING_CODES } from './codes/pacing.js';
import { SYSTEM_NOTICE_CODES } from './codes/system-notices.js';

/** Every group of the table; no code is in two of them. */
export const CODE_GROUPS: readonly (readonly CodeRecord[])[] = [
  CONNECTION_CODES,
  LOCAL_SEND_CODES,
  SYSTEM_NOTICE_CODES,
  PACING_CODES,
  MARKET_DATA_CODES,
  HISTORICAL_CODES,
  CONTRACT_AND_REQUEST_CODES,
  ADVISOR_CODES,
  ORDER_BASIC_CODES,
  ORDER_STRUCTURE_CODES,
  ORDER_FRACTION_CODES,
  ORDER_VERDICT_CODES,
  ORDER_WARNING_CODES,
];

/** The table by code. */
export const CODE_TABLE: ReadonlyMap<number, CodeRecord> = new Map(CODE_GROUPS.flat().map((record) => [record.code, record]));
