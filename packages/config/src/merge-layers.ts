import { ConfigurationError } from '@ibkit/error-codes';
import type { ConfigurationProblem } from '@ibkit/error-codes';
import type { CustomSections, Layer, SourcedValue } from './layer.js';
import { RULES, valuesSchema } from './schema.js';
import { DEFAULT_CONFIG } from './values.js';
import type { ConfigKey, ConfigValues } from './values.js';

/** Layers on top of each other. */
export interface Merged {
  readonly values: ConfigValues;
  /** What the layers set, with its origin; defaults are not in it. */
  readonly given: ReadonlyMap<ConfigKey, SourcedValue>;
  readonly sections: CustomSections;
  readonly warnings: readonly ConfigurationProblem[];
}

/**
 * Puts layers on top of the defaults, the strongest last.
 * @throws ConfigurationError with the problems of all layers at once.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const given = new Map(layers.flatMap((layer) => [...layer.values]));
  const problems = layers.flatMap((layer) => layer.problems);
  const candidate = { ...DEFAULT_CONFIG, ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])) };
  const parsed = valuesSchema.safeParse(candidate);
  if (!parsed.success) throw new ConfigurationError({ problems: [...problems, { path: 'values', rule: 'must fit the schema' }] });
  const values = frozen(parsed.data);
  problems.push(...conflicts(values, given));
  if (problems.length > 0) throw new ConfigurationError({ problems });
  return { values, given, sections: mergeSections(layers), warnings: Object.freeze(layers.flatMap((layer) => layer.warnings)) };
}

function frozen(values: ConfigValues): ConfigValues {
  return Object.freeze({ ...values, allowedAccounts: Object.freeze([...values.allowedAccounts]) });
}

function conflicts(values: ConfigValues, given: ReadonlyMap<ConfigKey, SourcedValue>): ConfigurationProblem[] {
  const { accountId, allowedAccounts } = values;
  if (accountId === undefined || allowedAccounts.length === 0 || allowedAccounts.includes(accountId)) return [];
  return [{ path: 'account.account_id', rule: `${RULES.accountId} that is in account.allowed_accounts`, source: given.get('accountId')?.source }];
}

function mergeSections(layers: readonly Layer[]): CustomSections {
  const merged: Record<string, Readonly<Record<string, string>>> = {};
  for (const layer of layers) {
    for (const [name, entries] of Object.entries(layer.sections)) merged[name] = Object.freeze({ ...merged[name], ...entries });
  }
  // A header with nothing below it says nothing.
  return Object.freeze(Object.fromEntries(Object.entries(merged).filter(([, entries]) => Object.keys(entries).length > 0)));
}
