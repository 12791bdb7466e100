import fs from 'node:fs';

const swc = JSON.parse(fs.readFileSync('.swcrc', 'utf8'));

/** Specs of pure files stand beside them; what needs a database stands in test/ and gets its own, cloned from a migrated template. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{src,test,check}/**/*.{spec,e2e-spec}.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  globalSetup: './test/support/global-setup.mjs',
  globalTeardown: './test/support/global-teardown.mjs',
  setupFiles: ['reflect-metadata'],
  reporters: ['default', './test/support/tally.mjs'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
