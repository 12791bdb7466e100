import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Attempts } from '../src/sessions/attempts.js';
import { refusal } from '../src/policy/policy.js';
import { PlatformRole, RoomStatus } from '../src/policy/roles.js';
import type { ApiClient, ClientError, Variables } from './support/client.js';
import { type ApiField, apiFields } from './support/fields.js';
import { rememberAllDocuments } from './support/node.js';
import { inParallel, makeScenes } from './support/room-operations.js';
import { ADDRESSES_PEOPLE, misnamed, nowhere, ROOT_FIELDS, type Things } from './support/root-fields.js';
import { documentOf } from './support/selections.js';
import { subjectsIn } from './support/subjects.js';
import { aVictim, type Victim } from './support/victim.js';
import { type Person, type Room, World } from './support/world.js';

const OUTSIDERS = [
  'somebody who was never there',
  'somebody who has left',
  'somebody who was removed',
  'somebody who is blocked',
  'platform support before a sensitive room',
] as const;

/** A person outside the victim's room, and a room of their own. */
interface Outsider {
  person: Person;
  own: Room;
}

let world: World;
let fields: ApiField[];
let victim: Victim;
let friend: Person;
/** Neutral in the dispute of the victim's room. */
let boss: Person;
let outsiders: Record<(typeof OUTSIDERS)[number], Outsider>;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  world.nodes[0]!.app.get(Attempts).count = () => Promise.resolve();
  rememberAllDocuments(world.nodes[0]!);
  fields = apiFields(world.nodes[0]!);
  const { stranger, left, removed, blocked, friend: other } = await world.people('stranger', 'left', 'removed', 'blocked', 'friend');
  const support = await world.person('support', 'SUPPORT');
  boss = await world.person('boss', 'ADMIN');
  friend = other;
  // On no side of the dispute of the room, of whom nobody is removed.
  const others = [left, removed, blocked].map((one): [Person, string] => [one, 'RIDER']);
  victim = await aVictim(world, others);
  await world.act(left, 'leaveRoom', { roomId: victim.room.id });
  await world.act(victim.person, 'removeParticipant', { roomId: victim.room.id, userId: removed.id });
  await world.act(victim.person, 'blockParticipant', { roomId: victim.room.id, userId: blocked.id });
  const people = [stranger, left, removed, blocked, support];
  const list = await Promise.all(OUTSIDERS.map(async (who, at) => [who, await anOutsider(people[at]!)] as const));
  outsiders = Object.fromEntries(list) as typeof outsiders;
});

afterAll(() => world.stop());

async function anOutsider(person: Person): Promise<Outsider> {
  const own = await world.room([
    [person, 'ADMIN'],
    [friend, 'CLIENT'],
  ]);
  return { person, own };
}

/** An answer as it came over the line. */
type Ask = (api: ApiClient, document: string, variables: Variables) => Promise<string>;

const byHttp: Ask = (api, document, variables) => api.askAsText(document, variables);
const bySocket: Ask = async (api, document, variables) => {
  try {
    return JSON.stringify(await api.askBySocket(document, variables));
  } catch (errors) {
    return JSON.stringify({ errors });
  }
};

const TRANSPORTS: [string, Ask][] = [
  ['HTTP', byHttp],
  ['WebSocket', bySocket],
];

const ofRooms = (among = fields) => among.filter((field) => field.room !== null);
/** Subscriptions are for sockets. */
const askable = (ask: Ask, among = fields) => among.filter((field) => ask === bySocket || field.kind !== 'subscription');
/** What platform support may ask for all rooms is no matter of being inside. */
const outside = (who: string) => fields.filter(({ permission }) => permission?.access !== 'platform' || !isFor(permission.roles, who));
const isFor = (roles: readonly PlatformRole[], who: string) =>
  roles.includes(who.startsWith('platform') ? PlatformRole.SUPPORT : PlatformRole.USER);

