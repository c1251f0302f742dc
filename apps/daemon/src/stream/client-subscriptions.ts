import type { Subscription } from './subscription.js';

/** The subscriptions of one client, by the numbers that it gave them. */
export class ClientSubscriptions {
  readonly #byId = new Map<number, Subscription>();

  get size(): number {
    return this.#byId.size;
  }

  /** Changes that were folded into others for the groups of these. */
  get folded(): number {
    return [...this.#byId.values()].reduce((sum, { group }) => sum + (group?.folded ?? 0), 0);
  }

  get(id: number): Subscription | undefined {
    return this.#byId.get(id);
  }

  add(subscription: Subscription): void {
    this.#byId.set(subscription.id, subscription);
  }

  /** Those of this moment: what is called for them may drop some. */
  all(): readonly Subscription[] {
    return [...this.#byId.values()];
  }

  drop(subscription: Subscription): void {
    this.#byId.delete(subscription.id);
    subscription.channel.leave(subscription);
    subscription.release();
  }

  dropAll(): void {
    for (const one of this.all()) this.drop(one);
  }

  /** The resume tokens of the positions that `of` gives; none of topics that have no state yet. */
  positions(of: (subscription: Subscription) => number | undefined): Record<string, string> {
    const at: Record<string, string> = {};
    for (const one of this.#byId.values()) {
      const position = of(one);
      const token = position === undefined || one.phase === 'waiting' ? undefined : one.channel.at(position);
      if (token !== undefined) at[String(one.id)] = token;
    }
    return at;
  }
}
