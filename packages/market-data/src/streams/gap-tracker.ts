import type { DataGap } from '../connection-port.js';

/**
 * Knows from when to when nothing was seen, whoever noticed first: the connection (which counts from the last byte of the old
 * session) or we (from the notice that the link is down). Each hole is reported once, when data flows again.
 */
export class GapTracker {
  #openSince: { readonly fromMs: number; readonly reason: string; readonly isDoubt: boolean } | undefined;
  #reportedToMs = Number.NEGATIVE_INFINITY;

  /** Whether a hole is open. */
  get open(): boolean {
    return this.#openSince !== undefined;
  }

  /** Nothing can arrive from now on. The first reason counts, and a certain one before a doubt. */
  begin(fromMs: number, reason: string): void {
    const before = this.#openSince;
    if (before !== undefined && !before.isDoubt) return;
    this.#openSince = { fromMs: Math.max(Math.min(fromMs, before?.fromMs ?? fromMs), this.#reportedToMs), reason, isDoubt: false };
  }

  /** Something may be missing from now on: a hole unless it turns out that nothing happened. */
  doubt(fromMs: number, reason: string): void {
    this.#openSince ??= { fromMs: Math.max(fromMs, this.#reportedToMs), reason, isDoubt: true };
  }

  /** Nothing was missed: a doubt is over, a certain hole is not. */
  trust(): void {
    if (this.#openSince?.isDoubt === true) this.#openSince = undefined;
  }

  /** Data flows again: the hole that ends here, if one was open. */
  end(toMs: number): DataGap | undefined {
    const open = this.#openSince;
    if (open === undefined) return undefined;
    return this.#report({ fromMs: open.fromMs, toMs: Math.max(toMs, open.fromMs), reason: open.reason });
  }

  /** The connection reports a hole of its own: that hole, unless it was reported already. */
  told(gap: DataGap): DataGap | undefined {
    if (this.#openSince === undefined && gap.fromMs < this.#reportedToMs) return undefined;
    const fromMs = Math.max(Math.min(gap.fromMs, this.#openSince?.fromMs ?? gap.fromMs), this.#reportedToMs);
    return this.#report({ fromMs, toMs: Math.max(gap.toMs, fromMs), reason: gap.reason });
  }

  #report(gap: DataGap): DataGap {
    this.#openSince = undefined;
    this.#reportedToMs = gap.toMs;
    return Object.freeze(gap);
  }
}
