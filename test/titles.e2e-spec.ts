import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { DAY_MS, timeIn } from './support/appointments.js';
import { aStudyUid } from './support/facilities.js';
import { JOB } from './support/jobs.js';
import { shopOf } from './support/shop.js';
import { askedDuring, statementsDuring } from './support/statements.js';
import { aToken, type Person, World } from './support/world.js';

/** In English, Arabic and French. */
type Titles = [en: string, ar: string, fr: string];

const TITLES = 'en: title ar: title(locale: AR) fr: title(locale: FR)';

let world: World;
let ana: Person, ben: Person, chi: Person, dan: Person, eve: Person, fay: Person;
let host: Person;

beforeAll(async () => {
  world = await World.start();
  ({ Ana: ana, Ben: ben, Chi: chi, Dan: dan, Eve: eve, Fay: fay } = await world.people('Ana', 'Ben', 'Chi', 'Dan', 'Eve', 'Fay'));
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

const { place } = shopOf(() => ({ world, ana, pia: ben, rob: chi, host }));

const listOf = ({ en, ar, fr }: Record<string, string>): Titles => [en!, ar!.replace(/[\u2068\u2069]/g, ''), fr!];

async function shown(roomId: string): Promise<{ titles: Titles; isCustom: boolean }> {
  const document = `query ($id: ID!) { room(id: $id) { ${TITLES} titleIsCustom } }`;
  const { room } = await world
    .as(await world.person('Root', 'ADMIN'))
    .get<{ room: Record<string, string> & { titleIsCustom: boolean } }>(document, { id: roomId });
  return { titles: listOf(room), isCustom: room.titleIsCustom };
}

const rename = (roomId: string, title: string | null, who = host) => world.act(who, 'updateRoom', { roomId, title });

/** Until what follows from another name has happened. */
async function followed(): Promise<void> {
  const OPEN = `select from graphile_worker.jobs where task_identifier in ('person.renamed', 'facility.renamed')`;
  while ((await world.sql(OPEN)).length > 0) await setTimeout(10);
}

const inRoom = (...people: Person[]) => world.room(people.map((person) => [person, 'CLIENT']));
const aJob = async () => {
  const draft = await world.do<{ id: string; number: string; room: { id: string } }>(ana, 'createJob', JOB, 'id number room { id }');
  await world.act(ana, 'publishJob', { jobId: draft.id });
  return draft;
};
const aBid = async (job: { id: string }, bidder = ben) =>
  (await world.do<{ room: { id: string } }>(bidder, 'makeJobOffer', { jobId: job.id, amountMinor: 100 }, 'room { id }')).room.id;
const aFacility = async (...people: Person[]) => {
  const facility = await world.do<{ id: string; room: { id: string } }>(host, 'createFacility', { name: 'North' }, 'id room { id }');
  for (const { id: userId } of people)
    await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId, role: 'FACILITY_ADMIN' });
  return facility;
};
const aStudy = (facility: { id: string }, more: object = {}) =>
  world
    .do<{ roomId: string }>(
      ana,
      'registerStudy',
      { facilityId: facility.id, studyUid: aStudyUid(), memberIds: [ana.id], ...more },
      'roomId',
    )
    .then(({ roomId }) => roomId);

const KINDS: [string, () => Promise<string>, Titles][] = [
  [
    'a direct one',
    async () => (await world.do<{ id: string }>(ana, 'openDirectRoom', { userId: ben.id }, 'id')).id,
    ['Ana, Ben', 'Ana، Ben', 'Ana, Ben'],
  ],
  [
    'a group',
    async () => (await inRoom(ana, ben, chi, dan, eve)).id,
    ['Ana, Ben, Chi and 2 others', 'Ana، Ben، Chi وشخصان آخران', 'Ana, Ben, Chi et 2 autres'],
  ],
  [
    'a question to the platform',
    async () => (await world.do<{ id: string }>(ana, 'createRoom', { kind: 'SUPPORT' }, 'id')).id,
    ['Ana', 'Ana', 'Ana'],
  ],
  [
    'that of an appointment',
    async () => {
      const input = { practitionerId: ana.id, patientId: chi.id, mode: 'VIDEO', ...timeIn(DAY_MS) };
      return (await world.do<{ roomId: string }>(host, 'bookAppointment', input, 'roomId')).roomId;
    },
    ['Ana, Chi', 'Ana، Chi', 'Ana, Chi'],
  ],
  [
    'that of an order',
    async () => (await place()).room.id,
    ['Order #1042 · Pharmacy X', 'الطلب رقم 1042 · Pharmacy X', 'Commande n° 1042 · Pharmacy X'],
  ],
  [
    'that of an order from nobody in particular',
    async () => (await place({ providerName: null })).room.id,
    ['Order #1042', 'الطلب رقم 1042', 'Commande n° 1042'],
  ],
  ['that of a facility', async () => (await aFacility(ana)).room.id, ['North', 'North', 'North']],
  ['that of a study', async () => aStudy(await aFacility(ana), { modality: 'CT' }), ['North · CT', 'North · CT', 'North · CT']],
  ['that of a study of any kind', async () => aStudy(await aFacility(ana)), ['North · study', 'North · فحص', 'North · examen']],
];

