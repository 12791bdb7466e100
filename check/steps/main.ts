import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { Api } from '../api.js';
import { Cluster, tokenOf } from '../cluster.js';
import { Random } from '../random.js';
import { makeFolder, Postgres, RedisServer } from '../servers.js';
import { Receiver } from './receiver.js';
import { type Ledger, Shop, STEPS_OF_AN_ORDER } from './shop.js';
import { judgeSteps, untold } from './verdict.js';

const NODES = 2;
const WORKERS = 16;
const CUSTOMERS = 20;
/** What was begun before a kill and waits for its lease to end is told within this. */
const PATIENCE_MS = 120_000;
const ENDPOINT = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }';

const { values } = parseArgs({ options: { transitions: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } } });
const wanted = Number(values.transitions);
const random = new Random(Number(values.seed));
let kills = 0;

async function ask<Data>(api: Api, document: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const outcome = await api.post<Data>(0, document, variables);
  if (outcome.is !== 'done') throw new Error(`${document}: ${JSON.stringify(outcome)}`);
  return outcome.data;
}

async function customersOf(cluster: Cluster): Promise<string[]> {
  return Promise.all(
    Array.from({ length: CUSTOMERS }, async (_, index) => {
      const api = new Api(cluster, await tokenOf(`customer-${index}`, 'USER'));
      return (await ask<{ me: { id: string } }>(api, '{ me { id } }')).me.id;
    }),
  );
}

/** One node after the other, at any moment, in whatever it is doing. */
async function killAtRandom(cluster: Cluster, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await wait(random.between(200, 2_500));
    const { node } = random.pick(cluster.places);
    await node.end('SIGKILL');
    kills++;
    await wait(random.between(0, 300));
    await node.start();
  }
}

async function check(cluster: Cluster, receiver: Receiver): Promise<boolean> {
  const host = await tokenOf('host', 'SERVICE');
  const api = new Api(cluster, host);
  await ask(api, ENDPOINT, { input: { url: receiver.url, events: ['*'] } });
  const customers = await customersOf(cluster);
  const ledger: Ledger = { versions: new Map(), retries: 0, refusals: [] };
  let left = Math.ceil(wanted / STEPS_OF_AN_ORDER);
  const began = Date.now();
  const work = Promise.all(
    Array.from({ length: WORKERS }, async () => {
      const shop = new Shop(new Api(cluster, host), NODES, customers, random.fork(), ledger);
      while (left-- > 0) await shop.sell();
    }),
  );
  let isOver = false;
  const nemesis = killAtRandom(cluster, () => isOver);
  await Promise.race([work, nemesis.then(() => work), cluster.crashed]);
  isOver = true;
  await nemesis;
  const seconds = (Date.now() - began) / 1_000;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && (await untold(cluster, receiver)) > 0;) await wait(250);
  const { counts, findings } = await judgeSteps(cluster, receiver, ledger);
  console.log(
    `${counts.transitions} steps, ${counts.messages} messages, ${receiver.transitions.size} steps told in ${receiver.calls} calls`,
  );
  console.log(`${kills} kills of a node, ${ledger.retries} calls made again, ${seconds.toFixed(0)} s`);
  for (const [what, count] of findings) console.log(`  ${count === 0 ? 'ok   ' : 'WRONG'} ${count} ${what}`);
  return counts.transitions >= wanted && findings.every(([, count]) => count === 0);
}

const folder = makeFolder();
const redis = await RedisServer.start();
const postgres = await Postgres.start(folder);
const receiver = await Receiver.start();
// So that nothing that was started stays behind: see `process.once('exit')`.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  const cluster = await Cluster.start({ folder, postgres, redis }, NODES, { WEBHOOK_ALLOW_PRIVATE: 'true', RATE_LIMIT_FACTOR: '0' });
  const isWell = await check(cluster, receiver);
  await cluster.stop();
  process.exitCode = isWell ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  await receiver.stop();
  await redis.kill();
  await postgres.stop();
  fs.rmSync(folder, { recursive: true, force: true });
  process.exit();
}
