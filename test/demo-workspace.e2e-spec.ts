import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { readConfig } from '../src/config/config.js';
import { seedDemoWorkspace } from '../src/demo-workspace.js';
import { DEMO_PASSWORD, demoPeople } from '../src/users/demo-people.js';
import { ApiClient } from './support/client.js';
import { World } from './support/world.js';

let world: World;

const SETTINGS = { JWT_ISSUER: 'https://id.example.com/', JWT_AUDIENCE: 'parley' };
const config = (environment: string) =>
  readConfig({ NODE_ENV: environment, JWT_SECRET: 'the secret of the tests, which nobody else has', ...SETTINGS });

beforeAll(async () => {
  world = await World.start(SETTINGS, 2);
});

afterAll(() => world.stop());

const database = () => world.nodes[0]!.app.get(DataSource);
const peopleOf = (environment: string) => demoPeople(database(), config(environment));

test('there are no demo people until they are wanted', async () => {
  expect(await peopleOf('development')).toEqual([]);
});

test('nodes that start at once build one workspace, and a later start adds nothing', async () => {
  await Promise.all(world.nodes.map(({ app }) => seedDemoWorkspace(app)));
  await seedDemoWorkspace(world.nodes[0]!.app);
  const rooms = await database().query('select kind, visibility, participant_count from rooms order by kind');
  expect(rooms).toEqual([
    { kind: 'DIRECT', visibility: 'PRIVATE', participant_count: 2 },
    { kind: 'GROUP', visibility: 'PUBLIC', participant_count: 1 },
    { kind: 'ORDER', visibility: 'PRIVATE', participant_count: 3 },
  ]);
});

test('each demo person is let in by token and by password, and finds what was said', async () => {
  const people = await peopleOf('development');
  expect(people.map(({ part, role }) => [part, role])).toEqual([
    ['customer', 'USER'],
    ['pharmacist', 'USER'],
    ['rider', 'USER'],
    ['support', 'SUPPORT'],
  ]);
  for (const { name, email, role, token } of people) {
    const client = new ApiClient(world.nodes[0]!.url, token);
    const { me, rooms } = await client.get('{ me { displayName role email } rooms { nodes { lastMessage { preview } } } }');
    expect(me).toEqual({ displayName: name, role, email });
    expect(rooms).toMatchObject({ nodes: expect.arrayContaining([{ lastMessage: { preview: expect.stringMatching(/./) } }]) });

    const stranger = new ApiClient(world.nodes[0]!.url, null);
    const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { displayName } } }';
    expect(await stranger.get(signIn, { input: { email, password: DEMO_PASSWORD } })).toEqual({ signIn: { user: { displayName: name } } });
  }
});

test('no tokens are made outside of development', async () => {
  expect(await peopleOf('production')).toEqual([]);
  expect(await peopleOf('test')).toEqual([]);
});
