import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../check/cluster/port.js';
import { killAll, run, type Run, terminate } from './support/process.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { SteadyClient } from './support/steady-client.js';
import { type Person, type Room, SECRET, World } from './support/world.js';

const ROOMS = 50;
const PEOPLE_IN_EACH = 4;
/** For a machine that does much else. */
const LIMIT_MS = 300_000;
/** What a node says on such a machine while it asks its clients to come again. */
const BUSY = '"msg":"Not available"';

let world: World;
let people: Person[];
let clients: SteadyClient[] = [];
let nodes: RestartableNode[] = [];

beforeAll(async () => {
  world = await World.start();
  people = await Promise.all(Array.from({ length: ROOMS * PEOPLE_IN_EACH }, (_, at) => world.person(`person${at}`)));
}, LIMIT_MS);

afterEach(async () => {
  await Promise.all(clients.map((client) => client.leave()));
  await Promise.all(nodes.map((node) => node.stop()));
});

afterAll(async () => {
  killAll();
  await world.stop();
});

/** A process that can be ended and started again at the same port. */
class RestartableNode {
  private process: Run;

  private constructor(
    private readonly settings: NodeJS.ProcessEnv,
    readonly url: string,
  ) {}

  static async start(settings: NodeJS.ProcessEnv): Promise<RestartableNode> {
    const port = String(await freePort());
    const node = new RestartableNode({ ...settings, PORT: port }, `http://127.0.0.1:${port}`);
    await node.start();
    return node;
  }

  /** @returns what the old process had to complain of, and its exit code */
  async restart(): Promise<{ code: number; complaints: string[] }> {
    const old = this.process;
    const code = await terminate(old);
    await this.start();
    return {
      code,
      complaints: old
        .output()
        .split('\n')
        .filter((line) => line !== '' && !line.includes(BUSY)),
    };
  }

  async stop(): Promise<void> {
    await terminate(this.process);
  }

  private async start(): Promise<void> {
    this.process = run(this.settings);
    while (!(await fetch(`${this.url}/health/ready`).catch(() => null))?.ok) await wait(20);
  }
}

const members = (room: number): Person[] => people.slice(room * PEOPLE_IN_EACH, (room + 1) * PEOPLE_IN_EACH);

/** Half of each room begins on each node, and of those one half speaks by HTTP and the other over their socket. */
function gather(rooms: Room[], urls: string[]): SteadyClient[] {
  return rooms.flatMap(({ id }, room) =>
    members(room).map(
      ({ token }, at) =>
        new SteadyClient({ token, roomId: id, nodes: at % 2 === 0 ? urls : urls.toReversed(), sendsBy: at % 4 < 2 ? 'http' : 'socket' }),
    ),
  );
}

async function everybody(clients: SteadyClient[], isSo: (client: SteadyClient, at: number) => boolean): Promise<void> {
  while (!clients.every(isSo)) await wait(20);
}

async function saysMore(clients: SteadyClient[], messages: number): Promise<void> {
  const before = new Map(clients.map((client) => [client, client.said.size]));
  await everybody(clients, (client) => client.said.size >= before.get(client)! + messages);
}

const logOf = ({ id }: Room): Promise<SteadyClient['heard']> =>
  world.sql(`select sequence::int, client_id as "clientId" from messages where room_id = $1 order by sequence`, [id]);

async function restartUnderLoad(settings: NodeJS.ProcessEnv): Promise<void> {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, (_, at) => world.room(members(at).map((person) => [person, 'CUSTOMER']))));
  const all = {
    DATABASE_URL: world.database.url,
    JWT_SECRET: SECRET,
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_FACTOR: '0',
    ...settings,
  };
  nodes = await Promise.all([RestartableNode.start(all), RestartableNode.start(all)]);
  const urls = nodes.map(({ url }) => url);
  clients = gather(rooms, urls);
  await saysMore(clients, 1);
  expect(await nodes[0]!.restart()).toEqual({ code: 0, complaints: [] });
  await saysMore(clients, 1);

  await Promise.all(clients.map((client) => client.fallSilent()));
  const logs = await Promise.all(rooms.map(logOf));
  await everybody(clients, ({ heard }, at) => heard.length >= logs[Math.floor(at / PEOPLE_IN_EACH)]!.length);
  for (const [at, client] of clients.entries()) {
    const log = logs[Math.floor(at / PEOPLE_IN_EACH)]!;
    expect(client.heard).toEqual(log);
    expect(log).toEqual(expect.arrayContaining([...client.said].map(([clientId, sequence]) => ({ clientId, sequence }))));
    expect({ closings: client.closings, troubles: client.troubles }).toEqual({ closings: at % 2 === 0 ? [1001] : [], troubles: [] });
  }
  const said = clients.flatMap((client) => [...client.said.keys()]);
  expect(said.toSorted()).toEqual(
    logs
      .flat()
      .flatMap(({ clientId }) => clientId ?? [])
      .toSorted(),
  );
}

describe('of 200 clients who talk on two nodes, none loses or doubles a message or is cut off while one node restarts', () => {
  test('without Redis', () => restartUnderLoad({}), LIMIT_MS);

  (hasRedis() ? test : test.skip)(
    'with Redis',
    async () => {
      const redis = await TestRedis.start();
      await restartUnderLoad({ REDIS_URL: redis.url });
      await redis.stop();
    },
    LIMIT_MS,
  );
});
