import type { ExecutionResult } from 'graphql';
import { type NextMessage, nextMessage } from './next-message.js';

export type Execute = () => Promise<ExecutionResult> | ExecutionResult;

/** What one execution gave, for many streams. Those that come while it is under way are called back without a promise for each. */
export class SharedResult {
  readonly execution: ReturnType<Execute>;
  isSettled = false;
  /** As it is told, written down once; null when it has failed or has errors, because those name the trace of one operation. */
  message: NextMessage | null = null;
  private waiting: (() => void)[] = [];

  /** @param key what it is found by, beside its event */
  constructor(
    readonly key: string,
    execute: Execute,
  ) {
    this.execution = execute();
    if (this.execution instanceof Promise) this.execution.then(this.settle, () => this.settle());
    else this.settle(this.execution);
  }

  onSettled(wake: () => void): void {
    this.waiting.push(wake);
  }

  private readonly settle = (result?: ExecutionResult): void => {
    if (result && !result.errors) this.message = nextMessage(result);
    this.isSettled = true;
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  };
}
