import { parseKinds } from './format/segment-footer.js';
import type { SegmentSummary } from './write/segment-builder.js';

/** Name of the manifest in the directory of a recording. */
export const MANIFEST_NAME = 'manifest.json';

/**
 * The sealed segments of a directory, written whenever one is sealed. Segments can be read without it; it makes looking at many of them quick,
 * and knows of files that are missing.
 */
export interface Manifest {
  readonly recording: string;
  readonly segments: readonly SegmentSummary[];
}

/** The manifest as the text of its file. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: 'ibkit-recording', version: 1, ...manifest }, undefined, 1)}\n`;
}

function numberOf(value: object, name: string): number | undefined {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

function summaryOf(value: unknown): SegmentSummary | undefined {
  if (typeof value !== 'object' || value === null || !('file' in value) || typeof value.file !== 'string') return undefined;
  const [index, firstSeq, rows, bytes] = [numberOf(value, 'index'), numberOf(value, 'firstSeq'), numberOf(value, 'rows'), numberOf(value, 'bytes')];
  if (index === undefined || firstSeq === undefined || rows === undefined || bytes === undefined) return undefined;
  return {
    file: value.file,
    index,
    firstSeq,
    rows,
    bytes,
    fromMs: numberOf(value, 'fromMs'),
    toMs: numberOf(value, 'toMs'),
    kinds: parseKinds(Reflect.get(value, 'kinds')),
  };
}

/** Reads a manifest; undefined when it is damaged, which costs time and nothing else. */
export function parseManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('recording' in value) || !('segments' in value)) return undefined;
  const { recording, segments } = value;
  if (typeof recording !== 'string' || !Array.isArray(segments)) return undefined;
  return { recording, segments: segments.flatMap((segment: unknown) => summaryOf(segment) ?? []) };
}