function variablesOf({ name }: ApiField, things: Things): Variables {
  const row = ROOT_FIELDS[name];
  if (!row) throw new Error(`${name} has no row in test/support/root-fields.ts`);
  return row(things);
}

const extensionsIn = (answer: string) =>
  (JSON.parse(answer.slice(answer.indexOf('{'))) as { errors?: ClientError[] }).errors?.map(({ extensions }) => extensions);

const leaksIn = (text: string, secrets: string[]) => secrets.filter((secret) => text.includes(secret));

/** What there is, what there is not, and what cannot be: one answer to all of them, byte for byte, which is returned. */
async function sameAnswer(api: ApiClient, field: ApiField, things: Things, others: Things[], ask: Ask): Promise<string> {
  const [variables, ...unlike] = [things, ...others].map((one) => variablesOf(field, one)) as [Variables, ...Variables[]];
  const document = documentOf(field, variables);
  const answer = await ask(api, document, variables);
  for (const other of unlike) {
    if (isDeepStrictEqual(other, variables)) continue;
    expect([field.name, await ask(api, document, other)]).toEqual([field.name, answer]);
  }
  return answer;
}

/** What is no id at all is refused before anybody looks who asks: it is tried by one of them. */
const elsewhere = (who: string = OUTSIDERS[0]): Things[] =>
  who === OUTSIDERS[0] ? [nowhere(), ...['no id', '', "'--"].map(misnamed)] : [nowhere()];

const refusalOf = ({ permission }: ApiField) => [{ code: permission?.access === 'platform' ? 'FORBIDDEN' : 'NOT_FOUND', retryable: false }];

describe('the table of what may be asked', () => {
  test('has a row for every field of the schema, and none that the schema does not know', () => {
    expect(fields.map((field) => field.name).filter((name) => !(name in ROOT_FIELDS))).toEqual([]);
    expect(Object.keys(ROOT_FIELDS).filter((name) => !fields.some((field) => field.name === name))).toEqual([]);
  });

  test('has the secrets in view of whoever may see them', async () => {
    const asked = ['room', 'changes', 'messageRevisions', 'order', 'dispute', 'payment', 'appointment', 'job', 'facility', 'study'].map(
      (name) => fields.find((field) => field.name === name)!,
    );
    let told = '';
    for (const field of asked) {
      const variables = variablesOf(field, victim.things);
      told += await byHttp(world.as(victim.person), documentOf(field, variables), variables);
    }
    expect([...victim.secrets, ...victim.nameAndAddress].filter((secret) => !told.includes(secret))).toEqual([]);
  });
});