describe('in the language that is asked for, a room is called', () => {
  test.each(KINDS)('%s', async (_, open, titles) => {
    const roomId = await open();
    expect(await shown(roomId)).toEqual({ titles, isCustom: false });
    await rename(roomId, 'Été: {name}');
    expect(await shown(roomId)).toEqual({ titles: ['Été: {name}', 'Été: {name}', 'Été: {name}'], isCustom: true });
    await rename(roomId, null);
    expect(await shown(roomId)).toEqual({ titles, isCustom: false });
  });

  test('that of a job by its number and title, and that of an offer by who offers, too', async () => {
    const job = await aJob();
    const about = `${job.number} · Paint the fence`;
    expect((await shown(job.room.id)).titles).toEqual([`Job #${about}`, `المهمة رقم ${about}`, `Mission n° ${about}`]);
    const bid: Titles = [`Job #${about} · Ben`, `المهمة رقم ${about} · Ben`, `Mission n° ${about} · Ben`];
    const roomId = await aBid(job);
    expect((await shown(roomId)).titles).toEqual(bid);
    await rename(roomId, 'The first one');
    await rename(roomId, null);
    expect(await shown(roomId)).toEqual({ titles: bid, isCustom: false });
  });

  test('by its code while nobody has been in it, and by the last who were there when all have left', async () => {
    const empty = await world.do<{ id: string; code: string }>(host, 'createRoom', { kind: 'SUPPORT', title: 'Later' }, 'id code');
    await rename(empty.id, null);
    expect(await shown(empty.id)).toEqual({ titles: [empty.code, empty.code, empty.code], isCustom: false });
    const left = await inRoom(ana, ben);
    for (const person of [ana, ben]) await world.act(person, 'leaveRoom', { roomId: left.id });
    expect((await shown(left.id)).titles).toEqual(['Ben', 'Ben', 'Ben']);
  });

  test('what is found by its English title, wherever rooms are listed, and no statement more', async () => {
    const { id } = await world.do<{ id: string }>(fay, 'createRoom', { visibility: 'PUBLIC', participants: [] }, 'id');
    for (const { id: userId } of [ana, ben, chi]) await world.act(fay, 'addParticipant', { roomId: id, userId, role: 'CLIENT' });
    const listed = (locale: string) => `query { rooms(filter: { title: "and 1 other" }) { nodes { title(locale: ${locale}) } }
      publicRooms(title: "Fay, Ana, Ben and") { nodes { title(locale: ${locale}) } } }`;
    const lists = await world.as(fay).get<Record<string, { nodes: { title: string }[] }>>(listed('FR'));
    expect(Object.values(lists).map(({ nodes }) => nodes)).toEqual([
      [{ title: 'Fay, Ana, Ben et 1 autre' }],
      [{ title: 'Fay, Ana, Ben et 1 autre' }],
    ]);
    const [french, english] = [
      await askedDuring(() => world.as(fay).get(listed('FR'))),
      await askedDuring(() => world.as(fay).get(listed('EN'))),
    ];
    expect(french).toEqual(english);
  });
});

