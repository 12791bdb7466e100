import fs from 'node:fs';

const swc = JSON.parse(fs.readFileSync('.swcrc', 'utf8'));

/** Specs of pure files stand beside them; what needs a database stands in test/ and gets its own, cloned from a migrated template. */
export default {
  runtime: './test/support/runtime.mjs',
  testEnvironment: './test/support/realm.mjs',
  testMatch: ['<rootDir>/{src,test,check}/**/*.{spec,e2e-spec}.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  // For `--onlyChanged` and `--findRelatedTests`; a run resolves as Node does.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  globalSetup: './test/support/global-setup.mjs',
  globalTeardown: './test/support/global-teardown.mjs',
  injectGlobals: false,
  setupFiles: ['reflect-metadata'],
  testSequencer: './test/support/longest-first.mjs',
  reporters: ['default', './test/support/tally.mjs'],
  // Two cores have time for a third: each waits for timers, sockets and processes a quarter of its time.
  maxWorkers: 3,
  testTimeout: 120_000,
};
