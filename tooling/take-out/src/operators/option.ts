import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { bare, declarationsOf, nameText } from '../source/declarations.js';
import type { Found } from '../source/declarations.js';
import type { Edit, Mutation } from '../source/edit.js';
import type { Sources } from '../source/sources.js';
import { classesOf } from './member.js';
import { functionOf } from './throwing.js';

/** The functions that take the option: a function, the constructor and the static makers of a class, or a method. */
function takers(owner: string, method: string | undefined, member: string, sources: Sources): readonly Found<ts.FunctionLikeDeclaration>[] {
  const classes = classesOf(owner, member, sources).flatMap(({ source, node }) =>
    node.members.flatMap((element): readonly Found<ts.FunctionLikeDeclaration>[] => {
      const isMaker = ts.isMethodDeclaration(element) && (ts.getCombinedModifierFlags(element) & ts.ModifierFlags.Static) !== 0;
      if (method === undefined) return ts.isConstructorDeclaration(element) || isMaker ? [{ source, node: element }] : [];
      return ts.isMethodDeclaration(element) && nameText(element.name) === method ? [{ source, node: element }] : [];
    }),
  );
  const functions = declarationsOf(owner, member, sources).flatMap(({ source, node }): readonly Found<ts.FunctionLikeDeclaration>[] => {
    if (ts.isFunctionDeclaration(node)) return [{ source, node }];
    const own = ts.isVariableDeclaration(node) && node.initializer !== undefined ? functionOf(bare(node.initializer)) : undefined;
    return own === undefined ? [] : [{ source, node: own }];
  });
  return [...classes, ...functions].filter(({ node }) => node.body !== undefined);
}

const without = (parameter: string, option: string): string =>
  `${parameter} = ((given) => { if (typeof given !== 'object' || given === null || !('${option}' in given)) return given; const { ${option}: takenOut, ...rest } = given; return rest; })(${parameter});`;

/** The option is left out at the door, whatever the caller says. */
function leftOut({ source, node }: Found<ts.FunctionLikeDeclaration>, option: string): readonly Edit[] {
  const { file, tree } = source;
  const { body } = node;
  if (body === undefined) return [];
  const names = node.parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const start = names.map((name) => without(name, option)).join(' ');
  const atDoor: readonly Edit[] = names.length === 0 ? [] : ts.isBlock(body) ? [{ file, start: body.statements.pos, end: body.statements.pos, text: ` ${start} ` }] : [
    { file, start: body.getStart(tree), end: body.getStart(tree), text: `{ ${start} return ` },
    { file, start: body.getEnd(), end: body.getEnd(), text: '; }' },
  ];
  const picked = node.parameters.flatMap(({ name }) => (ts.isObjectBindingPattern(name) ? [...name.elements] : [])).flatMap((element): readonly Edit[] => {
    if (nameText(element.name) !== option && !(element.propertyName !== undefined && !ts.isComputedPropertyName(element.propertyName) && nameText(element.propertyName) === option)) return [];
    const key = element.propertyName ?? element.name;
    return element.propertyName === undefined ? [{ file, start: key.getStart(tree), end: key.getStart(tree), text: "'taken out': " }] : [{ file, start: key.getStart(tree), end: key.getEnd(), text: "'taken out'" }];
  });
  return [...atDoor, ...picked];
}

/** Takes an option out: nobody behind the function that takes it is told of it, so that its default counts. */
export function takeOutOption({ owner, method, option }: Extract<Feature, { kind: 'option' }>, member: string, sources: Sources): readonly Mutation[] {
  const all = takers(owner, method, member, sources).flatMap((found) => leftOut(found, option));
  return all.length === 0 ? [] : [{ operator: 'left out where it comes in', edits: all }];
}
