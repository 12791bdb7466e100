import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/postgres/embedded-postgres.js';
import { freePort } from './port.js';

/** Makes a folder that the account of PostgreSQL can reach, too. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-check-'));
  fs.chmodSync(folder, 0o755);
  return folder;
}

/** As durable as in production. After a kill it comes back with the same data, at another port: ask `port` again. */
export class Postgres {
  private constructor(
    private readonly folder: string,
    private readonly data: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(folder: string): Promise<Postgres> {
    const server = await startEmbeddedPostgres(folder);
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    const { rows } = await client.query<{ data: string }>(`select current_setting('data_directory') as data`);
    await client.end();
    return new Postgres(folder, rows[0]!.data, server);
  }

  url(database?: string): string {
    return this.server.url(database);
  }

  get port(): number {
    return Number(new URL(this.url()).port);
  }

  /** The main process only: its children see that and end, whatever they are at. */
  kill(): void {
    process.kill(Number(fs.readFileSync(path.join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  }

  async restart(): Promise<void> {
    this.server = await startEmbeddedPostgres(this.folder);
  }

  async query<Row extends object = object>(database: string, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** The `redis-server` of this machine, always at the same port, with nothing on disk. */
export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  /** Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.child) return;
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', os.tmpdir()];
    const child = spawn('redis-server', options, { stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
    this.child = child;
    const failed = once(child, 'error').then(([error]) => Promise.reject(new Error(`redis-server is needed: ${String(error)}`)));
    await Promise.race([this.command('ping'), failed]);
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Waits until Redis answers. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(this.port, '127.0.0.1', { maxRetriesPerRequest: 200, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }
}
