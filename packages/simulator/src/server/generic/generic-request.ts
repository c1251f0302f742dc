import type { Product } from '../../brokerage/combo.js';
import { providersIn } from '../news/news-routes.js';
import type { NewsProvider } from '../news/stories.js';
import { NEWS_PROVIDERS } from '../news/stories.js';
import { GENERIC_RULES } from './generic-rules.js';
import type { GenericRule } from './generic-rules.js';

const NEWS = 292;

/** What a generic tick list asks for. */
export interface GenericRequest {
  readonly rules: readonly GenericRule[];
  /** Whose stories; empty when no news are wanted. */
  readonly providers: readonly NewsProvider[];
  /** `mdoff`: only generic ticks are wanted. */
  readonly withoutDefaults: boolean;
  /** What of the list TWS would not know; empty when it is fine. */
  readonly unknown: readonly string[];
}

function itemsOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Whether a list asks for nothing. */
export function isEmptyList(list: string): boolean {
  return itemsOf(list).length === 0;
}

/** TWS API: a list such as `233,mdoff,292:SIMN+SIMB`. News without providers means all of them. */
export function readGenericTicks(list: string, secType: Product['secType']): GenericRequest {
  const rules: GenericRule[] = [];
  const providers: NewsProvider[] = [];
  const unknown: string[] = [];
  for (const item of itemsOf(list)) {
    if (item === 'mdoff') continue;
    const [id = '', names] = item.split(':');
    const rule = GENERIC_RULES.find((known) => String(known.id) === id && known.secTypes.some((type) => type === secType));
    const named = names === undefined ? NEWS_PROVIDERS : providersIn(names);
    if (rule === undefined || (names !== undefined && (rule.id !== NEWS || named === undefined))) {
      unknown.push(item);
      continue;
    }
    rules.push(rule);
    if (rule.id === NEWS && named !== undefined) providers.push(...named);
  }
  return { rules, providers: [...new Set(providers)], withoutDefaults: itemsOf(list).includes('mdoff'), unknown };
}

/** TWS API: the text of 321 for a list with something unknown in it. */
export function incorrectListText(list: string, secType: Product['secType']): string {
  const legal = GENERIC_RULES.filter(({ secTypes }) => secTypes.some((type) => type === secType)).map(({ id, name }) => `${id}(${name})`);
  return `Error validating request.-'reqMktData' : cause - Incorrect generic tick list of ${list}.  Legal ones for (${secType}) are: ${legal.join(',')}`;
}
