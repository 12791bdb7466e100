import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../check/cluster/port.js';

const BINARY = (process.env['PATH'] ?? '')
  .split(':')
  .map((folder) => path.join(folder, 'redis-server'))
  .find((file) => fs.existsSync(file));

/** Whether tests with a Redis of their own can run here. In CI its absence is a failure, not an excuse. */
export function hasRedis(): boolean {
  if (BINARY === undefined && process.env['CI']) throw new Error('redis-server is missing');
  return BINARY !== undefined;
}

/** A real Redis on a free port, which a test may kill and start again. */
export class TestRedis {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly settings: string[],
  ) {}

  /** @param settings as on the command line */
  static async start(settings: string[] = []): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), fs.mkdtempSync(path.join(os.tmpdir(), 'parley-redis-')), settings);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const where = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    this.child = spawn(BINARY ?? '', [...where, '--save', '', ...this.settings], { stdio: 'ignore' });
    await this.command('ping');
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** It takes what comes and says nothing, until it goes on. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits until Redis answers. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(this.url, { maxRetriesPerRequest: 100, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }
}
