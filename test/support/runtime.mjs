import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Runtime from 'jest-runtime';

const ROOT = new URL('../../', import.meta.url).href;
const TESTS = `${ROOT}test/`;
const require = createRequire(import.meta.url);

/** Where jest-circus keeps who listens to a run, from one load of it to the next. */
const LISTENERS = Symbol.for('EVENT_HANDLERS');

const sourceMaps = new Map();
let current;
let count = 0;

const isOurs = (url) => url?.startsWith(ROOT) && !url.startsWith(`${ROOT}node_modules/`) && /\.ts(\?|$)/.test(url);
const anew = (url) => `${url}?${count}`;

/** What `@jest/globals` is to the test file that runs. */
export const globals = () => current.globals();

// A worker that is done ends at once. Left to itself it would first take its modules apart, and Jest says of one that takes half a second for
// that, as on a busy machine, that it failed to exit.
if (process.send) process.once('beforeExit', () => process.exit());

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: anew(`${TESTS}support/globals.mjs`), format: 'module', shortCircuit: true };
    if (!isOurs(context.parentURL) || !specifier.startsWith('.')) return next(specifier, context);
    const found = next(specifier.replace(/\.js$/, '.ts'), context);
    return found.url.startsWith(TESTS) ? { ...found, url: anew(found.url) } : found;
  },
  load(url, context, next) {
    return isOurs(url) ? { format: 'module', source: current.compile(url), shortCircuit: true } : next(url, context);
  },
});

/**
 * Node loads the modules, not Jest: packages and `src/` once for all files that a worker runs, what stands in `test/` anew for each.
 * Jest compiles what is TypeScript, keeps that on disk, and does all the rest.
 */
export default class NativeRuntime extends Runtime {
  constructor(...settings) {
    super(...settings);
    const [, , , transformer, , coverage, testPath] = settings;
    Object.assign(this, { transformer, coverage, testPath });
    current = this;
    count++;
  }

  globals() {
    return this.requireModuleOrMock(this.testPath, '@jest/globals');
  }

  compile(url) {
    const file = fileURLToPath(url);
    const { code, sourceMapPath } = this.transformer.transform(file, { ...this.coverage, supportsStaticESM: true });
    sourceMaps.set(url, sourceMapPath);
    return code;
  }

  getSourceMaps() {
    return sourceMaps;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(file) {
    const { href } = pathToFileURL(file);
    return import(file === this.testPath ? anew(href) : href);
  }

  /** Of jest-circus there is one for each test file, which has heard nothing of those before. */
  requireInternalModule(file) {
    delete require.cache[file];
    delete globalThis[LISTENERS];
    return require(file);
  }

  /** Jest would replace what is the worker's own here. */
  installGetBuiltinModule() {}
}
