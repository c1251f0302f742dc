import type { Scalar } from './scalar.js';

/** A field with one value. */
export interface ScalarField<K extends string, V> {
  readonly kind: 'scalar';
  readonly key: K;
  readonly scalar: Scalar<V>;
  /** A required field has no "unset": its absence is a failure when decoding and a refusal when encoding. */
  readonly required: boolean;
  /** The text that stands for `undefined` when encoding. */
  readonly unset: string;
}

/** A field whose text is always the same and means nothing when received: version numbers, retired fields. */
export interface FixedField {
  readonly kind: 'fixed';
  readonly text: string;
}

/** Fields of an object inside the message. The same key may come back later: the fields of an order are spread over its message. */
export interface NestedField<K extends string, F> {
  readonly kind: 'nested';
  readonly key: K;
  readonly fields: readonly F[];
  /** An optional object that carries nothing is left out. */
  readonly required: boolean;
}

/** An object that is announced by a flag. */
export interface FlaggedField<K extends string, F> {
  readonly kind: 'flagged';
  readonly key: K;
  readonly fields: readonly F[];
}

/** A count and as many objects. */
export interface ListField<K extends string, F> {
  readonly kind: 'list';
  readonly key: K;
  readonly item: readonly F[];
  /** An optional list that is empty is left out. */
  readonly required: boolean;
}

/** A count and as many plain values. */
export interface ScalarListField<K extends string, V> {
  readonly kind: 'scalars';
  readonly key: K;
  readonly scalar: Scalar<V>;
}

/** Fields that exist in some server versions only. Codecs resolve gates once, for their own version. */
export interface GateField<F> {
  readonly kind: 'gate';
  readonly from: number;
  /** The last version that has the fields. */
  readonly to: number;
  readonly fields: readonly F[];
}

/** What earlier fields must hold for more fields to follow. Words compare in upper case. */
export interface Condition {
  readonly path: readonly string[];
  readonly is: 'set' | 'positive' | 'infinite' | readonly string[];
}

/** Fields that follow only when earlier fields say so. */
export interface WhenField<F> {
  readonly kind: 'when';
  readonly condition: Condition;
  readonly fields: readonly F[];
}

/** Last fields that some senders leave out. */
export interface TailField<F> {
  readonly kind: 'tail';
  readonly fields: readonly F[];
}

/** Any field, as the interpreters see it. */
export type AnyField =
  | ScalarField<string, unknown>
  | FixedField
  | NestedField<string, AnyField>
  | FlaggedField<string, AnyField>
  | ListField<string, AnyField>
  | ScalarListField<string, unknown>
  | GateField<AnyField>
  | WhenField<AnyField>
  | TailField<AnyField>;

type KeyField<K extends string, V> =
  | ScalarField<K, V>
  | (V extends readonly (infer I)[] ? ListField<K, FieldFor<I>> | ScalarListField<K, I> : never)
  | (V extends object ? NestedField<K, FieldFor<V>> | FlaggedField<K, FieldFor<V>> : never);

type KeyOf<M> = M extends unknown ? keyof M & string : never;
type ValueOf<M, K> = M extends unknown ? (K extends keyof M ? Exclude<M[K], undefined> : never) : never;

/** The fields that fit into the message `M`, for unions into any variant: a wrong name or a wrong kind of value does not compile. */
export type FieldFor<M> =
  | FixedField
  | { [K in KeyOf<M>]: KeyField<K, ValueOf<M, K>> }[KeyOf<M>]
  | GateField<FieldFor<M>>
  | WhenField<FieldFor<M>>
  | TailField<FieldFor<M>>;

/** How one message lies on the wire. */
export interface Layout<T extends string = string> {
  readonly id: number;
  readonly type: T;
  readonly fields: readonly AnyField[];
  /** The first server version that knows the message. */
  readonly since: number;
  /** A second reading for senders that disagree about optional blocks; tried when the first fails. */
  readonly otherwise?: readonly AnyField[] | undefined;
  /**
   * Whether fields behind the last one are a failure. Official clients ignore them in messages that grow from version to version, and rust ibapi
   * sends a version where there is none.
   */
  readonly surplus: 'failure' | 'ignored';
}

