import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { declarationsOf, nameText, nodesOf } from '../source/declarations.js';
import type { Edit, Mutation } from '../source/edit.js';
import type { Source, Sources } from '../source/sources.js';
import { bare } from '../source/declarations.js';
import { throwing } from './throwing.js';

// What is an entry of a table is taken out of the table.

const CONTRACT = 'packages/api-contract';
const DAEMON = 'apps/daemon';
const CLI = 'apps/cli';

function texts(source: Source, wanted: (node: ts.StringLiteralLike) => boolean, text: string): readonly Edit[] {
  return nodesOf(source.tree, ts.isStringLiteralLike).filter(wanted).map((node) => ({ file: source.file, start: node.getStart(source.tree), end: node.getEnd(), text }));
}

const some = (operator: string, edits: readonly Edit[]): readonly Mutation[] => (edits.length === 0 ? [] : [{ operator, edits }]);

const member = (node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined =>
  node.properties.filter(ts.isPropertyAssignment).find((property) => nameText(property.name) === name)?.initializer;

/** Something put around the value of a constant. */
function wrapped(name: string, of: string, sources: Sources, before: string, after: string): readonly Edit[] {
  return declarationsOf(name, of, sources).flatMap(({ source, node }) => {
    if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return [];
    const { initializer } = node;
    return [
      { file: source.file, start: initializer.getStart(source.tree), end: initializer.getStart(source.tree), text: before },
      { file: source.file, start: initializer.getEnd(), end: initializer.getEnd(), text: after },
    ];
  });
}

/** The simulator does not know the fault. */
export function takeOutFault({ name }: Extract<Feature, { kind: 'fault' }>, of: string, sources: Sources): readonly Mutation[] {
  const isDefinition = (node: ts.StringLiteralLike): boolean => ts.isPropertyAssignment(node.parent) && nameText(node.parent.name) === 'type' && ts.isCallExpression(node.parent.parent.parent);
  const own = sources.of(of).filter(({ file }) => file.includes('/faults/'));
  return [
    ...some('no such fault', own.flatMap((source) => texts(source, (node) => node.text === name && isDefinition(node), "'taken-out'"))),
    ...some('no such fault anywhere', own.flatMap((source) => texts(source, (node) => node.text === name && !ts.isLiteralTypeNode(node.parent), "'taken-out'"))),
  ];
}

/** The command line does not know the command. */
export function takeOutCommand({ words }: Extract<Feature, { kind: 'command' }>, sources: Sources): readonly Mutation[] {
  if (words.length === 0) return [];
  const [first = '', second] = words;
  const drop = second === undefined
    ? `commands.filter(({ name }) => name !== '${first}')`
    : `commands.map((command) => command.name !== '${first}' ? command : { ...command, commands: command.commands.filter(({ name }) => name !== '${second}') })`;
  return some('no such command', wrapped('COMMAND_AREAS', CLI, sources, '((areas) => areas.map(({ commands, ...area }) => ({ ...area, commands: ' + drop + ' })))(', ')'));
}

/** The command line does not know the option. */
export function takeOutFlag({ flag }: Extract<Feature, { kind: 'flag' }>, sources: Sources): readonly Mutation[] {
  const fits = (node: ts.StringLiteralLike): boolean => (node.text === flag || node.text.startsWith(`${flag} `)) && ts.isPropertyAssignment(node.parent) && nameText(node.parent.name) === 'flags';
  const global = some('no such option', wrapped('GLOBAL_OPTIONS', CLI, sources, '((options) => options.filter(({ flags }) => !/^' + flag + '(?: |$)/.test(flags)))(', ')'));
  return [...global, ...some('no such option', sources.of(CLI).flatMap((source) => texts(source, fits, "'--taken-out'")))];
}

/** The route has another path, for daemon and clients alike; or the daemon leaves it out. */
export function takeOutRoute({ method, path }: Extract<Feature, { kind: 'route' }>, sources: Sources): readonly Mutation[] {
  const routes = sources.of(CONTRACT).flatMap((source) =>
    nodesOf(source.tree, ts.isObjectLiteralExpression)
      .map((node) => ({ source, node, method: member(node, 'method'), path: member(node, 'path') }))
      .filter((route) => route.method?.getText() === `'${method}'` && route.path?.getText() === `'${path}'`),
  );
  const elsewhere = routes.flatMap(({ source, path: at }): readonly Edit[] => (at === undefined ? [] : [{ file: source.file, start: at.getStart(source.tree), end: at.getEnd(), text: `'/v1/taken-out${path.replaceAll(/[^:/\w]/g, '')}'` }]));
  const names = routes.flatMap(({ node }) => (ts.isPropertyAssignment(node.parent) ? [nameText(node.parent.name) ?? ''] : []));
  const served = declarationsOf('routeNames', DAEMON, sources).flatMap(({ source, node }) =>
    nodesOf(node, ts.isReturnStatement).flatMap(({ expression }): readonly Edit[] => (expression === undefined ? [] : [{ file: source.file, start: expression.getEnd(), end: expression.getEnd(), text: `.filter((name) => !${JSON.stringify(names)}.includes(name))` }])),
  );
  return [...some('at another path', elsewhere), ...(names.length === 0 ? [] : some('not served', served))];
}

/** The stream has no such topic. */
export function takeOutTopic({ name }: Extract<Feature, { kind: 'topic' }>, sources: Sources): readonly Mutation[] {
  const entries = declarationsOf('TOPIC_KINDS', CONTRACT, sources).flatMap(({ source, node }): readonly Edit[] => {
    const table = ts.isVariableDeclaration(node) && node.initializer !== undefined ? bare(node.initializer) : undefined;
    const entry = table !== undefined && ts.isObjectLiteralExpression(table) ? table.properties.find((property) => nameText(property.name) === name) : undefined;
    return entry?.name === undefined ? [] : [{ file: source.file, start: entry.name.getStart(source.tree), end: entry.name.getEnd(), text: 'takenOut' }];
  });
  return some('no such topic', entries);
}

/** The daemon serves nothing there. */
export function takeOutAddress({ path }: Extract<Feature, { kind: 'address' }>, sources: Sources): readonly Mutation[] {
  const own = sources.of(DAEMON).filter(({ forTests }) => !forTests);
  return some('nothing at this path', own.flatMap((source) => texts(source, (node) => node.text === path && !ts.isLiteralTypeNode(node.parent), "'/taken-out'")));
}

/** Every exported function of an example throws, or its program does nothing. Of other folders nobody knows what is meant: they need an edit by hand. */
export function takeOutFolder({ path }: Extract<Feature, { kind: 'folder' }>, sources: Sources): readonly Mutation[] {
  if (!path.startsWith('examples/src/')) return [];
  const functions = sources.below(path).flatMap((source) => source.tree.statements.filter(ts.isFunctionDeclaration).filter((node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0).flatMap((node) => throwing(source, node)));
  const all = sources.below(path).map(({ file, text }) => ({ file, start: 0, end: text.length, text: 'export {};\n' }));
  return [...some('its functions throw', functions), ...some('it does nothing', all)];
}
