import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../repository.js';

/** What the entries of a package let others use, as it is written in its sources. */
export interface PublicSurface {
  /** `Class.method`, `Class.accessor`, `Class.property` of every exported class; further names when it comes from a class that is exported, too. */
  readonly members: readonly (readonly [string, ...string[]])[];
  /** The names in every exported event map (an interface `...Events`), once for each map. */
  readonly events: readonly string[];
}

type Declared = ts.ClassDeclaration | ts.InterfaceDeclaration;

interface Found {
  readonly file: string;
  readonly node: Declared;
}

const FILES = new Map<string, ts.SourceFile>();

function parse(file: string): ts.SourceFile {
  const known = FILES.get(file);
  if (known !== undefined) return known;
  const parsed = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  FILES.set(file, parsed);
  return parsed;
}

/** The source that a relative import means, or nothing when it is of another package. */
function target(file: string, specifier: ts.Expression | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined;
  const stem = path.join(path.dirname(file), specifier.text.replace(/\.js$/, ''));
  return [`${stem}.ts`, `${stem}.tsx`].find((name) => existsSync(name));
}

const isDeclared = (node: ts.Node): node is Declared => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);

/** The names that a statement brings from elsewhere. */
function listOf(statement: ts.Statement): { readonly elements: readonly (ts.ExportSpecifier | ts.ImportSpecifier)[]; readonly from: ts.Expression | undefined } {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    return { elements: exportClause !== undefined && ts.isNamedExports(exportClause) ? exportClause.elements : [], from: moduleSpecifier };
  }
  if (!ts.isImportDeclaration(statement)) return { elements: [], from: undefined };
  const bindings = statement.importClause?.namedBindings;
  return { elements: bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [], from: statement.moduleSpecifier };
}

/** The class or interface that a name means in a file, wherever in the package it comes from. */
function declarationOf(file: string, name: string): Found | undefined {
  for (const statement of parse(file).statements) {
    if (isDeclared(statement) && statement.name?.text === name) return { file, node: statement };
    const { elements, from } = listOf(statement);
    const element = elements.find((one) => one.name.text === name);
    const source = element === undefined ? undefined : target(file, from);
    if (element !== undefined && source !== undefined) return declarationOf(source, (element.propertyName ?? element.name).text);
  }
  return undefined;
}

const HIDDEN = new Set<ts.SyntaxKind>([ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.DeclareKeyword]);

/** What a declaration says itself, without what is private, or there for the compiler alone. */
function ownNames({ node }: Found): readonly string[] {
  const names = [...node.members].flatMap((member): readonly string[] => {
    const isHidden = ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some(({ kind }) => HIDDEN.has(kind));
    const { name } = member;
    return !isHidden && name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [name.text] : [];
  });
  return [...new Set(names)];
}

/** The classes or interfaces of the package that it extends, and theirs. */
function basesOf({ file, node }: Found): readonly Found[] {
  return (node.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => [...types])
    .flatMap(({ expression }) => {
      const base = ts.isIdentifier(expression) ? declarationOf(file, expression.text) : undefined;
      return base === undefined ? [] : [base, ...basesOf(base)];
    });
}

/** The names that an entry exports: by lists, or where they are declared. */
function exportedNames(file: string): readonly string[] {
  return parse(file).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return listOf(statement).elements.map(({ name }) => name.text);
    const isExported = isDeclared(statement) && (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return isExported && statement.name !== undefined ? [statement.name.text] : [];
  });
}

const SURFACES = new Map<string, PublicSurface>();

/** Reads the sources of a package, from its entries on, once. */
export function surfaceOf(member: string): PublicSurface {
  const surface = SURFACES.get(member) ?? read(member);
  SURFACES.set(member, surface);
  return surface;
}

function read(member: string): PublicSurface {
  const manifest = readFileSync(path.join(ROOT, member, 'package.json'), 'utf8');
  const entries = new Set([...manifest.matchAll(/"@ibkit\/source": "\.\/(src\/[^"]+\.ts)"/g)].map(([, entry = '']) => path.join(ROOT, member, entry)));
  const exported = new Map<string, Found>();
  for (const entry of entries) {
    for (const name of exportedNames(entry)) {
      const found = declarationOf(entry, name);
      if (found !== undefined) exported.set(name, found);
    }
  }
  const publicName = (node: Declared): string | undefined => [...exported].find(([, found]) => found.node === node)?.[0];
  const members = [...exported].filter(([, { node }]) => ts.isClassDeclaration(node)).flatMap(([name, found]) => {
    const bases = basesOf(found);
    const all = new Set([...ownNames(found), ...bases.flatMap(ownNames)]);
    return [...all].map((one): readonly [string, ...string[]] => [
      `${name}.${one}`,
      ...bases.filter((base) => ownNames(base).includes(one)).flatMap(({ node }) => publicName(node) ?? []).map((base) => `${base}.${one}`),
    ]);
  });
  // What has a kind is a message and no map of events.
  const events = [...exported].filter(([name, found]) => name.endsWith('Events') && ts.isInterfaceDeclaration(found.node) && !ownNames(found).includes('type')).flatMap(([, found]) => ownNames(found));
  return { members, events };
}
