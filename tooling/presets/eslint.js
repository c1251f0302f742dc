import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import n from 'eslint-plugin-n';
import unicorn from 'eslint-plugin-unicorn';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const AMBIENT_TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'].map((name) => ({
  name,
  message: 'Time is injected: take a Clock from @ibkit/clock.',
}));

const AMBIENT_PROPERTIES = [
  { object: 'Date', property: 'now', message: 'Time is injected: take a Clock from @ibkit/clock.' },
  { object: 'performance', property: 'now', message: 'Time is injected: take a Clock from @ibkit/clock.' },
  { object: 'Math', property: 'random', message: 'Chance is injected: take a Random from @ibkit/clock.' },
  { object: 'AbortSignal', property: 'timeout', message: 'Time is injected: use withDeadline from @ibkit/clock.' },
];

const ENVIRONMENT_PROPERTY = {
  object: 'process',
  property: 'env',
  message: 'Packages read no environment: take a record and let the app pass process.env.',
};

/**
 * The lint rules of one workspace member.
 * @param {{
 *   rootDir: string,
 *   role?: 'package' | 'app' | 'tooling',
 *   ambient?: string[],
 *   stoqeyAdapter?: string[],
 * }} options `ambient` and `stoqeyAdapter` name the only files that may touch the ambient clock, or the internals of @stoqey/ib
 */
export function lint({ rootDir, role = 'package', ambient = [], stoqeyAdapter = [] }) {
  const composition = role !== 'package';
  const syntax = [
    { selector: 'ExportAllDeclaration', message: 'Name every export.' },
    { selector: 'TSEnumDeclaration', message: 'Use a const object and a union.' },
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Time is injected: take a Clock from @ibkit/clock.' },
    {
      selector: 'CallExpression[callee.object.name="vi"][callee.property.name=/^wait(For|Until)$/][arguments.length=1]',
      message: 'It gives up after one second, which a busy machine may need: give a timeout of 20 s.',
    },
  ];
  return defineConfig(
    // The examples' tests write the snippets of a README beside it for as long as they run.
    { ignores: ['dist/**', 'coverage/**', 'snippets-*/**', '*.config.js', '*.config.ts', '*.config.mjs'] },
    js.configs.recommended,
    {
      files: ['**/*.ts', '**/*.tsx'],
      extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: rootDir } },
      plugins: { 'import-x': importX, n, unicorn },
      settings: {
        'import-x/resolver-next': [
          createTypeScriptImportResolver({ conditionNames: ['@ibkit/source', 'types', 'import', 'default'] }),
        ],
      },
      rules: {
        '@typescript-eslint/consistent-type-definitions': 'off',
        '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
        '@typescript-eslint/explicit-module-boundary-types': 'error',
        '@typescript-eslint/no-import-type-side-effects': 'error',
        '@typescript-eslint/no-deprecated': 'error',
        // `{ left, out, ...rest }` names what is left out.
        '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        'import-x/no-default-export': 'error',
        'import-x/no-cycle': 'error',
        'import-x/no-extraneous-dependencies': ['error', { devDependencies: ['**/*.test.ts', '**/*.test.tsx', '**/testing/**', '*.config.ts'], packageDir: [rootDir] }],
        'n/prefer-node-protocol': 'error',
        'no-console': composition ? 'off' : 'error',
        'no-restricted-globals': ['error', { globals: AMBIENT_TIMERS, checkGlobalObject: true }],
        'no-restricted-properties': ['error', ...AMBIENT_PROPERTIES, ...(composition ? [] : [ENVIRONMENT_PROPERTY])],
        'no-restricted-syntax': ['error', ...syntax],
        'no-restricted-imports': [
          'error',
          {
            paths: [
              { name: 'node:timers', message: 'Time is injected: take a Clock from @ibkit/clock.' },
              { name: 'node:timers/promises', message: 'Time is injected: take a Clock from @ibkit/clock.' },
            ],
            patterns: [
              { group: ['@ibkit/*/src/*', '@ibkit/*/dist/*'], message: 'Use the exports of the package.' },
              ...(stoqeyAdapter.length > 0 || role === 'package'
                ? [{ group: ['@stoqey/ib/dist/*'], message: 'Only the adapter may touch the internals of @stoqey/ib.' }]
                : []),
            ],
          },
        ],
        'unicorn/filename-case': ['error', { case: 'kebabCase' }],
        'unicorn/error-message': 'error',
        'unicorn/prefer-node-protocol': 'error',
        'unicorn/throw-new-error': 'error',
      },
    },
    {
      files: ['**/*.test.ts'],
      extends: [vitest.configs.recommended],
      rules: {
        // Property tests and helpers hold the assertions of many tests.
        'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'assert*', 'fc.assert'] }],
        'vitest/valid-expect': 'off',
        'vitest/no-focused-tests': 'error',
        'vitest/no-disabled-tests': 'error',
      },
    },
    ...(ambient.length > 0
      ? [{ files: ambient, rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off', 'no-restricted-imports': 'off' } }]
      : []),
    ...(stoqeyAdapter.length > 0 ? [{ files: stoqeyAdapter, rules: { 'no-restricted-imports': 'off' } }] : []),
  );
}
