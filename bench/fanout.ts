import './support/servers/production.js';
import 'reflect-metadata';
import type { Node } from '../src/node.js';
import { type AudienceJob, MARK, type Round } from './support/clients/audience.js';
import { startBroadcastServer } from './support/servers/broadcast-server.js';
import { Child } from './support/child.js';
import { UNIQUE } from './support/clients/clients.js';
import type { Return } from './support/clients/crowd.js';
import { type BenchDatabase, openBenchDatabase } from './support/database.js';
import { alternate, type Figure } from './support/figure.js';
import { secondsPerRound } from './support/options.js';
import { profile } from './support/profile.js';
import { Report } from './support/report.js';
import { CONTENT, EVENTS, SEND } from './support/clients/room-audience.js';
import { HOT_ROOM, idOf, PEOPLE, roomsOf, seedFirstMessages, seedRooms, tokenOf } from './support/seed.js';
import { startServer } from './support/servers/server.js';

const ROUNDS = 3;
const LISTENERS = 1_000;
/** Messages a second, which all of them can hand out: what it takes then is the way, not the queue. */
const PACE = 5;
const IDLE = 10_000;
const RETURNING = 5_000;
const BYTES_PER_KIB = 1_024;

const SEND_USUALLY = `mutation ($content: String!) { send(content: $content) }`;
const RESUME = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) { __typename ... on MessageAdded {
  revision message { id sequence content } } } }`;

const seconds = secondsPerRound();

const subscribe = (query: string, variables: object): string =>
  JSON.stringify({ id: 'events', type: 'subscribe', payload: { query, variables } });
const speak = (query: string, variables: object): string =>
  JSON.stringify({ id: UNIQUE, type: 'subscribe', payload: { query, variables } });

/** As many listeners as there are, so evenly as people allow. */
const tokens = async (count: number): Promise<string[]> => {
  const each = await Promise.all(Array.from({ length: PEOPLE }, (_, at) => tokenOf(at + 1)));
  return Array.from({ length: count }, (_, at) => each[at % PEOPLE]!);
};

interface Contender {
  run(round: Round): Promise<Figure>;
  /** A message as it came. */
  sample: string;
  leave(): Promise<void>;
}

async function audience(job: AudienceJob): Promise<Contender> {
  const child = Child.start('clients/listener-process.js');
  const sample = await child.ask<string>({ audience: job });
  return { sample, run: (round) => child.ask<Figure>(round), leave: () => child.leave() };
}

async function withProcessorTimeOf(server: Child, seconds: number, work: () => Promise<Figure>): Promise<Figure> {
  const before = await server.ask<number>({});
  const figure = await work();
  return { ...figure, cpuUs: ((await server.ask<number>({})) - before) / (figure.perSecond * seconds) };
}

/** One room, a thousand listeners with one document. */
async function compareTransports(node: Node, report: Report): Promise<void> {
  const bare = await startBroadcastServer();
  const usual = Child.start('servers/usual-nest-process.js');
  const usualUrl = await usual.answer<string>();
  const roomId = idOf(HOT_ROOM);
  const heard = { tokens: await tokens(LISTENERS), subscribe: subscribe(EVENTS, { roomId }) };
  const input = { roomId, content: CONTENT, clientId: UNIQUE };
  const parley = await audience({ ...heard, urls: [`${node.url}/graphql`], speak: speak(SEND, { input }) });
  const nest = await audience({ ...heard, urls: [usualUrl], speak: speak(SEND_USUALLY, { content: CONTENT }) });
  const same = parley.sample.replace(new RegExp(`${MARK}\\d+`), `${MARK}${UNIQUE}`);
  const broadcast = await audience({ urls: [bare.url], tokens: LISTENERS, subscribe: '', speak: same });
  const compare = (round: Round) =>
    alternate(
      { rounds: ROUNDS, seconds: round.seconds },
      {
        "Nest's own transport": () => withProcessorTimeOf(usual, round.seconds, () => nest.run(round)),
        'bare ws, the same bytes': () => broadcast.run(round),
        'Parley, durable': () => parley.run(round),
      },
    );
  const listeners = `${LISTENERS.toLocaleString('en')} listeners of one room`;
  const figures = await compare({ seconds });
  report.add(`${listeners}, as fast as it goes`, 'deliveries/s', figures);
  report.add(`${listeners}, ${PACE} messages a second`, 'deliveries/s', await compare({ seconds, pace: PACE }));
  const ours = figures['Parley, durable'].perSecond;
  const lead = ours / figures["Nest's own transport"].perSecond;
  const share = ours / figures['bare ws, the same bytes'].perSecond;
  const isFar = report.judge({ what: "deliveries/s, times Nest's own transport", value: lead, atLeast: 2.5 });
  const isNear = report.judge({ what: 'deliveries/s, share of a bare ws server', value: share, atLeast: 0.6 });
  if (!isFar || !isNear) report.explain('deliveries', await profile(() => parley.run({ seconds })));
  await Promise.all([nest, broadcast, parley, usual].map((each) => each.leave()));
  await bare.close();
}

/** Ten thousand who say nothing, then half of them cut off and back at once; on a node that does nothing else. */
async function holdACrowd(database: BenchDatabase, report: Report): Promise<void> {
  const node = Child.start('servers/node-process.js', { execArgv: ['--expose-gc'] });
  const crowd = Child.start('clients/listener-process.js');
  const url = await node.ask<string>({ databaseUrl: database.url });
  const members = (await tokens(IDLE)).map((token, at) => {
    const rooms = roomsOf((at % PEOPLE) + 1);
    const room = rooms[Math.floor(at / PEOPLE) % rooms.length]!;
    return { token, subscribe: subscribe(RESUME, { roomId: idOf(room), after: 0 }) };
  });
  const before = await node.ask<number>({});
  await crowd.ask({ crowd: { url: `${url}/graphql`, members } });
  const perSocket = ((await node.ask<number>({})) - before) / IDLE / BYTES_PER_KIB;
  console.log(`\n${IDLE.toLocaleString('en')} idle sockets: ${perSocket.toFixed(1)} KiB of the server's memory each`);
  report.judge({ what: 'KiB of server memory for an idle socket', value: perSocket, atMost: 40 });
  const back = await crowd.ask<Return>({ comeBack: RETURNING });
  console.log(
    `${RETURNING.toLocaleString('en')} cut off and back at once: ${back.seconds.toFixed(1)} s, ${back.failed} failed`,
    back.reasons,
  );
  report.judge({ what: `seconds until ${RETURNING} are back`, value: back.seconds, atMost: 15 });
  report.judge({ what: 'operations that failed meanwhile', value: back.failed, atMost: 0 });
  await crowd.leave();
  await node.leave();
}

const database = await openBenchDatabase();
try {
  const report = new Report('fanout', { postgres: database.version, secondsPerRound: seconds, rounds: ROUNDS });
  const node = await startServer(database.url);
  try {
    await seedRooms(database.client);
    await seedFirstMessages(database.client);
    await compareTransports(node, report);
  } finally {
    await node.close();
  }
  await holdACrowd(database, report);
  report.finish();
} finally {
  await database.close();
}