describe('a room that is not for you is a room that does not exist', () => {
  const WALKS = OUTSIDERS.flatMap((who) => TRANSPORTS.map(([transport, ask]) => [who, transport, ask] as const));

  test.each(WALKS)('%s, by %s', async (who, _, ask) => {
    const api = world.as(outsiders[who].person);
    await inParallel(askable(ask, ofRooms(outside(who))), async (field) => {
      const answer = await sameAnswer(api, field, victim.things, elsewhere(who), ask);
      expect([field.name, extensionsIn(answer)]).toEqual([field.name, refusalOf(field)]);
    });
  });

  test.each(WALKS)('%s learns nothing by what names no room either, by %s', async (who, _, ask) => {
    const { person, own } = outsiders[who];
    const api = world.as(person);
    for (const field of askable(ask, outside(who))) {
      if (field.room || field.kind === 'subscription' || ADDRESSES_PEOPLE.has(field.name)) continue;
      const answer = await sameAnswer(api, field, victim.things, [nowhere()], ask);
      expect([field.name, leaksIn(answer, [...victim.secrets, ...victim.nameAndAddress])]).toEqual([field.name, []]);
    }
    // Nor by naming a room of their own, and in it what belongs to the victim's.
    const [mine, nobodys] = [victim.things, nowhere()].map((things) => ({ ...things, room: own.id, code: own.code })) as [Things, Things];
    for (const field of askable(ask, ofRooms(outside(who)))) {
      if (isDeepStrictEqual(variablesOf(field, mine), variablesOf(field, nobodys)) || ADDRESSES_PEOPLE.has(field.name)) continue;
      const answer = await sameAnswer(api, field, mine, [nobodys], ask);
      expect([field.name, leaksIn(answer, [...victim.secrets, ...victim.nameAndAddress])]).toEqual([field.name, []]);
    }
  });

  test('who addresses a person sees that person, and nothing of their rooms', async () => {
    const { person, own } = await anOutsider(await world.person('addressing'));
    const things = { ...victim.things, room: own.id, code: own.code };
    for (const name of ADDRESSES_PEOPLE) {
      const field = fields.find((one) => one.name === name)!;
      const answer = await byHttp(world.as(person), documentOf(field, variablesOf(field, things)), variablesOf(field, things));
      expect([name, extensionsIn(answer)]).toEqual([name, undefined]);
      expect([name, leaksIn(answer, [...victim.secrets, victim.things.email])]).toEqual([name, []]);
    }
  });

  test('a public room shows its door to all but the blocked, and nothing else to anybody', async () => {
    const blocked = outsiders['somebody who is blocked'].person;
    const door = await world.room(
      [
        [victim.person, 'ADMIN'],
        [blocked, 'CLIENT'],
      ],
      { visibility: 'PUBLIC' },
    );
    await world.act(victim.person, 'blockParticipant', { roomId: door.id, userId: blocked.id });
    const { id: message } = await world.send(door, victim.person, 'inside');
    const things = { ...victim.things, room: door.id, code: door.code, message };
    for (const field of ofRooms()) {
      const ask = field.kind === 'subscription' ? bySocket : byHttp;
      const among = [world.as(blocked), ...(field.name === 'joinRoom' ? [] : [world.as(outsiders['somebody who was never there'].person)])];
      for (const api of among) {
        const answer = await sameAnswer(api, field, things, [nowhere()], ask);
        expect([field.name, extensionsIn(answer)]).toEqual([field.name, refusalOf(field)]);
      }
    }
  });
});

describe('what an outsider hears', () => {
  /** On every subscription that there is, while something happens, until their inbox tells of a last word in a room of their own. */
  async function heardBy({ person, own }: Outsider, happens: () => Promise<void>): Promise<string> {
    const api = world.as(person);
    const heard: string[] = [];
    const subscribe = (field: ApiField) =>
      api.subscribe(documentOf(field, variablesOf(field, victim.things)), variablesOf(field, victim.things));
    const streams = fields.filter(({ kind, name }) => kind === 'subscription' && name !== 'inboxEvents').map(subscribe);
    const reading = streams.map(async (stream) => {
      for (let event = await stream.next(); ; event = await stream.next()) {
        heard.push(JSON.stringify(event));
        if (typeof event === 'string') return;
      }
    });
    const inbox = subscribe(fields.find(({ name }) => name === 'inboxEvents')!);
    heard.push(JSON.stringify(await inbox.next()));
    await happens();
    const lastWord = randomUUID();
    await world.send(own, friend, lastWord);
    heard.push(JSON.stringify(await inbox.until((event) => JSON.stringify(event).includes(lastWord))));
    await Promise.all([inbox, ...streams].map((stream) => stream.leave()));
    await Promise.all(reading);
    return heard.join('\n');
  }

  async function somethingHappens(): Promise<void> {
    const { person, witness, room, secrets } = victim;
    const roomId = room.id;
    const [, title = '', content = '', , reason] = secrets;
    const { id: messageId } = await world.send(room, witness, content);
    await world.act(person, 'addReaction', { roomId, messageId, emoji: '🦦' });
    await world.act(person, 'setTyping', { roomId, isTyping: true });
    await world.act(person, 'markRead', { roomId, upToSequence: 1 });
    await world.act(boss, 'muteParticipant', { roomId, userId: witness.id, reason });
    await world.act(boss, 'unmuteParticipant', { roomId, userId: witness.id });
    await world.act(person, 'updateRoom', { roomId, title });
    await world.act(boss, 'closeRoom', { roomId, reason });
    await world.act(boss, 'reopenRoom', { roomId });
    await world.as(person).askBySocket('{ me { id } }');
  }

  test('who is in the room hears it', async () => {
    const { witness, secrets } = victim;
    const heard = await heardBy(await anOutsider(witness), somethingHappens);
    expect(leaksIn(heard, secrets).length).toBeGreaterThan(4);
  });

  test.each(OUTSIDERS)('%s hears nothing of it', async (who) => {
    const heard = await heardBy(outsiders[who], somethingHappens);
    expect(leaksIn(heard, [...victim.secrets, ...victim.nameAndAddress, victim.room.id, victim.person.id])).toEqual([]);
  });
});