describe('a title follows', () => {
  test('who comes and goes, but not where the room is for something else', async () => {
    const [group, order] = [await inRoom(ana, ben, chi), (await place()).room];
    for (const { id: roomId } of [group, order]) await world.act(host, 'addParticipant', { roomId, userId: dan.id, role: 'CLIENT' });
    expect((await shown(group.id)).titles).toEqual(['Ana, Ben, Chi and 1 other', 'Ana، Ben، Chi وشخص آخر', 'Ana, Ben, Chi et 1 autre']);
    expect((await shown(order.id)).titles[0]).toBe('Order #1042 · Pharmacy X');
    await world.act(ben, 'leaveRoom', { roomId: group.id });
    expect((await shown(group.id)).titles).toEqual(['Ana, Chi, Dan', 'Ana، Chi، Dan', 'Ana, Chi, Dan']);
  });

  test('the name of a person, which a token or the host changes, unless somebody has chosen another', async () => {
    const gil = await world.person('Gil');
    const rooms = { group: (await inRoom(gil, ana)).id, bid: await aBid(await aJob(), gil), chosen: (await inRoom(ana, gil)).id };
    await rename(rooms.chosen, 'Gil and me');
    const english = async () => [
      (await shown(rooms.group)).titles[0],
      (await shown(rooms.bid)).titles[0].split(' · ').at(-1),
      (await shown(rooms.chosen)).titles[0],
    ];
    const token = await aToken({ sub: gil.externalId, name: 'Gilda' });
    await world.as({ ...gil, token }).get('{ me { id } }');
    await followed();
    expect(await english()).toEqual(['Ana, Gilda', 'Gilda', 'Gil and me']);

    await world.act(host, 'registerUser', { externalId: gil.externalId, displayName: 'Gilda Grün' });
    await followed();
    expect(await english()).toEqual(['Ana, Gilda Grün', 'Gilda Grün', 'Gil and me']);
    await rename(rooms.chosen, null);
    expect((await shown(rooms.chosen)).titles).toEqual(['Ana, Gilda Grün', 'Ana، Gilda Grün', 'Ana, Gilda Grün']);
  });

  test('nothing where a name is said once more, or for the first time', async () => {
    const token = await aToken({ sub: ana.externalId, name: 'Ana', email: 'ana@example.org' });
    const statements = await statementsDuring(async () => {
      await world.as({ ...ana, token }).get('{ me { id } }');
      await world.act(host, 'registerUser', { externalId: ana.externalId, displayName: 'Ana' });
      await world.act(host, 'registerUser', { externalId: `new-${ana.externalId}`, displayName: 'New' });
    });
    expect(statements.length).toBeGreaterThan(2);
    expect(statements.filter((text) => text.includes('add_job'))).toEqual([]);
  });

  test('the name of a facility, in its own room and in those of its studies, with a notice in each language', async () => {
    const facility = await aFacility(ana);
    const [study, chosen] = [await aStudy(facility), await aStudy(facility, { modality: 'MR' })];
    await rename(chosen, 'Our case');
    await world.act(host, 'updateFacility', { facilityId: facility.id, name: 'South' });
    expect((await shown(facility.room.id)).titles).toEqual(['South', 'South', 'South']);
    await followed();
    expect((await shown(study)).titles).toEqual(['South · study', 'South · فحص', 'South · examen']);
    expect((await shown(chosen)).titles).toEqual(['Our case', 'Our case', 'Our case']);
    const said = await world
      .as(ana)
      .get<{ room: { messages: { nodes: Record<string, string>[] } } }>(
        `query ($id: ID!) { room(id: $id) { messages(last: 1) { nodes { en: content ar: content(locale: AR) fr: content(locale: FR) } } } }`,
        { id: study },
      );
    expect(listOf(said.room.messages.nodes[0]!)).toEqual([
      'Host renamed the room to "South · study"',
      'تم تغيير اسم المحادثة إلى «South · فحص» من قِبل Host',
      'Host a renommé la conversation « South · examen »',
    ]);
    await rename(chosen, null);
    expect((await shown(chosen)).titles).toEqual(['South · MR', 'South · MR', 'South · MR']);
  });

  test('in what a stream and an inbox tell of the room, each in its own language', async () => {
    const facility = await aFacility(ana);
    const study = await aStudy(facility);
    const event =
      'subscription ($id: ID!, $locale: Locale) { roomEvents(roomId: $id) { ... on RoomChanged { room { title(locale: $locale) } } } }';
    const streams = ['FR', 'AR', null].map((locale) =>
      world.as(ana).subscribe<{ roomEvents: { room?: { title: string } } }>(event, { id: study, locale }),
    );
    const inbox = world
      .as(ana)
      .subscribe<{ inboxEvents: { room?: { title: string } } }>(
        'subscription { inboxEvents { ... on InboxRoomChanged { room { title(locale: FR) } } } }',
      );
    await inbox.next();
    for (const stream of streams) await stream.next();
    await world.act(host, 'updateFacility', { facilityId: facility.id, name: 'East' });
    const heard = await Promise.all(streams.map((stream) => stream.until(({ roomEvents }) => roomEvents.room !== undefined)));
    expect(heard.map((events) => events.at(-1)!.roomEvents.room!.title.replace(/[\u2068\u2069]/g, ''))).toEqual([
      'East · examen',
      'East · فحص',
      'East · study',
    ]);
    await inbox.until(({ inboxEvents }) => inboxEvents.room?.title === 'East · examen');
    for (const stream of [...streams, inbox]) await stream.leave();
  });
});

test('rooms that are older than the words of their titles get them, but for those that somebody has named', async () => {
  const [order, job, named] = [(await place()).room.id, await aJob(), (await place({ providerName: null })).room.id];
  const facility = await aFacility(ana);
  const rooms = [order, job.room.id, await aBid(job), facility.room.id, await aStudy(facility), named];
  await rename(named, 'Mine');
  const before = await Promise.all(rooms.map(shown));
  const { TitleWords1795219200034: TitleWords } = await import('../migrations/1795219200034-title-words.js');
  const runner = world.nodes[0]!.app.get(DataSource).createQueryRunner();
  await new TitleWords().down(runner);
  expect(await world.sql('select distinct title_is_custom from rooms where id = any($1)', [rooms])).toEqual([{ title_is_custom: true }]);
  await new TitleWords().up(runner);
  await runner.release();
  expect(await Promise.all(rooms.map(shown))).toEqual(before);
});
