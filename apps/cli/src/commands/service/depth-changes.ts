import type { TopicSnapshot } from '@ibkit/api-contract';
import type { RecordedDepth } from '@ibkit/operations';

type Book = TopicSnapshot<'depth'>;
type Level = Book['bids'][number];

/** One change of a row of a book, as recordings have it. */
export type DepthChange = Pick<RecordedDepth, 'side' | 'operation' | 'position' | 'price' | 'size' | 'marketMaker'>;

function changeOf(side: DepthChange['side'], operation: DepthChange['operation'], position: number, { price, size, marketMaker }: Level): DepthChange {
  return { side, operation, position, price: Number(price), size: Number(size), ...(marketMaker === undefined ? {} : { marketMaker }) };
}

function isSame(a: Level, b: Level): boolean {
  return a.price === b.price && a.size === b.size && a.marketMaker === b.marketMaker;
}

function* ofSide(side: DepthChange['side'], before: readonly Level[], after: readonly Level[]): Generator<DepthChange> {
  for (const [position, level] of after.entries()) {
    const old = before[position];
    if (old === undefined) yield changeOf(side, 'insert', position, level);
    else if (!isSame(old, level)) yield changeOf(side, 'update', position, level);
  }
  // From the last row on, so that the positions of the others stay what they are.
  for (const [position, level] of [...before.entries()].slice(after.length).reverse()) yield changeOf(side, 'delete', position, level);
}

/** What makes one book of the other, row by row: the stream tells whole books. */
export function depthChanges(before: Pick<Book, 'bids' | 'asks'>, after: Pick<Book, 'bids' | 'asks'>): readonly DepthChange[] {
  return [...ofSide('bid', before.bids, after.bids), ...ofSide('ask', before.asks, after.asks)];
}