/** What a layout may say beyond its fields. */
export interface LayoutOptions {
  readonly since?: number | undefined;
  readonly otherwise?: readonly AnyField[] | undefined;
  /** @defaultValue 'failure' */
  readonly surplus?: 'failure' | 'ignored' | undefined;
}

/** The layout of the message `M`. */
export function layout<M extends { readonly type: string }>(
  id: number,
  type: M['type'],
  fields: readonly FieldFor<M>[] & readonly AnyField[],
  options: LayoutOptions = {},
): Layout<M['type']> {
  return { id, type, fields, since: options.since ?? 0, otherwise: options.otherwise, surplus: options.surplus ?? 'failure' };
}

/** A field that must have a value. */
export function required<K extends string, V>(key: K, scalar: Scalar<V>): ScalarField<K, V> {
  return { kind: 'scalar', key, scalar, required: true, unset: '' };
}

/** A field that may be unset; `unset` is how we spell that. */
export function optional<K extends string, V>(key: K, scalar: Scalar<V>, unset = ''): ScalarField<K, V> {
  return { kind: 'scalar', key, scalar, required: false, unset };
}

/** A field with a fixed text, ignored when received. */
export function fixed(text: string): FixedField {
  return { kind: 'fixed', text };
}

/** The version number of a message. Its value is ignored when received: clients disagree about it. */
export function version(value: number): FixedField {
  return { kind: 'fixed', text: String(value) };
}

/** Fields of an object that the message always has. */
export function nested<K extends string, const F extends readonly unknown[]>(key: K, ...fields: F): NestedField<K, F[number]> {
  return { kind: 'nested', key, fields, required: true };
}

/** Fields of an object that may be missing. */
export function optionalNested<K extends string, const F extends readonly unknown[]>(key: K, ...fields: F): NestedField<K, F[number]> {
  return { kind: 'nested', key, fields, required: false };
}

/** A flag and, when it is 1, the fields of an object. */
export function flagged<K extends string, const F extends readonly unknown[]>(key: K, ...fields: F): FlaggedField<K, F[number]> {
  return { kind: 'flagged', key, fields };
}

/** A count and as many objects; always present. */
export function list<K extends string, const F extends readonly unknown[]>(key: K, ...item: F): ListField<K, F[number]> {
  return { kind: 'list', key, item, required: true };
}

/** A count and as many objects; left out when there are none. */
export function optionalList<K extends string, const F extends readonly unknown[]>(key: K, ...item: F): ListField<K, F[number]> {
  return { kind: 'list', key, item, required: false };
}

/** A count and as many plain values. */
export function scalars<K extends string, V>(key: K, scalar: Scalar<V>): ScalarListField<K, V> {
  return { kind: 'scalars', key, scalar };
}

/** Fields from server version `from` on. */
export function since<const F extends readonly unknown[]>(from: number, ...fields: F): GateField<F[number]> {
  return { kind: 'gate', from, to: Infinity, fields };
}

/** Fields that end with server version `before`, which no longer has them. */
export function until<const F extends readonly unknown[]>(before: number, ...fields: F): GateField<F[number]> {
  return { kind: 'gate', from: 0, to: before - 1, fields };
}

/** Fields of the server versions `from` to `to`. */
export function between<const F extends readonly unknown[]>(from: number, to: number, ...fields: F): GateField<F[number]> {
  return { kind: 'gate', from, to, fields };
}

/** Fields that follow when an earlier field holds what is asked. */
export function when<const F extends readonly unknown[]>(path: string | readonly string[], is: Condition['is'], ...fields: F): WhenField<F[number]> {
  return { kind: 'when', condition: { path: typeof path === 'string' ? [path] : path, is }, fields };
}

/** Last fields that some senders leave out. */
export function tail<const F extends readonly unknown[]>(...fields: F): TailField<F[number]> {
  return { kind: 'tail', fields };
}
