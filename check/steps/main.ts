import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { Api } from '../api.js';
import { Cluster, tokenOf } from '../cluster/cluster.js';
import { Random } from '../random.js';
import { makeFolder, Postgres, RedisServer } from '../cluster/servers.js';
import { Caller, type Ledger } from './caller.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import { Shop, STEPS_OF_AN_ORDER, type Staff } from './shop.js';
import { judgeSteps, unfinished } from './verdict.js';

const NODES = 2;
const WORKERS = 16;
const CUSTOMERS = 20;
/** What was begun before a kill and waits for its lease to end is told within this. */
const PATIENCE_MS = 120_000;
/** Nobody waits three days for the timer that completes an order. */
const COMPLETE_HOURS = '0.001';
const SECRETS_KEY = 'the key of the check, which seals the secrets of its integration';
const ENDPOINT = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }';
const INTEGRATION = 'mutation ($input: CreateIntegrationInput!) { createIntegration(input: $input) { integration { id } secret } }';

const { values } = parseArgs({ options: { transitions: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } } });
const wanted = Number(values.transitions);
const random = new Random(Number(values.seed));
let kills = 0;

async function ask<Data>(api: Api, document: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const outcome = await api.post<Data>(0, document, variables);
  if (outcome.is !== 'done') throw new Error(`${document}: ${JSON.stringify(outcome)}`);
  return outcome.data;
}

async function personOf(cluster: Cluster, name: string): Promise<{ api: Api; id: string }> {
  const api = new Api(cluster, await tokenOf(name, 'USER'));
  return { api, id: (await ask<{ me: { id: string } }>(api, '{ me { id } }')).me.id };
}

const customersOf = (cluster: Cluster): Promise<string[]> =>
  Promise.all(Array.from({ length: CUSTOMERS }, async (_, index) => (await personOf(cluster, `customer-${index}`)).id));

/** Everybody who moves orders, for one worker each: they choose nodes by their own chance. */
async function staffOf(cluster: Cluster, host: Api, ledger: Ledger): Promise<() => Staff> {
  type Made = { createIntegration: { integration: { id: string }; secret: string } };
  const { createIntegration: made } = await ask<Made>(host, INTEGRATION, { input: { name: 'The shop' } });
  const integration = { id: made.integration.id, secret: made.secret };
  const [keeper, rider] = [await personOf(cluster, 'keeper'), await personOf(cluster, 'rider')];
  return () => ({
    host: new Caller(host, NODES, random.fork(), ledger),
    rider: new Caller(rider.api, NODES, random.fork(), ledger),
    sender: new Sender(cluster, integration, random.fork(), ledger),
    keeperId: keeper.id,
    riderId: rider.id,
  });
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
  const ledger: Ledger = { versions: new Map(), events: new Set(), retries: 0, refusals: [] };
  const newStaff = await staffOf(cluster, api, ledger);
  let left = Math.ceil(wanted / STEPS_OF_AN_ORDER);
  const began = Date.now();
  const work = Promise.all(
    Array.from({ length: WORKERS }, async () => {
      const shop = new Shop(newStaff(), customers, random.fork());
      while (left-- > 0) await shop.sell();
    }),
  );
  let isOver = false;
  const nemesis = killAtRandom(cluster, () => isOver);
  await Promise.race([work, nemesis.then(() => work), cluster.crashed]);
  isOver = true;
  await nemesis;
  const seconds = (Date.now() - began) / 1_000;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && (await unfinished(cluster, receiver)) > 0;) await wait(250);
  const { counts, parts, findings } = await judgeSteps(cluster, receiver, ledger);
  console.log(
    `${counts.transitions} steps, ${counts.messages} messages, ${receiver.transitions.size} steps told in ${receiver.calls} calls`,
  );
  console.log(
    `${kills} kills of a node, ${ledger.retries} calls made again, ${seconds.toFixed(0)} s, ${((seconds * 1_000) / counts.transitions).toFixed(0)} ms a step`,
  );
  console.log(parts.map(({ part, steps }) => `${part}: ${steps}`).join(', '));
  for (const refusal of ledger.refusals.slice(0, 3)) console.log(`  refused: ${refusal}`);
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
  const settings = { WEBHOOK_ALLOW_PRIVATE: 'true', RATE_LIMIT_FACTOR: '0', ORDER_COMPLETE_HOURS: COMPLETE_HOURS, SECRETS_KEY };
  const cluster = await Cluster.start({ folder, postgres, redis }, NODES, settings);
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