describe('who is muted', () => {
  test('may what the policy says, and does not speak', async () => {
    const muted = await world.person('muted');
    const { active, blocked, outsider } = await world.people('active', 'blocked', 'outsider');
    const people = { subject: muted.id, active: active.id, muted: muted.id, blocked: blocked.id, outsider: outsider.id };
    const asked = fields.flatMap((field) => (field.permission?.access === 'room' ? [{ field, action: field.permission.action }] : []));
    const setting = { roomStatus: 'OPEN', subject: { role: 'CLIENT', status: 'MUTED' } };
    const scenes = await makeScenes(world, { ...people, muted: friend.id }, setting, asked.length);
    const actor = { userId: muted.id, role: 'CLIENT', isMuted: true, roomStatus: RoomStatus.OPEN } as const;
    const said: Record<string, string> = {};
    const wanted: Record<string, unknown> = {};
    await inParallel(asked, async ({ field, action }) => {
      const { roomId, code, ownMessage } = scenes.pop()!;
      const subjects = await subjectsIn(world, roomId, [muted.id, friend.id], { text: randomUUID() });
      const variables = variablesOf(field, { ...victim.things, ...subjects, room: roomId, code, message: ownMessage, person: active.id });
      const ask = field.kind === 'subscription' ? bySocket : byHttp;
      const answer = await ask(world.as(muted), documentOf(field, variables), variables);
      said[field.name] = extensionsIn(answer)?.[0]?.code ?? 'OK';
      // What may be done with a subject is asked of its machine, which knows of no mute.
      const isSubjects = field.permission?.access === 'room' && typeof field.permission.by === 'object';
      const never = isSubjects ? /^(MUTED|NOT_FOUND|UNAUTHENTICATED)$/ : /^(MUTED|FORBIDDEN|NOT_FOUND|UNAUTHENTICATED)$/;
      wanted[field.name] = refusal(actor, action) ?? expect.not.stringMatching(never);
      expect([field.name, leaksIn(answer, [...victim.secrets, ...victim.nameAndAddress])]).toEqual([field.name, []]);
    });
    expect(said).toEqual(wanted);
    expect(
      Object.entries(said)
        .filter(([, code]) => code === 'MUTED')
        .map(([name]) => name),
    ).toContain('sendMessage');
  });
});

describe('without a token', () => {
  test.each(TRANSPORTS)('everything that is not public asks who you are, by %s', async (_, ask) => {
    const nobody = world.as(null);
    await inParallel(askable(ask), async (field) => {
      const answer = await sameAnswer(nobody, field, victim.things, elsewhere(), ask);
      expect([field.name, leaksIn(answer, [...victim.secrets, ...victim.nameAndAddress])]).toEqual([field.name, []]);
      if (field.permission?.access === 'public') return;
      expect([field.name, extensionsIn(answer)]).toEqual([field.name, [{ code: 'UNAUTHENTICATED', retryable: false }]]);
    });
  });
});
