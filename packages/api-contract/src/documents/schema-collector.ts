import * as z from 'zod';

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const LOCAL = '#/$defs/';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of a schema whose references go to the named schemas, without what its place says already. */
function moved(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, base));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
      if (key === '$defs' || key === '$schema') return [];
      if (key === '$ref' && typeof part === 'string') return [[key, part.replace(LOCAL, base)]];
      return [[key, moved(part, base)]];
    }),
  );
}

/**
 * Turns zod schemas into JSON Schemas (draft 2020-12) and gathers those that have a name (`meta({ id })`) in one place. Answers are open: a field
 * that a later version adds must not break a reader; requests are as closed as the schemas say.
 */
export class SchemaCollector {
  readonly #base: string;
  readonly #components = new Map<string, JsonSchema>();

  /** @param base what references to the named schemas begin with, such as `#/components/schemas/` */
  constructor(base: string) {
    this.#base = base;
  }

  /** The named schemas so far, sorted by name. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** One schema as JSON; a named one as the reference to where it is. */
  add(schema: z.ZodType): JsonSchema {
    const json: unknown = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', reused: 'inline' });
    if (!isRecord(json)) return {};
    for (const [name, definition] of Object.entries(isRecord(json['$defs']) ? json['$defs'] : {})) {
      const part = moved(definition, this.#base);
      if (isRecord(part)) this.#components.set(name, part);
    }
    const part = moved(json, this.#base);
    return isRecord(part) ? part : {};
  }
}
