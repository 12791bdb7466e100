import { RedisServer } from '../check/cluster/servers.js';
import { Child } from './support/child.js';
import { openBenchDatabase } from './support/database.js';
import { alternate, type Figure } from './support/figure.js';
import { secondsPerRound } from './support/options.js';
import { Report } from './support/report.js';
import { audienceOf, tokensOf } from './support/clients/room-audience.js';
import { peopleIn, seedFirstMessages, seedRooms } from './support/seed.js';
import type { Look } from './support/servers/server-process.js';

const ROUNDS = 3;
const LISTENERS = 1_000;
/** Messages a second, which one node can hand out alone: what is compared is what the same work costs. */
const PACE = 5;

const seconds = secondsPerRound();
const database = await openBenchDatabase();
const redis = await RedisServer.start();
const started: Child[] = [];

async function startNode(redisUrl?: string): Promise<{ process: Child; url: string }> {
  const process = Child.start('servers/server-process.js');
  started.push(process);
  return { process, url: await process.ask<string>({ databaseUrl: database.url, redisUrl }) };
}

type Server = Awaited<ReturnType<typeof startNode>>;

/** Listeners of a room of their own, half of them at each of two nodes. The benchmark fails when one misses or repeats a message. */
async function contender(room: number, servers: Server[]): Promise<() => Promise<Figure>> {
  const child = Child.start('clients/listener-process.js');
  started.unshift(child);
  const tokens = await tokensOf(peopleIn(room), LISTENERS);
  const urls = servers.map(({ url }) => url);
  await child.ask({ audience: audienceOf(room, urls, tokens) });
  const cpuUs = async () => {
    const looks = await Promise.all(servers.map(({ process }) => process.ask<Look>({})));
    return looks.reduce((sum, look) => sum + look.cpuUs, 0);
  };
  return async () => {
    const before = await cpuUs();
    const figure = await child.ask<Figure>({ seconds, pace: PACE });
    return { ...figure, cpuUs: ((await cpuUs()) - before) / (figure.perSecond * seconds) };
  };
}

async function compare(report: Report): Promise<void> {
  const alone = await startNode();
  await seedRooms(database.client);
  await seedFirstMessages(database.client);
  const redisUrl = `redis://127.0.0.1:${redis.port}`;
  const first = await startNode(redisUrl);
  const second = await startNode(redisUrl);
  console.log('Three servers are up; the listeners take their seats');
  const figures = await alternate(
    { rounds: ROUNDS, seconds },
    {
      'one node without Redis': await contender(1, [alone]),
      'one node that tells others over Redis': await contender(2, [first]),
      'two nodes, half of them at each': await contender(3, [first, second]),
    },
  );
  report.add(`${LISTENERS.toLocaleString('en')} listeners of one room, ${PACE} messages a second`, 'deliveries/s', figures);
  const { cpuUs: one = NaN } = figures['one node without Redis'];
  const { cpuUs: telling = NaN } = figures['one node that tells others over Redis'];
  const { cpuUs: two = NaN } = figures['two nodes, half of them at each'];
  console.log(`\nEach listener heard each message once and in order.`);
  console.log(`CPU µs a message for telling others over Redis: ${((telling - one) * LISTENERS).toFixed(0)}`);
  console.log(`CPU µs a message for a second node that hears it and runs it, too: ${((two - telling) * LISTENERS).toFixed(0)}`);
  console.log(`CPU µs a delivery for the second node: ${(two - telling).toFixed(2)}, of ${two.toFixed(2)}`);
}

try {
  const report = new Report('nodes', { postgres: database.version, secondsPerRound: seconds, rounds: ROUNDS });
  await compare(report);
  report.finish();
} finally {
  for (const child of started) await child.leave();
  await redis.kill();
  await database.close();
}
