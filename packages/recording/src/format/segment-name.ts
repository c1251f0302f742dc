const NAME = /^(\d{8})T(\d{9})Z-(\d{8})\.ibkrec$/;

/** `20240102T143000250Z-00000001.ibkrec`: when the segment began and its number, which alone decides the order. */
export function segmentName(index: number, startedAtMs: number): string {
  return `${new Date(startedAtMs).toISOString().replaceAll(/[-:.]/g, '')}-${String(index).padStart(8, '0')}.ibkrec`;
}

/** The number in the name of a segment; undefined for other files. */
export function segmentIndex(name: string): number | undefined {
  const digits = NAME.exec(name)?.[3];
  return digits === undefined ? undefined : Number(digits);
}

/** The names of segments among `names`, in order. */
export function sortSegments(names: readonly string[]): readonly string[] {
  return names
    .flatMap((name) => {
      const index = segmentIndex(name);
      return index === undefined ? [] : [{ name, index }];
    })
    .sort((a, b) => a.index - b.index)
    .map(({ name }) => name);
}
