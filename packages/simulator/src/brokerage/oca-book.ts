import type { SimulatedOrder } from './simulated-order.js';

/** What a fill of one member does to another one. */
export interface OcaEffect {
  readonly order: SimulatedOrder;
  /** Units to take off its remaining quantity; all of them cancels it. */
  readonly by: number;
  /** With block: the effect comes before anything else can fill. */
  readonly blocks: boolean;
}

interface Group {
  readonly type: 1 | 2 | 3;
  readonly blocks: boolean;
  readonly members: Set<SimulatedOrder>;
  /** A member has filled: nothing may join any more, because what it would be reduced by is past. Children may, their client knows what is left. */
  spent: boolean;
  readonly isImplicit: boolean;
}

/** The group that an order names, or the one that the children of its parent form by themselves; undefined for none. */
export function ocaKeyOf(order: SimulatedOrder): string | undefined {
  const { account, ocaGroup } = order.terms;
  if (ocaGroup !== '' && ocaGroup !== order.parent?.permId) return `${account}/${ocaGroup}`;
  return order.parent === undefined ? undefined : `children of ${order.parent.permId}`;
}

/** One-cancels-all groups across orders and clients of an account. TWS: type 1 cancels the others, 2 and 3 reduce them in proportion, 1 and 2 block overfills. */
export class OcaBook {
  readonly #groups = new Map<string, Group>();

  /** Whether the order's group is used up, so that it must not join. */
  isSpent(order: SimulatedOrder): boolean {
    return this.#groupOf(order)?.spent ?? false;
  }

  /** The type of the group that the order names, when there is one already. */
  typeOf(order: SimulatedOrder): 1 | 2 | 3 | undefined {
    return this.#groupOf(order)?.type;
  }

  join(order: SimulatedOrder): void {
    const key = ocaKeyOf(order);
    if (key === undefined) return;
    const isImplicit = order.parent !== undefined && key === `children of ${order.parent.permId}`;
    const { ocaType } = order.terms;
    // The children of a parent never overfill, whatever their type says.
    const group = this.#groups.get(key) ?? { type: isImplicit ? 2 : ocaType, blocks: isImplicit || ocaType !== 3, members: new Set(), spent: false, isImplicit };
    this.#groups.set(key, group);
    group.members.add(order);
  }

  /** Takes in an order that was kept: its group goes on, or is used up. */
  recall(order: SimulatedOrder): void {
    this.join(order);
    const group = this.#groupOf(order);
    if (group === undefined || order.filled === 0) return;
    group.spent ||= !group.isImplicit || order.status === 'Filled';
  }

  /** The order ended: it is out of its group. */
  leave(order: SimulatedOrder): void {
    this.#groupOf(order)?.members.delete(order);
  }

  /** What a fill of `shares`, of an order that had `before` left, does to the other members. */
  effectsOf(order: SimulatedOrder, shares: number, before: number): readonly OcaEffect[] {
    const group = this.#groupOf(order);
    if (group === undefined) return [];
    const isAll = shares >= before;
    if (!group.isImplicit || isAll) group.spent = true;
    const { blocks } = group;
    return [...group.members]
      .filter((member) => member !== order && !member.isTerminal)
      .map((member) => ({ order: member, blocks, by: group.type === 1 || isAll ? member.remaining : reduction(member, shares / before) }));
  }

  #groupOf(order: SimulatedOrder): Group | undefined {
    const key = ocaKeyOf(order);
    return key === undefined ? undefined : this.#groups.get(key);
  }
}

/** Rounded up to whole increments, so that the shares that are filled of all members together never exceed one whole. */
function reduction({ remaining, terms }: SimulatedOrder, share: number): number {
  const increment = terms.instrument.sizeIncrement ?? 1;
  return Math.min(remaining, Number((Math.ceil((remaining * share) / increment - 1e-9) * increment).toFixed(8)));
}
