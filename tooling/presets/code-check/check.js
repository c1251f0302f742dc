import path from 'node:path';
import process from 'node:process';
import { ESLint } from 'eslint';
import ts from 'typescript';

/** Parsed declarations that many members read, such as Node's types, by everything that their parsing depends on. */
const declarations = new Map();

/** A host that takes a declaration from an earlier member while the file still says the same. Sources are of one member only, and not kept. */
function sharedHost(options, dir) {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile;
  const kind = JSON.stringify(options, (name, value) => (name === 'configFilePath' ? undefined : value));
  host.getCurrentDirectory = () => dir;
  host.getSourceFile = (fileName, languageVersion, onError, shouldCreate) => {
    if (!/\.d\.[cm]?ts$/.test(fileName)) return parse(fileName, languageVersion, onError, shouldCreate);
    const key = JSON.stringify([fileName, languageVersion, kind]);
    const known = declarations.get(key);
    if (known !== undefined && known.text === ts.sys.readFile(fileName)) return known;
    const file = parse(fileName, languageVersion, onError, shouldCreate);
    if (file !== undefined) declarations.set(key, file);
    return file;
  };
  return host;
}

/** The member's program as `tsc --customConditions null` sees it: against the declarations that the packages below were built to. */
function programOf(dir) {
  const file = path.join(dir, 'tsconfig.json');
  const host = { ...ts.sys, getCurrentDirectory: () => dir, onUnRecoverableConfigFileDiagnostic: (diagnostic) => { throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')); } };
  const { fileNames, options, errors, projectReferences } = ts.getParsedCommandLineOfConfigFile(file, {}, host);
  delete options.customConditions;
  return ts.createProgram({ rootNames: fileNames, options, projectReferences, configFileParsingDiagnostics: errors, host: sharedHost(options, dir) });
}

/**
 * Checks the types of one workspace member and lints it. Both read the same program, so that nothing is parsed or inferred twice.
 * @param {string} dir the member's folder
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
export async function checkCode(dir) {
  // Some rules ask where they run.
  process.chdir(dir);
  const program = programOf(dir);
  const faults = ts.getPreEmitDiagnostics(program);
  const types = ts.formatDiagnostics(faults, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => dir, getNewLine: () => '\n' });

  const eslint = new ESLint({ cwd: dir, overrideConfig: { files: ['**/*.ts', '**/*.tsx'], languageOptions: { parserOptions: { projectService: false, programs: [program] } } } });
  const results = await eslint.lintFiles(['.']);
  const rules = await (await eslint.loadFormatter('stylish')).format(results);

  const wrong = faults.some(({ category }) => category === ts.DiagnosticCategory.Error) || results.some(({ errorCount }) => errorCount > 0);
  return { passed: !wrong, output: types + rules };
}
