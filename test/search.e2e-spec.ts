import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { explained } from './support/statements.js';
import { type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;
let room: Room;
let other: Room;

beforeAll(async () => {
  world = await World.start();
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);
  other = await world.room([[ada, 'CLIENT']]);
  for (const content of [
    'The parcel is ready',
    'Parcels arrive at noon',
    'طلبك جاهز الآن',
    'आपका पार्सल तैयार है',
    '处方 已收到',
    'It’s 50% off_now \\ "quoted"',
  ]) {
    await world.send(room, ben, content);
  }
  await world.send(other, ada, 'my own parcel note');
});

afterAll(() => world.stop());

const SEARCH = `query ($input: SearchMessagesInput!, $first: Int, $after: String) { searchMessages(input: $input, first: $first, after: $after) {
  nodes { message { id content roomId sender { displayName } } excerpt { text isMatch } } pageInfo { hasNextPage endCursor } } }`;

interface Result {
  searchMessages: {
    nodes: { message: Message; excerpt: { text: string; isMatch: boolean }[] }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
  };
}

async function search(person: Person, input: Record<string, unknown>, page: Record<string, unknown> = {}) {
  return (await world.as(person).get<Result>(SEARCH, { input, ...page })).searchMessages;
}

const contents = async (person: Person, input: Record<string, unknown>) =>
  (await search(person, input)).nodes.map(({ message }) => message.content);

test('words and their beginnings are found in any script, newest first', async () => {
  expect(await contents(ben, { text: 'PARCEL' })).toEqual(['Parcels arrive at noon', 'The parcel is ready']);
  expect(await contents(ben, { text: 'parc rea' })).toEqual(['The parcel is ready']);
  expect(await contents(ben, { text: 'جاهز' })).toEqual(['طلبك جاهز الآن']);
  expect(await contents(ben, { text: 'पार्सल' })).toEqual(['आपका पार्सल तैयार है']);
  expect(await contents(ben, { text: '处方' })).toEqual(['处方 已收到']);
  expect(await contents(ben, { text: 'parcel noon nothing' })).toEqual([]);
});

test('a hit shows the words around it, with the match marked', async () => {
  const { nodes } = await search(ben, { text: 'ready' });
  expect(nodes[0]?.excerpt).toEqual([
    { text: 'The parcel is ', isMatch: false },
    { text: 'ready', isMatch: true },
  ]);
});

test('only what somebody may read is found', async () => {
  const { stranger } = await world.people('stranger');
  expect(await contents(stranger, { text: 'parcel' })).toEqual([]);
  expect(await contents(ada, { text: 'parcel' })).toHaveLength(3);
  expect(await contents(ada, { text: 'parcel', roomId: other.id })).toEqual(['my own parcel note']);
  for (const roomId of [room.id, '0190f3a4-0000-7000-8000-000000000000', 'nonsense']) {
    expect(await world.as(stranger).refusal(SEARCH, { input: { text: 'parcel', roomId } })).toBe('NOT_FOUND');
  }
  expect(await world.as(null).refusal(SEARCH, { input: { text: 'parcel' } })).toBe('UNAUTHENTICATED');

  const { late } = await world.people('late');
  await world.act(staff, 'addParticipant', { roomId: room.id, userId: late.id, role: 'CLIENT', shareHistory: false });
  expect(await contents(late, { text: 'parcel' })).toEqual([]);
  await world.act(staff, 'addParticipant', { roomId: room.id, userId: stranger.id, role: 'CLIENT' });
  expect(await contents(stranger, { text: 'parcel' })).toHaveLength(2);
  await world.act(staff, 'blockParticipant', { roomId: room.id, userId: stranger.id });
  expect(await contents(stranger, { text: 'parcel' })).toEqual([]);
});

test('what was edited or deleted is found as it is now', async () => {
  const sent = await world.send(room, ada, 'zanzibar');
  await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: 'madagascar' });
  expect(await contents(ben, { text: 'zanzibar' })).toEqual([]);
  expect(await contents(ben, { text: 'madagascar' })).toEqual(['madagascar']);
  await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: sent.id });
  expect(await contents(ben, { text: 'madagascar' })).toEqual([]);
  expect(await contents(staff, { text: 'madagascar' })).toEqual([]);
});

test('filters and pages narrow it down', async () => {
  expect(await contents(ada, { text: 'parcel', senderId: ada.id })).toEqual(['my own parcel note']);
  expect(await contents(ada, { text: 'parcel', senderId: 'nobody' })).toEqual([]);
  expect(await contents(ada, { text: 'parcel', kinds: ['IMAGE'] })).toEqual([]);
  expect(await contents(ada, { text: 'parcel', to: '2020-01-01T00:00:00Z' })).toEqual([]);
  expect(await contents(ada, { text: 'parcel', from: '2020-01-01T00:00:00Z' })).toHaveLength(3);
  const seen: (string | null)[] = [];
  let after: string | undefined;
  for (;;) {
    const { nodes, pageInfo } = await search(ada, { text: 'parcel' }, { first: 1, after });
    seen.push(...nodes.map(({ message }) => message.content));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(['my own parcel note', 'Parcels arrive at noon', 'The parcel is ready']);
});

test.each(["'", "' & |", '!', '\\', ':*', '50%', '((', '<->', '"quoted', "it's", '👍', 'a:b & !c'])(
  '%j is a text and no query language',
  async (text) => {
    expect(await world.as(ada).refusal(SEARCH, { input: { text } })).toBe('OK');
  },
);

test.each([{ text: '' }, { text: '  ' }, { text: 'x'.repeat(201) }, { text: 'a\0b' }])('%j is refused', async (input) => {
  expect(await world.as(ada).refusal(SEARCH, { input })).toBe('BAD_USER_INPUT');
});

test('a common word is looked up in my rooms only', async () => {
  const database = (world.nodes[0] as (typeof world.nodes)[0]).app.get(DataSource);
  const crowd = await world.room([[ben, 'CLIENT']]);
  await database.query(
    `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
     select $1, i, gen_random_uuid(), $2, 'TEXT', 'parcel number ' || i, i, i from generate_series(2, 20000) i`,
    [crowd.id, ben.id],
  );
  await database.query('update rooms set last_sequence = 20000, revision = 20000 where id = $1', [crowd.id]);
  await database.query('vacuum analyze messages');
  interface Plan {
    'Node Type': string;
    'Index Name'?: string;
    'Actual Rows': number;
    Plans?: Plan[];
  }
  const scans = (plan: Plan): Plan[] =>
    [plan, ...(plan.Plans ?? []).flatMap(scans)].filter((each) => each['Index Name'] === 'messages_search');
  const plan = (await explained(database, /ts_headline/, () => search(ada, { text: 'parcel' }))) as Plan;
  const [scan] = scans(plan);
  expect(scan?.['Actual Rows']).toBe(3);
});
