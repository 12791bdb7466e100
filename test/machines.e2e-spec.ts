import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LampsModule } from './lamp/lamps.module.js';
import { ParleyError } from '../src/common/errors/errors.js';
import { Machines } from '../src/transitions/machine/machines.js';
import { SUBJECT_COLUMNS } from './support/subject-columns.js';
import { type Message, type Person, type Room, World } from './support/world.js';

interface Lamp {
  id: string;
  status: string;
  version: number;
  [field: string]: unknown;
}

const LAMP = 'id status version';
const HOUR_MS = 3_600_000;

describe('a machine', () => {
  let world: World;
  let ana: Person, ben: Person, host: Person, eve: Person;
  let room: Room;

  beforeAll(async () => {
    world = await World.start({ EDIT_WINDOW_MS: String(HOUR_MS), LOG_LEVEL: 'silent' }, 2, [LampsModule]);
    await world.sql(`create table lamps (${SUBJECT_COLUMNS}, owner_id uuid not null)`);
    ({ ana, ben, eve } = await world.people('ana', 'ben', 'eve'));
    host = await world.person('Host', 'SERVICE');
  });

  afterAll(() => world.stop());

  beforeEach(async () => {
    await world.setTime(new Date());
    room = await world.room([
      [ana, 'CUSTOMER'],
      [ben, 'RIDER'],
    ]);
  });

  const install = (more: object = {}) => world.do<Lamp>(ana, 'installLamp', { roomId: room.id, ...more }, LAMP);
  const step = (person: Person, mutation: string, lamp: Lamp, more: object = {}) =>
    world.do<Lamp>(person, mutation, { lampId: lamp.id, ...more }, LAMP);
  const failure = async (person: Person, mutation: string, lamp: Lamp, more: object = {}) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const { errors } = await world
      .as(person)
      .ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { id } }`, { input: { lampId: lamp.id, ...more } });
    return errors?.[0]?.extensions;
  };
  const messages = async (): Promise<Message[]> => {
    const { room: found } = await world
      .as(ana)
      .get<{ room: { messages: { nodes: Message[] } } }>(
        'query ($id: ID!) { room(id: $id) { messages { nodes { kind content metadata transition { event fromStatus toStatus version source actor { id } } } } } }',
        { id: room.id },
      );
    return found.messages.nodes.filter(({ kind }) => kind === 'JOB_UPDATE');
  };

  test('moves with its message, which says what happened to people and to programs', async () => {
    const lamp = await install();
    expect(await step(ben, 'switchLampOn', lamp)).toEqual({ id: lamp.id, status: 'ON', version: 2 });
    const said = (await messages()).at(-1)!;
    expect(said.content).toBe('ben switched the lamp on');
    expect(said['metadata']).toMatchObject({
      aggregate: 'lamp',
      aggregateId: lamp.id,
      event: 'switch_on',
      from: 'OFF',
      to: 'ON',
      version: 2,
    });
    expect(said['transition']).toEqual({
      event: 'switch_on',
      fromStatus: 'OFF',
      toStatus: 'ON',
      version: 2,
      source: 'USER',
      actor: { id: ben.id },
    });
  });

  test('offers each person what they could do now', async () => {
    const lamp = await install();
    const offered = async (person: Person) => {
      const query = 'query ($id: ID!) { lamp(id: $id) { allowedTransitions { event to needsReason } transitions { event } room { id } } }';
      return (await world.as(person).get<{ lamp: Lamp }>(query, { id: lamp.id })).lamp;
    };
    const on = { event: 'switch_on', to: ['ON'], needsReason: false };
    expect(await offered(ana)).toEqual({ allowedTransitions: [on], transitions: [{ event: 'install' }], room: { id: room.id } });
    expect((await offered(host))['allowedTransitions']).toEqual([{ event: 'break', to: ['BROKEN'], needsReason: true }]);
    await step(ana, 'switchLampOn', lamp);
    expect((await offered(ben))['allowedTransitions']).toEqual([]);
  });

  test('tells its story: what was said in its room, and its steps', async () => {
    const lamp = await install();
    await world.send(room, ana, 'It is dark');
    await step(ben, 'switchLampOn', lamp);
    const query = `query ($id: ID!, $after: String) { lamp(id: $id) { timeline(first: 2, after: $after) {
      nodes { sequence message { content } transition { event } } pageInfo { hasNextPage endCursor } } } }`;
    const page = async (after: string | null) =>
      (await world.as(ben).get<{ lamp: { timeline: Record<string, unknown> } }>(query, { id: lamp.id, after })).lamp.timeline;
    const first = await page(null);
    expect(first).toMatchObject({
      nodes: [
        { sequence: 1, message: { content: 'Host opened the room' }, transition: null },
        { sequence: 2, message: { content: 'ana installed a lamp' }, transition: { event: 'install' } },
      ],
      pageInfo: { hasNextPage: true },
    });
    expect(await page((first['pageInfo'] as { endCursor: string }).endCursor)).toMatchObject({
      nodes: [
        { message: { content: 'It is dark' }, transition: null },
        { message: { content: 'ben switched the lamp on' }, transition: { event: 'switch_on' } },
      ],
      pageInfo: { hasNextPage: false },
    });
  });

  test('is heard as it is, then after each of its steps and of no other, until who listens has to go', async () => {
    const [lamp, other] = [await install(), await install()];
    const heard = world
      .as(ben, 1)
      .subscribe<{ lampUpdated: Lamp }>(
        'subscription ($id: ID!) { lampUpdated(id: $id) { status version allowedTransitions { event } } }',
        {
          id: lamp.id,
        },
      );
    expect(await heard.next()).toEqual({ lampUpdated: { status: 'OFF', version: 1, allowedTransitions: [{ event: 'switch_on' }] } });
    await step(ben, 'switchLampOn', other);
    await world.send(room, ana, 'It is bright');
    await step(ana, 'switchLampOn', lamp);
    expect(await heard.next()).toEqual({ lampUpdated: { status: 'ON', version: 2, allowedTransitions: [] } });
    await world.act(host, 'removeParticipant', { roomId: room.id, userId: ben.id });
    await step(ana, 'switchLampOff', lamp);
    expect(await heard.next()).toBe('ended');
  });

  test('says why not: the right first, then the version, then the state, each with what is allowed', async () => {
    const lamp = await install();
    expect(await failure(ben, 'breakLamp', lamp, { reason: 'x' })).toMatchObject({ code: 'FORBIDDEN', allowed: ['switch_on'] });
    expect(await failure(ana, 'switchLampOn', lamp, { expectedVersion: 7 })).toMatchObject({
      code: 'STALE_VERSION',
      version: 1,
      status: 'OFF',
    });
    expect(await failure(ana, 'switchLampOff', lamp)).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      from: 'OFF',
      event: 'switch_off',
      allowed: ['switch_on'],
    });
    expect(await failure(host, 'breakLamp', lamp)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.reason' });
    expect(await failure(eve, 'switchLampOn', lamp)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await messages()).toHaveLength(1);
  });

  test('makes a step once, however often and on whatever node it is asked with one key', async () => {
    const keyed = { idempotencyKey: 'one' };
    const [lamp, ...others] = await Promise.all(Array.from({ length: 8 }, () => install(keyed)));
    expect(new Set([lamp, ...others].map((one) => one!.id)).size).toBe(1);
    const steps = Array.from({ length: 8 }, (_, i) =>
      world
        .as(ben, i % 2)
        .get<{ switchLampOn: Lamp }>('mutation ($input: SwitchLampOnInput!) { switchLampOn(input: $input) { id status version } }', {
          input: { lampId: lamp!.id, ...keyed },
        }),
    );
    for (const { switchLampOn } of await Promise.all(steps)) expect(switchLampOn).toMatchObject({ status: 'ON', version: 2 });
    expect(await messages()).toHaveLength(2);
    expect(await failure(ben, 'switchLampOn', lamp!, { ...keyed, reason: 'another' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test('lets one of many win who want the same step', async () => {
    const lamp = await install();
    const codes = await Promise.all(
      Array.from({ length: 10 }, () => world.refusal(ben, 'switchLampOn', { lampId: lamp.id, expectedVersion: 1 })),
    );
    expect(codes.sort()).toEqual(['OK', ...Array.from({ length: 9 }, () => 'STALE_VERSION')]);
  });

  test('does by itself what is due, once among all nodes, and not what was overtaken', async () => {
    const [forgotten, remembered] = [await install(), await install()];
    await step(ana, 'switchLampOn', forgotten);
    await step(ana, 'switchLampOn', remembered);
    await step(ana, 'switchLampOff', remembered);
    await world.setTime(new Date(Date.now() + HOUR_MS - 60_000));
    expect(await messages()).toHaveLength(5);
    await world.setTime(new Date(Date.now() + HOUR_MS + 60_000));
    const said = await messages();
    expect(said).toHaveLength(6);
    expect(said.at(-1)).toMatchObject({ content: 'The system switched the lamp off', transition: { source: 'TIMER', actor: null } });
  });

  test('does nothing by itself of which something that follows is refused, and does it later', async () => {
    const lamp = await install();
    await step(ana, 'switchLampOn', lamp);
    let isRefused = true;
    for (const { app } of world.nodes) {
      app.get(Machines).observe('lamp', ({ subject }) => {
        if (isRefused && subject.id === lamp.id) throw new ParleyError('CONFLICT');
        return Promise.resolve();
      });
    }
    await world.setTime(new Date(Date.now() + HOUR_MS + 60_000));
    expect(await messages()).toHaveLength(2);
    isRefused = false;
    await world.setTime(new Date(Date.now() + HOUR_MS + 120_000));
    expect(await messages()).toHaveLength(3);
  });

  test('brings what follows from a step into being in the same commit', async () => {
    const lamp = await install();
    await step(host, 'breakLamp', lamp, { reason: 'it fell' });
    const said = await messages();
    expect(said.map(({ content }) => content)).toEqual(['ana installed a lamp', 'The lamp broke: it fell', 'The system installed a lamp']);
    expect(said.at(-1)).toMatchObject({ transition: { event: 'install', source: 'SYSTEM', version: 1 } });
  });

  test('asks the host where only the host decides, and moves on its word', async () => {
    const lamp = await install();
    await world.sql(`update lamps set authority = 'HOST' where id = $1`, [lamp.id]);
    const asked = 'id status version pendingRequests { event reason actor { id } }';
    const after = await world.do<Lamp>(ana, 'switchLampOn', { lampId: lamp.id, reason: 'it is dark' }, asked);
    expect(after).toMatchObject({
      status: 'OFF',
      version: 1,
      pendingRequests: [{ event: 'switch_on', reason: 'it is dark', actor: { id: ana.id } }],
    });
    await step(ben, 'switchLampOn', lamp);
    expect(await messages()).toHaveLength(1);
    expect(
      await world.sql(
        `select metadata->>'requested' as requested from messages where room_id = $1 and metadata->>'event' = 'transition.requested'`,
        [room.id],
      ),
    ).toEqual([{ requested: 'switch_on' }, { requested: 'switch_on' }]);
    await step(host, 'breakLamp', lamp, { reason: 'too old' });
    expect(await world.sql('select status from step_requests where aggregate_id = $1', [lamp.id])).toEqual([
      { status: 'LAPSED' },
      { status: 'LAPSED' },
    ]);
  });

  test('tells the room that who made it has read so far', async () => {
    const lamp = await install();
    const heard = world
      .as(ben)
      .subscribe<{ roomEvents: { userId?: string; lastReadSequence?: number; revision?: number } }>(
        'subscription ($roomId: ID!) { roomEvents(roomId: $roomId, after: 0) { ... on MessageAdded { revision } ... on ReceiptAdvanced { userId lastReadSequence } } }',
        { roomId: room.id },
      );
    await heard.until(({ roomEvents }) => roomEvents.userId === ana.id);
    await step(ana, 'switchLampOn', lamp);
    const events = await heard.until(({ roomEvents }) => roomEvents.userId === ana.id && roomEvents.lastReadSequence === 3);
    expect(events.map(({ roomEvents }) => roomEvents.revision)).toContain(3);
  });

  test('has read what it did: a step is not unread for who made it', async () => {
    const lamp = await install();
    await step(ana, 'switchLampOn', lamp);
    const unread = async (person: Person) => {
      const query = 'query ($id: ID!) { room(id: $id) { viewer { unreadCount } } }';
      return (await world.as(person).get<{ room: { viewer: { unreadCount: number } } }>(query, { id: room.id })).room.viewer.unreadCount;
    };
    expect([await unread(ana), await unread(ben)]).toEqual([0, 2]);
  });

  test('cannot be written by hand: no step without a message, no message without a step, no step changed', async () => {
    const lamp = await install();
    await expect(
      world.sql(
        `insert into transitions (id, room_id, aggregate, aggregate_id, version, event, to_status, actor_role, source, message_id, message_sequence, at)
         values (gen_random_uuid(), $1, 'lamp', $2, 2, 'switch_on', 'ON', 'RIDER', 'USER', gen_random_uuid(), 99, now())`,
        [room.id, lamp.id],
      ),
    ).rejects.toThrow('transitions_message_fkey');
    await expect(
      world.sql(
        `insert into messages (room_id, sequence, id, kind, content, created_revision, revision) values ($1, 99, gen_random_uuid(), 'ORDER_UPDATE', 'paid', 99, 99)`,
        [room.id],
      ),
    ).rejects.toThrow('did not happen');
    await expect(world.sql(`update transitions set to_status = 'ON' where aggregate_id = $1`, [lamp.id])).rejects.toThrow('append-only');
  });
});
