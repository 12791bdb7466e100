import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** The realm of the worker, for all its test files: in one of its own, a file would have to load every package again. See `runtime.mjs`. */
export default class Realm {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  fakeTimers = null;
  before = { console, exit: process.exit };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  /** As in production: Jest has set a hundred, which every refusal would pay for. */
  async setup() {
    Error.stackTraceLimit = 10;
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    globalThis.console = this.before.console;
    process.exit = this.before.exit;
  }

  /** What Jest would load modules into; the runtime leaves that to Node. */
  getVmContext() {
    return null;
  }
}
