import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const MAIN = path.join(import.meta.dirname, '../../src/main.js');
const SABOTAGE = path.join(import.meta.dirname, '../faults/sabotage.js');
const START_LIMIT_MS = 30_000;
const KEPT_ERRORS = 10;

/** One Parley, as `npm start` runs it, in a process of its own. It comes back at the same port. */
export class NodeProcess {
  /** What it logged as an error, the first few. */
  readonly errors: string[] = [];
  private child: ChildProcess | null = null;
  /** Somebody starts it, or ends it: it may go without being missed. */
  private isInHands = true;

  constructor(
    readonly index: number,
    readonly port: number,
    private readonly folder: string,
    private readonly settings: NodeJS.ProcessEnv,
    private readonly onCrash: (error: Error) => void,
  ) {}

  /** Resolves when it is ready. Tries again where it ends by itself, as an orchestrator does: the database may be away. */
  async start(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    this.isInHands = true;
    while (!(await this.isReady())) {
      if (Date.now() > deadline) throw new Error(`node ${this.index} did not start:\n${this.errors.join('\n')}`);
      if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) this.launch();
      await wait(50);
    }
    this.isInHands = false;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves when the process is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    this.isInHands = true;
    child.kill(signal);
    await gone;
  }

  private launch(): void {
    const args = this.settings['PARLEY_SABOTAGE'] ? ['--import', SABOTAGE, MAIN] : [MAIN];
    const env = { PATH: process.env['PATH'], NODE_ENV: 'test', LOG_LEVEL: 'error', PORT: String(this.port), ...this.settings };
    // Not in the project's folder, whose .env is not meant for this.
    const child = spawn(process.execPath, args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => this.keep(String(text)));
    child.once('exit', (code) => {
      if (!this.isInHands) this.onCrash(new Error(`node ${this.index} ended by itself with ${code}:\n${this.errors.join('\n')}`));
    });
    process.once('exit', () => child.kill('SIGKILL'));
    this.child = child;
  }

  private keep(text: string): void {
    if (this.errors.length < KEPT_ERRORS) this.errors.push(text.trim());
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/health/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }
}
