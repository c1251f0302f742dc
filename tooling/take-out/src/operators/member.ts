import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { declarationsOf, heritage, nameText, nodesOf } from '../source/declarations.js';
import type { Found } from '../source/declarations.js';
import type { Edit, Mutation } from '../source/edit.js';
import type { Source, Sources } from '../source/sources.js';
import { NOTHING, functionOf, throwing } from './throwing.js';

type Holder = ts.ClassElement | ts.ObjectLiteralElementLike;

const isHolder = (node: ts.Node): node is Holder => ts.isClassElement(node) || ts.isObjectLiteralElementLike(node);

function edits(source: Source, node: Holder, body?: string): readonly Edit[] {
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return throwing(source, node, body);
  if (!ts.isPropertyDeclaration(node) && !ts.isPropertyAssignment(node)) return [];
  const { initializer } = node;
  const own = functionOf(initializer);
  if (own !== undefined) return throwing(source, own, body);
  return initializer === undefined ? [] : [{ file: source.file, start: initializer.getStart(source.tree), end: initializer.getEnd(), text: 'undefined' }];
}

/** `this.name = value` with `undefined` for the value. */
function assignments(source: Source, node: ts.ClassDeclaration, name: string): readonly Edit[] {
  return nodesOf(node, ts.isBinaryExpression)
    .filter(({ left, operatorToken }) => operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(left) && left.expression.kind === ts.SyntaxKind.ThisKeyword && left.name.text === name)
    .map(({ right }) => ({ file: source.file, start: right.getStart(source.tree), end: right.getEnd(), text: 'undefined' }));
}

function ofClass({ source, node }: Found<ts.ClassDeclaration>, name: string, body?: string): readonly Edit[] {
  const own = node.members.filter((element) => nameText(element.name) === name).flatMap((element) => edits(source, element, body));
  return own.length > 0 ? own : assignments(source, node, name);
}

/** The classes of a name, and those that they extend. */
export function classesOf(name: string, member: string, sources: Sources): readonly Found<ts.ClassDeclaration>[] {
  const own = declarationsOf(name, member, sources).flatMap(({ source, node }) => (ts.isClassDeclaration(node) ? [{ source, node }] : []));
  return [...own, ...own.flatMap(({ node }) => heritage(node, ts.SyntaxKind.ExtendsKeyword).flatMap((base) => classesOf(base, member, sources)))];
}

function implementers(name: string, member: string, sources: Sources): readonly Found<ts.ClassDeclaration>[] {
  return sources.of(member).flatMap((source) =>
    nodesOf(source.tree, ts.isClassDeclaration)
      .filter((node) => heritage(node, ts.SyntaxKind.ImplementsKeyword).some((text) => text === name))
      .map((node) => ({ source, node })),
  );
}

/** Takes a method, an accessor or a property out: of the class, of its bases, of what implements the interface, at last of whatever has one of that name. */
export function takeOutMember({ owner, name }: Extract<Feature, { kind: 'member' }>, member: string, sources: Sources): readonly Mutation[] {
  const of = (operator: string, list: readonly (readonly Edit[])[]): readonly Mutation[] => {
    const all = list.flat();
    return all.length === 0 ? [] : [{ operator, edits: all }];
  };
  const classes = classesOf(owner, member, sources);
  const nearest = (body?: string): readonly (readonly Edit[])[] => classes.map((found) => ofClass(found, name, body)).filter((list) => list.length > 0).slice(0, 1);
  const own = [...of('throws', nearest()), ...of('gives nothing', nearest(NOTHING))];
  const implemented = of('throws wherever it is implemented', implementers(owner, member, sources).map((found) => ofClass(found, name)));
  if (own.length + implemented.length > 0) return [...own, ...implemented];
  const everywhere = sources.of(member).filter(({ forTests }) => !forTests).map((source) => nodesOf(source.tree, isHolder).filter((node) => nameText(node.name) === name).flatMap((node) => edits(source, node)));
  return of('throws wherever one of this name is', everywhere);
}
