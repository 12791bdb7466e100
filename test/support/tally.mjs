import path from 'node:path';

/** Says at the very end which tests were left out, and, on a line of its own, what the run came to. A file that could not even be loaded is a failure. */
export default class Tally {
  constructor({ testNamePattern }) {
    this.isSelection = Boolean(testNamePattern);
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
    const leftOut = (this.isSelection ? [] : testResults).flatMap((file) =>
      file.testResults
        .filter(({ status }) => status === 'pending')
        .map(({ fullName }) => `  ${path.basename(file.testFilePath)}: ${fullName}`),
    );
    const lines = leftOut.length > 0 ? ['', `${leftOut.length} TESTS WERE LEFT OUT: they need redis-server on the PATH`, ...leftOut] : [];
    lines.push('', `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`, '');
    // Jest's own summary is written after all reporters have been called.
    process.once('exit', () => process.stdout.write(lines.join('\n')));
  }
}
