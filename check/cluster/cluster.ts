import { createSecretKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Line } from '../faults/line.js';
import { NodeProcess } from './node-process.js';
import { freePort } from './port.js';
import { type Postgres, type RedisServer } from './servers.js';

export interface Servers {
  folder: string;
  postgres: Postgres;
  redis: RedisServer;
}

const SECRET = 'the secret of the consistency check, which nobody else has';

/** A node, and the lines that lead to it and from it. */
export interface Place {
  node: NodeProcess;
  /** Clients come over this one. */
  front: Line;
  database: Line;
  bus: Line;
}

export const tokenOf = (externalId: string, role: 'USER' | 'SERVICE'): Promise<string> =>
  new SignJWT({ sub: externalId, name: externalId, role })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('2h')
    .sign(createSecretKey(SECRET, 'utf8'));

/** Some nodes on one new database and one Redis. */
export class Cluster {
  readonly places: Place[] = [];
  private readonly crash = Promise.withResolvers<never>();

  private constructor(
    readonly servers: Servers,
    readonly database: string,
  ) {}

  static async start(servers: Servers, nodes: number, settings: NodeJS.ProcessEnv = {}): Promise<Cluster> {
    const database = `check_${randomUUID().slice(0, 8)}`;
    await servers.postgres.query('postgres', `create database ${database}`);
    const cluster = new Cluster(servers, database);
    for (let index = 0; index < nodes; index++) cluster.places.push(await cluster.place(index, settings));
    await Promise.all(cluster.places.map(({ node }) => node.start()));
    return cluster;
  }

  /** Rejects when a node ends by itself. */
  get crashed(): Promise<never> {
    return this.crash.promise;
  }

  urlOf(index: number): string {
    return `http://127.0.0.1:${this.places[index]!.front.port}/graphql`;
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.servers.postgres.query<Row>(this.database, text, values);
  }

  async stop(): Promise<void> {
    for (const { node, front, database, bus } of this.places) {
      await node.end('SIGKILL');
      for (const line of [front, database, bus]) await line.close();
    }
  }

  private async place(index: number, more: NodeJS.ProcessEnv): Promise<Place> {
    const { postgres, redis, folder } = this.servers;
    const port = await freePort();
    const front = await Line.to(() => port);
    const database = await Line.to(() => postgres.port);
    const bus = await Line.to(() => redis.port);
    const url = new URL(postgres.url(this.database));
    url.port = String(database.port);
    const settings = {
      DATABASE_URL: url.href,
      REDIS_URL: `redis://127.0.0.1:${bus.port}`,
      JWT_SECRET: SECRET,
      ...more,
    };
    return { node: new NodeProcess(index, port, folder, settings, this.crash.reject), front, database, bus };
  }
}
