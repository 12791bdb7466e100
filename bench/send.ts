import './support/servers/production.js';
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { newId } from '../src/common/values/ids.js';
import type { Node } from '../src/node.js';
import type { Draft } from '../src/timeline/log/append.queries.js';
import { MessageKind } from '../src/timeline/log/message.entity.js';
import { MessageWriter } from '../src/timeline/message-writer.js';
import { type Client, UNIQUE, withClients } from './support/clients/clients.js';
import { sendConventionally } from './support/servers/conventional.js';
import { type BenchDatabase, openBenchDatabase } from './support/database.js';
import { alternate, type Figure, measure } from './support/figure.js';
import { secondsPerRound } from './support/options.js';
import { findPgbench, runPgbench } from './support/pgbench.js';
import { profile } from './support/profile.js';
import { Report } from './support/report.js';
import { HOT_ROOM, idOf, PEOPLE, ROOMS, roomsOf, seedRooms, sqlId, tokenOf } from './support/seed.js';
import { startServer } from './support/servers/server.js';

const ROUNDS = 3;
const SENDERS = 50;
const CONTENT = 'The parcel has left the pharmacy and will arrive within the hour, says the rider.';
const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id sequence revision createdAt clientId } }`;

const seconds = secondsPerRound();

const draft = (room: number, person: number): Draft => ({
  roomId: idOf(room),
  senderId: idOf(person),
  kind: MessageKind.TEXT,
  content: CONTENT,
  metadata: null,
  replyToId: null,
  clientId: newId(),
});

/** Below the API: the one statement for many messages against a transaction for each. */
async function compareWriters(node: Node, report: Report): Promise<void> {
  const writer = node.app.get(MessageWriter);
  const dataSource = node.app.get(DataSource);
  const rooms = Array.from({ length: PEOPLE + 1 }, (_, person) => roomsOf(person));
  const somewhere = (person: number): Draft => draft(rooms[person]![Math.floor(Math.random() * rooms[person]!.length)]!, person);
  const inHotRoom = (person: number): Draft => draft(HOT_ROOM, person);

  for (const { title, next, lead } of [
    { title: `${SENDERS} senders, ${ROOMS} rooms`, next: somewhere, lead: 4 },
    { title: `${SENDERS} senders, one room`, next: inHotRoom, lead: 8 },
  ]) {
    const round = (send: (draft: Draft) => Promise<unknown>, length: number) =>
      measure(SENDERS, length, async (worker) => void (await send(next((worker % PEOPLE) + 1))));
    const byWriter = (length = seconds) => round((message) => writer.send(message), length);
    const conventional = (length = seconds) => round((message) => sendConventionally(dataSource, message), length);
    await byWriter(1);
    await conventional(1);
    const figures = await alternate(
      { rounds: ROUNDS, seconds },
      { 'a transaction each, TypeORM': conventional, 'Parley, MessageWriter': byWriter },
    );
    report.add(title, 'messages/s', figures);
    const ours = figures['Parley, MessageWriter'];
    const theirs = figures['a transaction each, TypeORM'];
    const isFast = report.judge({ what: `${title}: messages/s, times the usual`, value: ours.perSecond / theirs.perSecond, atLeast: lead });
    report.judge({ what: `${title}: p99, times the usual`, value: ours.p99Ms / theirs.p99Ms, atMost: 1 });
    if (!isFast) report.explain(title, await profile(byWriter));
  }
}

/** One transaction for each message, as PostgreSQL's own benchmark does it: prepared, and without reading anything else. */
async function pgbenchScript({ client }: BenchDatabase): Promise<string> {
  const { rows } = await client.query(`select from pg_proc where proname = 'uuidv7'`);
  // Ids that ascend in time, as ours do, where the server can make them.
  const id = rows.length > 0 ? 'uuidv7()' : 'gen_random_uuid()';
  return `
\\set room random(1, ${ROOMS})
\\set person random(0, 9)
\\set key random(1, 9000000000000000000)
begin;
update rooms set last_sequence = last_sequence + 1, revision = revision + 1, last_message_preview = '${CONTENT}', last_message_kind = 'TEXT', last_message_at = now(), last_activity_at = now() where id = ${sqlId(':room')} returning last_sequence, revision \\gset
insert into messages (room_id, sequence, id, sender_id, kind, content, client_id, created_revision, revision) values (${sqlId(':room')}, :last_sequence, ${id}, ${sqlId('case when :room % 5 = 0 then 5 else :room % 5 end + 5 * :person')}, 'TEXT', '${CONTENT}', (:key)::text, :revision, :revision);
commit;
`;
}

const senders = (): Promise<Client[]> =>
  Promise.all(
    Array.from({ length: SENDERS }, async (_, at) => {
      const person = (at % PEOPLE) + 1;
      const rooms = roomsOf(person).sort(() => Math.random() - 0.5);
      const bodies = rooms.map((room) =>
        JSON.stringify({ query: SEND, variables: { input: { roomId: idOf(room), content: CONTENT, clientId: UNIQUE } } }),
      );
      return { token: await tokenOf(person), bodies };
    }),
  );

/** The whole way, from a client's socket to the commit and back. */
async function compareWithPgbench(node: Node, database: BenchDatabase, report: Report): Promise<void> {
  const url = `${node.url}/graphql`;
  const clients = await senders();
  const pgbench = findPgbench();
  const script = await pgbenchScript(database);
  const title = `${SENDERS} clients, ${ROOMS} rooms, fsync on`;
  await withClients(
    [
      { transport: 'socket', url, clients },
      { transport: 'http', url, clients },
    ],
    async (sockets, connections) => {
      await sockets.warmUp();
      await connections.run(1);
      const contenders: Record<string, () => Promise<Figure>> = {
        ...(pgbench && { pgbench: () => runPgbench(pgbench, { url: database.url, script, clients: SENDERS, seconds }) }),
        'Parley, sendMessage by WebSocket': () => sockets.run(seconds),
        'Parley, sendMessage by HTTP': () => connections.run(seconds),
      };
      const figures = await alternate({ rounds: ROUNDS, seconds }, contenders);
      report.add(title, 'messages/s', figures);
      if (!figures['pgbench']) return;
      const share = figures['Parley, sendMessage by WebSocket']!.perSecond / figures['pgbench'].perSecond;
      const isFast = report.judge({ what: 'sendMessage by WebSocket, share of pgbench', value: share, atLeast: 0.6 });
      if (!isFast) report.explain('sendMessage by WebSocket', await profile(() => sockets.run(seconds)));
    },
  );
  if (!pgbench) {
    console.log('\n!!! pgbench was not found (Debian: apt install postgresql-contrib), so the share of pgbench was NOT measured !!!');
  }
}

const database = await openBenchDatabase();
try {
  const node = await startServer(database.url);
  try {
    await seedRooms(database.client);
    const report = new Report('send', { postgres: database.version, secondsPerRound: seconds, rounds: ROUNDS });
    await compareWriters(node, report);
    await compareWithPgbench(node, database, report);
    report.finish();
  } finally {
    await node.close();
  }
} finally {
  await database.close();
}
