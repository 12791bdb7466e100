import './support/servers/production.js';
import 'reflect-metadata';
import type { Node } from '../src/node.js';
import { startBareServer } from './support/servers/bare-server.js';
import { type Job, withClients } from './support/clients/clients.js';
import { openBenchDatabase } from './support/database.js';
import { alternate } from './support/figure.js';
import { secondsPerRound } from './support/options.js';
import { profile } from './support/profile.js';
import { Report } from './support/report.js';
import { idOf, messageIdOf, peopleIn, seedHistory, seedRooms, tokenOf } from './support/seed.js';
import { startServer } from './support/servers/server.js';

const ROUNDS = 5;
const READERS = 10;
const SMALL = { room: 1, messages: 1_000 };
const LARGE = { room: 2, messages: 1_000_000 };

const PAGE = `query ($roomId: ID!, $before: String) { room(id: $roomId) { messages(last: 50, before: $before) {
  nodes { id sequence kind content metadata clientId createdAt editedAt deletedAt sender { id displayName } }
  pageInfo { hasPreviousPage startCursor }
} } }`;

type History = typeof SMALL;

const seconds = secondsPerRound();
const middleOf = ({ room, messages }: History): string => messageIdOf(room, messages / 2);

/** Somebody in the room who asks for the same page again and again, on each of so many connections. */
async function readers(node: Node, { room }: History, before: string | null, count: number): Promise<Job> {
  const [person] = peopleIn(room);
  const token = await tokenOf(person!);
  const bodies = [JSON.stringify({ query: PAGE, variables: { roomId: idOf(room), before } })];
  return { transport: 'http', url: `${node.url}/graphql`, clients: Array.from({ length: count }, () => ({ token, bodies })) };
}

/** Through GraphQL, with permissions, against a server that has nothing but the statement. */
async function compareWithBareServer(node: Node, databaseUrl: string, report: Report): Promise<void> {
  const bare = await startBareServer(databaseUrl);
  const bodies = [JSON.stringify({ roomId: idOf(SMALL.room) })];
  const bareClients = Array.from({ length: READERS }, () => ({ token: null, bodies }));
  await withClients(
    [await readers(node, SMALL, null, READERS), { transport: 'http', url: bare.url, clients: bareClients }],
    async (ours, theirs) => {
      await ours.run(2);
      await theirs.run(2);
      const figures = await alternate(
        { rounds: ROUNDS, seconds },
        {
          'bare node:http and pg': () => theirs.run(seconds),
          'Parley, GraphQL by HTTP': () => ours.run(seconds),
        },
      );
      report.add(`50 messages with senders, ${READERS} readers`, 'pages/s', figures);
      const share = figures['Parley, GraphQL by HTTP'].perSecond / figures['bare node:http and pg'].perSecond;
      const isFast = report.judge({ what: 'a page through GraphQL, share of a bare server', value: share, atLeast: 0.4 });
      if (!isFast) report.explain('a page through GraphQL', await profile(() => ours.run(seconds)));
    },
  );
  await bare.close();
}

/** The same page by one reader, of a short and of a very long history. */
async function compareHistories(node: Node, report: Report): Promise<void> {
  for (const { where, before } of [
    { where: 'the newest page', before: () => null },
    { where: 'a page from the middle', before: middleOf },
  ]) {
    await withClients(
      [await readers(node, SMALL, before(SMALL), 1), await readers(node, LARGE, before(LARGE), 1)],
      async (small, large) => {
        await small.run(1);
        await large.run(1);
        const figures = await alternate(
          { rounds: ROUNDS, seconds: seconds / 2 },
          {
            'of 1,000 messages': () => small.run(seconds / 2),
            'of 1,000,000 messages': () => large.run(seconds / 2),
          },
        );
        report.add(`${where}, one reader`, 'pages/s', figures);
        const ratio = figures['of 1,000,000 messages'].p50Ms / figures['of 1,000 messages'].p50Ms;
        const isFlat = report.judge({ what: `${where}: median of 1,000,000 over that of 1,000`, value: ratio, atMost: 1.2 });
        if (!isFlat) report.explain(where, await profile(() => large.run(seconds)));
      },
    );
  }
}

const database = await openBenchDatabase();
try {
  const node = await startServer(database.url);
  try {
    await seedRooms(database.client);
    for (const { room, messages } of [SMALL, LARGE]) {
      console.log(`Writing a history of ${messages.toLocaleString('en')} messages…`);
      await seedHistory(database.client, room, messages);
    }
    const report = new Report('page', { postgres: database.version, secondsPerRound: seconds, rounds: ROUNDS });
    await compareWithBareServer(node, database.url, report);
    await compareHistories(node, report);
    report.finish();
  } finally {
    await node.close();
  }
} finally {
  await database.close();
}
