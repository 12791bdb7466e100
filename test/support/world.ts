import { createSecretKey, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SignJWT } from 'jose';
import pg from 'pg';
import type { Type } from '@nestjs/common';
import { Clock } from '../../src/common/clock.js';
import { Bus } from '../../src/live/bus/bus.js';
import type { Node } from '../../src/node.js';
import { Deadlines } from '../../src/transitions/deadlines/deadlines.service.js';
import { ApiClient } from './client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { startTestNode } from './node.js';
import { TestRedis } from './redis.js';

export const SECRET = 'the secret of the tests, which nobody else has';

export interface Person {
  id: string;
  name: string;
  externalId: string;
  token: string;
}

export interface Message {
  id: string;
  sequence: number;
  revision: number;
  kind: string;
  content: string | null;
  clientId: string | null;
  [field: string]: unknown;
}

export interface Room {
  id: string;
  code: string;
  [field: string]: unknown;
}

export const MESSAGE = 'id roomId sequence revision kind content metadata clientId createdAt editedAt deletedAt';

/** A token as the host's identity provider would make it. */
export function aToken(claims: Record<string, unknown>, lifetimeS = 3600): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + lifetimeS;
  return new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(createSecretKey(SECRET, 'utf8'));
}

/** A database, one or more nodes on it, and people who talk. */
export class World {
  private readonly clients: ApiClient[] = [];
  private readonly pool: pg.Pool;
  private redis: TestRedis | null = null;
  private host?: Promise<Person>;

  private constructor(
    readonly database: TestDatabase,
    readonly nodes: Node[],
  ) {
    this.pool = new pg.Pool({ connectionString: database.url, max: 2 });
    // The pool has ended before its sockets have: dropping the database may still reach one of them.
    this.pool.on('error', () => undefined);
  }

  static async start(settings: NodeJS.ProcessEnv = {}, nodes = 1, features: Type[] = []): Promise<World> {
    const database = await createTestDatabase();
    const world = new World(database, []);
    for (let i = 0; i < nodes; i++) world.nodes.push(await startTestNode(database, { JWT_SECRET: SECRET, ...settings }, features));
    return world;
  }

  /** Two nodes on a Redis of their own, which hear each other. */
  static async startOnRedis(settings: NodeJS.ProcessEnv = {}): Promise<World> {
    const redis = await TestRedis.start();
    const world = await World.start({ REDIS_URL: redis.url, ...settings }, 2);
    world.redis = redis;
    await world.untilBusesAre(true);
    return world;
  }

  /** From now on the rules of every node (windows, deadlines) see this time; what is due by then happens before it returns. */
  async setTime(now: Date): Promise<void> {
    // A module may have a clock of its own.
    for (const { app } of this.nodes) for (const clock of app.get(Clock, { each: true, strict: false })) clock.now = () => now;
    await Promise.all(this.nodes.map(({ app }) => app.get(Deadlines).runDue()));
  }

  /** Until every node hears the others over Redis, or none does. */
  async untilBusesAre(isHealthy: boolean): Promise<void> {
    const buses = this.nodes.map((node) => node.app.get(Bus));
    while (buses.some((bus) => bus.isHealthy !== isHealthy)) await setTimeout(10);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) await client.close();
    for (const node of this.nodes) await node.close();
    await this.pool.end();
    await this.database.drop();
    await this.redis?.stop();
  }

  /** Straight to the tables, past every rule of the application. */
  async sql<Row extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** The API as this person sees it (as nobody: anonymous), on one of the nodes; -1 is the last. */
  as(person: Person | null, node = 0): ApiClient {
    const client = new ApiClient(this.nodes.at(node)?.url ?? '', person?.token ?? null);
    this.clients.push(client);
    return client;
  }

  /** Somebody new, known to the platform. */
  async person(name: string, role = 'USER'): Promise<Person> {
    const externalId = `${name.toLowerCase()}-${randomUUID()}`;
    const token = await aToken({ sub: externalId, name, role });
    const person = { id: '', name, externalId, token };
    const { me } = await this.as(person).get<{ me: { id: string } }>('{ me { id } }');
    return { ...person, id: me.id };
  }

  async people<Name extends string>(...names: Name[]): Promise<Record<Name, Person>> {
    const people = await Promise.all(names.map(async (name) => [name, await this.person(name)] as const));
    return Object.fromEntries(people) as Record<Name, Person>;
  }

  /** A room made by a host system, so that any role may be given. */
  async room(people: [Person, string][], input: Record<string, unknown> = {}): Promise<Room> {
    this.host ??= this.person('Host', 'SERVICE');
    const { createRoom } = await this.as(await this.host).get<{ createRoom: Room }>(
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { id code title } }',
      { input: { ...input, participants: people.map(([person, role]) => ({ userId: person.id, role })) } },
    );
    return createRoom;
  }

  async send(room: Room, person: Person, content: string, more: Record<string, unknown> = {}): Promise<Message> {
    const { sendMessage } = await this.as(person).get<{ sendMessage: Message }>(
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${MESSAGE} } }`,
      { input: { roomId: room.id, content, clientId: randomUUID(), ...more } },
    );
    return sendMessage;
  }

  /** One step with an input of its own: `act(staff, 'removeParticipant', { roomId, userId })`. The answer is not looked at. */
  async act(person: Person, mutation: string, input: Record<string, unknown>): Promise<void> {
    await this.as(person).get(this.documentOf(mutation), { input });
  }

  /** The same step, and what it gives: `fields` as GraphQL has them. */
  async do<Result = Record<string, unknown>>(
    person: Person,
    mutation: string,
    input: Record<string, unknown>,
    fields: string,
  ): Promise<Result> {
    const data = await this.as(person).get(this.documentOf(mutation, fields), { input });
    return data[mutation] as Result;
  }

  /** The same step, and the code with which it is refused; 'OK' when it is not. */
  refusal(person: Person, mutation: string, input: Record<string, unknown>): Promise<string> {
    return this.as(person).refusal(this.documentOf(mutation), { input });
  }

  private documentOf(mutation: string, fields = '__typename'): string {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    return `mutation ($input: ${type}!) { ${mutation}(input: $input) ${['deleteRoom', 'setTyping', 'deleteWebhookEndpoint', 'replayWebhooks'].includes(mutation) ? '' : `{ ${fields} }`} }`;
  }
}
