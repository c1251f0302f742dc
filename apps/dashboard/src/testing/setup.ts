import { vi } from 'vitest';

/** Draws nothing: there is no canvas without a browser. */
class NoPlot {
  readonly isDrawn = false;
  setData(): void { /* nothing to draw on */ }
  setSize(): void { /* nothing to size */ }
  destroy(): void { /* nothing to free */ }
}

vi.mock('uplot', () => ({ default: NoPlot }));
