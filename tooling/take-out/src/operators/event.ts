import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { nameText, nodesOf } from '../source/declarations.js';
import type { Edit, Mutation } from '../source/edit.js';
import type { Source, Sources } from '../source/sources.js';

const LISTENING = /(?:^|\.|#)(?:on|once|off|stream|addListener|removeListener|listen)$/;

/** Whether a text stands where an event is told: the first argument of a call that does not listen, or the kind of an object. */
function isTold(node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.arguments[0] === node && !LISTENING.test(parent.expression.getText());
  return ts.isPropertyAssignment(parent) && parent.initializer === node && ['type', 'name', 'event', 'kind'].includes(nameText(parent.name) ?? '');
}

function renamed({ file, tree }: Source, wanted: (node: ts.StringLiteralLike) => boolean): readonly Edit[] {
  return nodesOf(tree, ts.isStringLiteralLike).filter(wanted).map((node) => ({ file, start: node.getStart(tree), end: node.getEnd(), text: "'taken.out'" }));
}

/** Takes an event out: it is told under a name that nobody listens to. */
export function takeOutEvent({ name }: Extract<Feature, { kind: 'event' }>, member: string, sources: Sources): readonly Mutation[] {
  const own = sources.of(member).filter(({ forTests }) => !forTests);
  const of = (operator: string, wanted: (node: ts.StringLiteralLike) => boolean): readonly Mutation[] => {
    const edits = own.flatMap((source) => renamed(source, (node) => node.text === name && wanted(node)));
    return edits.length === 0 ? [] : [{ operator, edits }];
  };
  return [...of('never told', isTold), ...of('known nowhere', () => true)];
}
