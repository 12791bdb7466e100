/** Says at the very end, on a line of its own, what the run came to. A file that could not even be loaded is a failure. */
export default class Tally {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // Jest's own summary is written after all reporters have been called.
    process.once('exit', () => process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed\n`));
  }
}
