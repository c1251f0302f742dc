import type { ConfigurationProblem } from '@ibkit/error-codes';
import { pathOf, specOf } from './keys.js';
import { RULES, valuesSchema } from './schema.js';
import type { ConfigKey } from './values.js';

/** A value with the place that it came from. */
export interface SourcedValue {
  readonly value: unknown;
  readonly source: string;
}

/** The user's own sections: texts by section and name. */
export type CustomSections = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What one source of configuration says. */
export interface Layer {
  readonly values: ReadonlyMap<ConfigKey, SourcedValue>;
  readonly sections: CustomSections;
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

/** Collects one layer, with every problem in it instead of the first. */
export class LayerBuilder {
  readonly #values = new Map<ConfigKey, SourcedValue>();
  readonly #sections: Record<string, Record<string, string>> = {};
  readonly #problems: ConfigurationProblem[] = [];
  readonly #warnings: ConfigurationProblem[] = [];

  /** Checks a value and takes it, or notes why not. */
  set(key: ConfigKey, value: unknown, source: string): void {
    const parsed = valuesSchema.shape[key].safeParse(value);
    if (parsed.success) {
      if (parsed.data === undefined) return;
      this.#values.set(key, { value: parsed.data, source });
    } else {
      this.problem({ path: pathOf(key), rule: RULES[key], source, ...(specOf(key).hidden === true ? {} : { value }) });
    }
  }

  section(name: string, entries: Readonly<Record<string, string>>): void {
    this.#sections[name] = { ...this.#sections[name], ...entries };
  }

  problem(problem: ConfigurationProblem): void {
    this.#problems.push(Object.freeze(problem));
  }

  warning(warning: ConfigurationProblem): void {
    this.#warnings.push(Object.freeze(warning));
  }

  build(): Layer {
    return { values: this.#values, sections: this.#sections, problems: this.#problems, warnings: this.#warnings };
  }
}
