import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Message, type Person, type Room, World } from './support/world.js';

const CARD = '4242 4242 4242 4242';

let world: World;
let ana: Person, ben: Person, eve: Person, dan: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
  ({ ana, ben, eve, dan } = await world.people('ana', 'ben', 'eve', 'dan'));
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [eve, 'ADMIN'],
    [dan, 'CLIENT'],
  ]);
});

afterAll(() => world.stop());

test('a card number in a message is stored with its last four digits only', async () => {
  const sent = await world.send(room, ana, 'take 4242 4242 4242 4242 please');
  expect(sent.content).toBe('take •••• 4242 please');
  const edited = await world.do<Message>(
    ana,
    'editMessage',
    { roomId: room.id, messageId: sent.id, content: '5555555555554444' },
    'content',
  );
  expect(edited.content).toBe('•••• 4444');
});

test('nor does one stand in reasons, titles, descriptions or terms', async () => {
  const { id: roomId } = room;
  await world.act(eve, 'muteParticipant', { roomId, userId: dan.id, reason: `wrote ${CARD}` });
  await world.act(eve, 'updateRoom', { roomId, title: `about ${CARD}` });
  await world.act(ana, 'createJob', { title: `charge ${CARD}`, description: `all of ${CARD}`, budgetMinor: 100, currency: 'EUR' });
  const open = { roomId, contextKind: 'ROOM', contextId: roomId, against: ben.id, reason: 'NOT_RECEIVED', desired: 'REFUND' };
  const claim = { ...open, amountMinor: 100, currency: 'EUR', statement: `paid with ${CARD}` };
  const dispute = await world.do<{ id: string }>(ana, 'openDispute', claim, 'id');
  await world.act(ben, 'respondToDispute', { disputeId: dispute.id, statement: `not with ${CARD}`, reason: `see ${CARD}` });
  await world.act(ben, 'makeDisputeOffer', { disputeId: dispute.id, amountMinor: 50, terms: `back to ${CARD}` });
  const tables = ['rooms', 'messages', 'transitions', 'disputes', 'dispute_evidence', 'dispute_offers', 'jobs', 'participants'];
  for (const table of tables) {
    const [row] = await world.sql<{ told: string }>(`select coalesce(json_agg(t)::text, '') as told from ${table} t`);
    expect([table, row!.told.replace(/[ -]/g, '').includes('4242424242')]).toEqual([table, false]);
  }
  const [said] = await world.sql(`select count(*)::int as times from messages where content || metadata::text like '%•••• 4242%'`);
  expect(said!['times']).toBeGreaterThan(2);
});

test('every text that people write to each other is one of those', () => {
  const written = /^ {2}(reason|note|notes|statement|terms|title|description|reasonForVisit)\??: string/;
  // A part of a title that one looks for, and what operators note of an endpoint.
  const others = ['src/rooms/room/rooms.inputs.ts title', ...Array(2).fill('src/integrations/webhooks/webhooks.inputs.ts description')];
  const files = fs.globSync('src/**/*.ts').filter((file) => fs.readFileSync(file, 'utf8').includes('@InputType('));
  const left = files.flatMap((file) => {
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const names = lines.map((line, at) =>
      lines[at - 1]?.includes('@Text(') && !lines[at - 2]?.includes('@Prose()') ? written.exec(line)?.[1] : null,
    );
    return names.flatMap((name) => (name ? [`${file} ${name}`] : []));
  });
  expect(left.toSorted()).toEqual(others.toSorted());
});

test('what programs keep in a message stays as it is', async () => {
  const { metadata } = await world.do<Message>(
    ana,
    'sendMessage',
    { roomId: room.id, content: 'scanned', metadata: { barcode: '4242424242424242' } },
    'metadata',
  );
  expect(metadata).toEqual({ barcode: '4242424242424242' });
});
