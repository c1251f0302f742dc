/** `0001f4e8.655f1a2b.01.02` corrects `0001f4e8.655f1a2b.01.01` (TWS API: Execution.execId). */
const REVISED = /^(.+\..+\..+)\.(\d{1,3})$/u;

/** Legs of combinations have five parts, everything else four (TWS API: Execution.execId). */
const LEG_PARTS = 5;

/** What an execution id is the newest of, and which revision it is. */
export function revisionOf(execId: string): { readonly base: string; readonly revision: number } {
  const match = REVISED.exec(execId);
  return { base: match?.[1] ?? execId, revision: Number(match?.[2] ?? 0) };
}

/** What an execution is of: the order itself, a combination as a whole, or one of its legs. */
export type ExecutionKind = 'whole' | 'combo' | 'leg';

/** Tells them apart: a combination is executed as a whole and, beside that, leg by leg, and only one of both may be counted. */
export function executionKindOf({ execId, secType, orderSecType }: { readonly execId: string; readonly secType: string | undefined; readonly orderSecType?: string | undefined }): ExecutionKind {
  if (secType === 'BAG') return 'combo';
  if (orderSecType !== undefined) return orderSecType === 'BAG' ? 'leg' : 'whole';
  return execId.split('.').length >= LEG_PARTS ? 'leg' : 'whole';
}

/** The newest revision of each; of equals the last. In the order in which they were first seen. */
export function newestRevisions<T>(items: Iterable<T>, execIdOf: (item: T) => string): readonly T[] {
  const newest = new Map<string, { readonly item: T; readonly revision: number }>();
  for (const item of items) {
    const { base, revision } = revisionOf(execIdOf(item));
    const known = newest.get(base);
    if (known === undefined || revision >= known.revision) newest.set(base, { item, revision });
  }
  return [...newest.values()].map(({ item }) => item);
}
