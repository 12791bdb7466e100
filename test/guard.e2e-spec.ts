import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config/config.js';
import { Requires } from '../src/policy/permission.decorators.js';
import { ApiClient } from './support/client.js';
import { type ApiField, apiFields } from './support/fields.js';
import { actionOf, OPERATIONS, ROWS } from './support/room-operations.js';
import { aToken, SECRET, World } from './support/world.js';

let world: World;
let fields: ApiField[];

beforeAll(async () => {
  world = await World.start();
  fields = apiFields(world.nodes[0]!);
});

afterAll(() => world.stop());

describe('what the API offers', () => {
  test('declares for each field who may call it', () => {
    expect(fields.length).toBeGreaterThan(40);
    expect(fields.filter((field) => !field.permission).map((field) => field.name)).toEqual([]);
  });

  test('is public only where one comes without a token', () => {
    const open = fields.filter(({ permission }) => permission?.access === 'public').map((field) => field.name);
    expect(open.sort()).toEqual(['refreshSession', 'signIn']);
  });

  test('asks the policy wherever a room is named, except at the door of public rooms, in a search, which asks for a seat, and for the host', () => {
    const named = fields.filter(({ room, permission }) => room && permission?.access !== 'room').map((field) => field.name);
    expect(named.sort()).toEqual(['createDispute', 'createPayment', 'joinRoom', 'searchMessages']);
    expect(fields.filter(({ room, permission }) => !room && permission?.access === 'room')).toEqual([]);
  });

  test('is asked in the matrix of permissions, each under the action that it declares', () => {
    const asked = new Map(ROWS.flatMap((row) => OPERATIONS[row].map(({ field }) => [field, actionOf(row)])));
    for (const { name, kind, permission } of fields) {
      if (permission?.access !== 'room') continue;
      if (typeof permission.by === 'object') {
        // What may be done with a subject is asked of its machine; tests walk through all of its cells.
        expect([name, permission.action]).toEqual([name, 'room.read']);
        continue;
      }
      expect([name, kind === 'subscription' ? 'room.read' : asked.get(name)]).toEqual([name, permission.action]);
    }
  });
});

/** What a forgetful colleague might write. */
@Resolver()
class ForgetfulResolver {
  @Query(() => String)
  forgotten() {
    return 'a secret';
  }

  @Mutation(() => String)
  forgottenToo(@Args('roomId', { type: () => ID }) roomId: string) {
    return roomId;
  }

  @Subscription(() => String)
  forgottenStream() {
    return (async function* () {
      yield await Promise.resolve({ forgottenStream: 'a secret' });
    })();
  }

  @Requires('room.read')
  @Query(() => String)
  withoutRoom() {
    return 'a secret';
  }
}

@Module({ providers: [ForgetfulResolver] })
class ForgetfulModule {}

describe('an operation that declares nothing', () => {
  let app: NestFastifyApplication;
  let clients: ApiClient[];

  beforeAll(async () => {
    const config = readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', JWT_SECRET: SECRET, DATABASE_URL: world.database.url });
    const module = { module: class Forgetful {}, imports: [AppModule.with(config), ForgetfulModule] };
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const tokens = await Promise.all(['USER', 'ADMIN', 'SERVICE'].map((role) => aToken({ sub: `somebody-${role}`, name: role, role })));
    const url = await app.getUrl();
    clients = [null, ...tokens].map((token) => new ApiClient(url, token));
  });

  afterAll(async () => {
    for (const client of clients) await client.close();
    await app.close();
  });

  const each = (ask: (client: ApiClient) => Promise<unknown>) => Promise.all(clients.map(ask));
  const refused = (codes: unknown[]) => expect(codes).toEqual(Array.from({ length: 4 }, () => 'FORBIDDEN'));

  test('is found by the walk over the schema', () => {
    const undeclared = apiFields({ app }).filter((field) => !field.permission);
    expect(undeclared.map((field) => field.name).sort()).toEqual(['forgotten', 'forgottenStream', 'forgottenToo']);
  });

  test('is refused to everybody, by HTTP', async () => {
    refused(await each((client) => client.refusal('{ forgotten }')));
    refused(await each((client) => client.refusal('mutation { forgottenToo(roomId: "1") }')));
  });

  test('is refused to everybody, by WebSocket', async () => {
    refused(await each((client) => client.subscribe('subscription { forgottenStream }').next()));
    refused(await each((client) => client.subscribe('{ forgotten }').next()));
  });

  test('that asks for a room and takes none finds none', async () => {
    const codes = await each((client) => client.refusal('{ withoutRoom }'));
    expect(codes).toEqual(['UNAUTHENTICATED', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  });
});
