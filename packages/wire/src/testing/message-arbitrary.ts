import fc from 'fast-check';
import type { Draft } from '../field-reader.js';
import type { Layout } from '../layout.js';
import { Draw, sampleMessage } from './sample-message.js';
import type { Fill } from './sample-message.js';

/** Messages that say exactly what their layout has room for at a server version. */
export function messages(layout: Layout, serverVersion: number, fill: Fill = {}): fc.Arbitrary<Draft> {
  return fc.noShrink(fc.nat()).map((seed) => sampleMessage(layout, serverVersion, new Draw(seed), fill));
}
