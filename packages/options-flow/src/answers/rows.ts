import { z } from 'zod';

/** An object as the service sent it: every field under the service's own name, those that this package does not know included. */
export type FlowFields = Readonly<Record<string, unknown>>;

/** What every list answer has. */
export interface FlowList<Row> {
  readonly ticker: string;
  readonly rows: readonly Row[];
  /** As the service counts; the number of rows when it does not say. */
  readonly count: number;
  /** The whole answer. */
  readonly raw: FlowFields;
}

/** Any object. */
export const fields = z.record(z.string(), z.unknown());
/** A number; a decimal in a text is one too. */
export const decimal = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/u, 'must be a number').transform(Number).refine(Number.isFinite, 'must be a number')]);

const listHead = z.object({ ticker: z.string(), count: z.number().optional() });

/** Takes over what a part of an answer says against its schema. */
export function refuse(context: z.core.$RefinementCtx, { issues }: z.ZodError, at: readonly PropertyKey[] = []): typeof z.NEVER {
  for (const { path, message } of issues) context.addIssue({ code: 'custom', path: [...at, ...path], message });
  return z.NEVER;
}

/** The schema of a list answer whose rows are under `name`. */
export function listOf<Row>(name: string, row: z.ZodType<Row>): z.ZodType<FlowList<Row>> {
  const list = z.array(row);
  return fields.transform((raw, context): FlowList<Row> => {
    const head = listHead.safeParse(raw);
    if (!head.success) return refuse(context, head.error);
    const rows = list.safeParse(raw[name]);
    if (!rows.success) return refuse(context, rows.error, [name]);
    return { ticker: head.data.ticker, rows: rows.data, count: head.data.count ?? rows.data.length, raw };
  });
}
