// Runs tests of the member in the working directory with the member's own Vitest, as its parent asks: the files that changed, a test file and a
// pattern for full names of tests. JavaScript, because it must run without a loader that its test workers would inherit.
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const root = process.cwd();
const { resolve } = createRequire(path.join(root, 'package.json'));
const { createVitest } = await import(pathToFileURL(resolve('vitest/node')).href);
const limitMs = Number(process.argv[2]);
const vitest = await createVitest('test', { root, watch: false, reporters: [{}], testTimeout: limitMs, hookTimeout: limitMs, cache: false });

/** The name that patterns are held against: groups and title, a space between. */
function wholeName(test) {
  return test.parent?.type === 'suite' ? `${wholeName(test.parent)} ${test.name}` : test.name;
}

/** What one run says: each test that ran with its messages, and why a file did not load. */
async function run({ file, pattern, changed }) {
  for (const name of changed) vitest.invalidateFile(name);
  const specification = vitest.getRootProject().createSpecification(path.resolve(file), { testNamePattern: new RegExp(pattern) });
  // The result has every file that this Vitest ever ran.
  const testModules = (await vitest.runTestSpecifications([specification])).testModules.filter(({ moduleId }) => moduleId === specification.moduleId);
  const tests = testModules.flatMap((module) => [...module.children.allTests()]);
  const broken = testModules.flatMap((module) => [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => [...suite.errors()])]);
  return {
    tests: tests.map((test) => ({ name: wholeName(test), result: test.result() })).filter(({ result }) => result.state === 'passed' || result.state === 'failed')
      .map(({ name, result }) => ({ name, passed: result.state === 'passed', messages: (result.errors ?? []).map(({ message }) => String(message).slice(0, 300)) })),
    broken: broken.map(({ message }) => String(message).slice(0, 300)),
  };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (question) => {
  void run(question).then(
    (answer) => process.send(answer),
    (error) => process.send({ tests: [], broken: [String(error?.message ?? error)] }),
  );
});
process.send({ ready: true });
