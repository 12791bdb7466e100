import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SignJWT } from 'jose';
import pg from 'pg';
import { freePort } from '../../check/cluster/port.js';
import { startEmbeddedPostgres } from '../../src/database/postgres/embedded-postgres.js';
import { within } from './within.js';

const MAIN = path.join(import.meta.dirname, '../../src/main.js');

interface Database {
  url: string;
  drop(): Promise<void>;
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A database of its own, on the server of DATABASE_URL or on one that lives no longer than the story. */
async function openDatabase(folder: string): Promise<Database> {
  const name = `parley_demo_${randomBytes(6).toString('hex')}`;
  const server = process.env['DATABASE_URL'] ? null : await startEmbeddedPostgres(path.join(folder, 'postgres'), { isTemporary: true });
  const address = process.env['DATABASE_URL'] ?? server?.url() ?? '';
  await administer(address, `create database ${name}`);
  const url = new URL(address);
  url.pathname = name;
  const drop = async () => {
    if (server) await server.stop();
    else await administer(address, `drop database ${name} with (force)`);
  };
  return { url: url.href, drop };
}

/** What a story is told on: a database and one node, as in production. The story sees nothing of it but the address. */
export class Stage {
  readonly secret = randomBytes(32).toString('base64url');
  private readonly sealingKey = randomBytes(32).toString('base64url');
  /** All that the node has written to its log, over all its lives. */
  log = '';
  private node: ChildProcess | null = null;
  private address = '';

  private constructor(
    private readonly database: Database,
    private readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** @param settings of the node, beyond what it needs */
  static async open(settings: Record<string, string> = {}): Promise<Stage> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-demo-'));
    let stage: Stage | null = null;
    try {
      stage = new Stage(await openDatabase(folder), folder, settings);
      await stage.startNode();
      return stage;
    } catch (error) {
      await stage?.close();
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.address;
  }

  /** At the address that it had before, if it lived before. */
  async startNode(): Promise<void> {
    const port = this.address ? new URL(this.address).port : String(await freePort());
    // Run where no .env file lies, and with nothing of ours but the path.
    const settings = {
      ...{ NODE_ENV: 'production', LOG_LEVEL: 'info', PORT: port, DATABASE_URL: this.database.url },
      ...{ JWT_SECRET: this.secret, SECRETS_KEY: this.sealingKey },
    };
    const node = spawn(process.execPath, [MAIN], { cwd: this.folder, env: { PATH: process.env['PATH'], ...settings, ...this.settings } });
    this.node = node;
    const listening = new Promise<string>((resolve, reject) => {
      let life = '';
      for (const stream of [node.stdout, node.stderr]) {
        stream.on('data', (chunk) => {
          life += String(chunk);
          this.log += String(chunk);
          const [, url] = /listening at (http:[^"\s]+)/.exec(life) ?? [];
          if (url) resolve(url);
        });
      }
      node.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${life}`)));
    });
    this.address = await within('the node listens', listening);
  }

  /** Without any warning: what was not committed by now never happened. */
  killNode(): Promise<void> {
    return this.endNode('SIGKILL');
  }

  /** As the host's identity provider would make it. */
  tokenFor(externalId: string, name: string, role: string): Promise<string> {
    const token = new SignJWT({ name, role }).setProtectedHeader({ alg: 'HS256' }).setSubject(externalId).setExpirationTime('1h');
    return token.sign(createSecretKey(this.secret, 'utf8'));
  }

  async close(): Promise<void> {
    await this.endNode('SIGTERM');
    await this.database.drop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async endNode(signal: NodeJS.Signals): Promise<void> {
    const { node } = this;
    this.node = null;
    if (!node || node.exitCode !== null || node.signalCode !== null) return;
    const ended = once(node, 'exit');
    node.kill(signal);
    await within('the node ends', ended);
  }
}
