import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A process of this benchmark that answers each thing it is told, in order. */
export class Child {
  private constructor(private readonly process: ChildProcess) {}

  /** @param file its path, from here */
  static start(file: string, options: { execArgv?: string[] } = {}): Child {
    return new Child(fork(path.join(import.meta.dirname, file), options));
  }

  async ask<Answer>(message: object): Promise<Answer> {
    this.process.send(message);
    return this.answer();
  }

  /** What it says next, by itself. */
  async answer<Answer>(): Promise<Answer> {
    const waiting = new AbortController();
    const ended = once(this.process, 'exit', waiting).then(() =>
      Promise.reject(new Error('a process of the benchmark has failed: see above')),
    );
    try {
      const [answer] = (await Promise.race([once(this.process, 'message', waiting), ended])) as [Answer];
      return answer;
    } finally {
      waiting.abort();
    }
  }

  /** It ends by itself then. */
  async leave(): Promise<void> {
    if (!this.process.connected) return;
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}
