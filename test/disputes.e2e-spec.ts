import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { claimAgainst, disputeCalls } from './support/dispute-calls.js';
import { RACING } from './support/node.js';
import { type Message, type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
  version: number;
  offers: { id: string; status: string; amountMinor: number | null }[];
  evidence: { messageId: string | null; copy: Record<string, unknown>; sha256: string; isIntact: boolean }[];
  [field: string]: unknown;
}

const DISPUTE = `id status version stage outcome awardedMinor viewerState mediator { id } proposedOutcome proposedAwardMinor
  offers { id status amountMinor } evidence { messageId copy sha256 isIntact } bundle { content sha256 }`;

let world: World;
let ana: Person, ben: Person, eve: Person, mia: Person, max: Person, boss: Person, host: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0', ...RACING }, 2);
  ({ ana, ben, eve, mia, max } = await world.people('ana', 'ben', 'eve', 'mia', 'max'));
  boss = await world.person('boss', 'ADMIN');
  host = await world.person('host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [eve, 'OBSERVER'],
  ]);
});

const { inDays, step, refusal, seen } = disputeCalls<Dispute>(() => world, DISPUTE);
const claim = () => claimAgainst(room, ben);
const open = (more: object = {}) => world.do<Dispute>(ana, 'openDispute', { ...claim(), ...more }, DISPUTE);
const can = (person: Person) => world.as(person).askAsText(`{ room(id: "${room.id}") { viewer { can } } }`);
const remove = (person: Person, message: Message) =>
  world.refusal(person, 'deleteMessage', { roomId: room.id, messageId: message.id, reason: 'because' });

async function underReview(more: object = {}): Promise<Dispute> {
  const dispute = await open(more);
  await inDays(3.1);
  return seen(ana, dispute);
}

describe('opening a dispute', () => {
  test('asks the other party, in a message each', async () => {
    const dispute = await open();
    expect(dispute).toMatchObject({ status: 'AWAITING_RESPONSE', version: 2, viewerState: 'REQUIRED_OTHER_PARTY_ACTION' });
    expect((await seen(ben, dispute))['viewerState']).toBe('REQUIRED_ACTION');
    expect((await seen(eve, dispute))['viewerState']).toBeNull();
    const told = await world.sql(
      `select metadata->>'event' as event from messages where room_id = $1 and kind = 'DISPUTE' order by sequence`,
      [room.id],
    );
    expect(told).toEqual([{ event: 'open' }, { event: 'notify' }]);
  });

  test('of twenty at once one is opened', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => world.refusal(ana, 'openDispute', claim())));
    expect(codes.sort()).toEqual([...Array.from({ length: 19 }, () => 'CONFLICT'), 'OK']);
    expect(await world.sql('select count(*) from disputes where room_id = $1', [room.id])).toEqual([{ count: 1 }]);
    expect(await world.sql('select hold_count from rooms where id = $1', [room.id])).toEqual([{ hold_count: 1 }]);
  });

  test('with one key is one dispute, and another content under it is refused, also another statement', async () => {
    const keyed = { idempotencyKey: 'one', statement: 'It broke' };
    const [first, again] = [await open(keyed), await open(keyed)];
    expect(again.id).toBe(first.id);
    expect(await world.refusal(ana, 'openDispute', { ...claim(), ...keyed, statement: 'It fell' })).toBe('IDEMPOTENCY_CONFLICT');
    const elsewhere = await world.room([
      [ana, 'CUSTOMER'],
      [ben, 'WORKER'],
    ]);
    expect(await world.refusal(ana, 'openDispute', { ...claim(), ...keyed, roomId: elsewhere.id })).toBe('IDEMPOTENCY_CONFLICT');
  });

  test.each([
    ['against oneself', () => ({ against: ana.id }), 'BAD_USER_INPUT'],
    ['against somebody without a seat', () => ({ against: max.id }), 'BAD_USER_INPUT'],
    ['about a thing that is not in the room', () => ({ contextKind: 'ORDER', contextId: randomUUID() }), 'BAD_USER_INPUT'],
    ['for money without a currency', () => ({ currency: null }), 'BAD_USER_INPUT'],
    ['for nothing', () => ({ amountMinor: 0 }), 'BAD_USER_INPUT'],
    ['with a message of nowhere', () => ({ messageIds: [randomUUID()] }), 'BAD_USER_INPUT'],
    ['with a message that is no id', () => ({ messageIds: ['x'] }), 'BAD_USER_INPUT'],
  ])('%s is refused', async (_, more, code) => {
    expect(await world.refusal(ana, 'openDispute', { ...claim(), ...more() })).toBe(code);
  });

  test('is too late after the days in which it can be', async () => {
    await inDays(61);
    expect(await world.refusal(ana, 'openDispute', claim())).toBe('CONFLICT');
  });

  test('by the host is for somebody in the room, once under one reference', async () => {
    const plan = { ...claim(), openedBy: ana.id, authority: 'HOST', externalRef: randomUUID() };
    const [one, two] = [
      await world.do<Dispute>(host, 'createDispute', plan, DISPUTE),
      await world.do<Dispute>(host, 'createDispute', plan, DISPUTE),
    ];
    expect([two.id, one.status]).toEqual([one.id, 'OPENED']);
    expect(await step(ana, 'withdrawDispute', one)).toMatchObject({ status: 'OPENED', version: 1 });
    expect(await step(host, 'withdrawDispute', one)).toMatchObject({ status: 'WITHDRAWN' });
  });
});

describe('evidence', () => {
  test('stays as it was taken, and shows it when somebody has changed it', async () => {
    const message = await world.send(room, ana, 'It arrived broken');
    const dispute = await open({ messageIds: [message.id], statement: 'As one can see' });
    await world.act(ana, 'editMessage', { roomId: room.id, messageId: message.id, content: 'It is fine' });
    const { evidence } = await seen(ben, dispute);
    expect(evidence.map(({ copy }) => copy['content'] ?? copy['text'])).toEqual(['It arrived broken', 'As one can see']);
    expect(evidence.map(({ isIntact }) => isIntact)).toEqual([true, true]);
    expect((await seen(eve, dispute)).evidence).toEqual([]);

    const tamper = `update dispute_evidence set copy = jsonb_set(copy, '{content}', '"It is fine"') where message_id = '${message.id}'`;
    await expect(world.sql(tamper)).rejects.toThrow('append-only');
    await world.sql('alter table dispute_evidence disable trigger dispute_evidence_append_only');
    await world.sql(tamper);
    await world.sql('alter table dispute_evidence enable trigger dispute_evidence_append_only');
    expect((await seen(ben, dispute)).evidence.map(({ isIntact }) => isIntact)).toEqual([false, true]);
  });

  test('a statement is nowhere in what the whole room can read', async () => {
    const dispute = await open({ statement: 'between us' });
    const { dispute: told } = await world
      .as(eve)
      .get<{ dispute: object }>('query ($id: ID!) { dispute(id: $id) { transitions { payload reason } evidence { copy } } }', {
        id: dispute.id,
      });
    expect(JSON.stringify(told)).not.toContain('between us');
  });
});

describe('while it is live', () => {
  test('nothing in the room is deleted, not even by staff, and neither is the room', async () => {
    const message = await world.send(room, ana, 'Proof');
    const dispute = await open();
    expect([await remove(ana, message), await remove(boss, message)]).toEqual(['CONFLICT', 'CONFLICT']);
    expect(await world.refusal(boss, 'deleteRoom', { roomId: room.id })).toBe('CONFLICT');
    expect((await can(ana)) + (await can(boss))).not.toContain('.delete');
    await step(ana, 'withdrawDispute', dispute);
    expect([await can(ana), await can(boss)]).toEqual([expect.stringContaining('message.delete'), expect.stringContaining('room.delete')]);
    expect(await remove(ana, message)).toBe('OK');
  });

  test('an edit leaves its earlier text to the mediator', async () => {
    const message = await world.send(room, ben, 'I know it is broken');
    const dispute = await underReview();
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    await world.setTime(new Date());
    await world.act(ben, 'editMessage', { roomId: room.id, messageId: message.id, content: 'It was fine' });
    const earlier = 'query ($roomId: ID!, $id: ID!) { messageRevisions(roomId: $roomId, messageId: $id) { content } }';
    expect(await world.as(mia).get(earlier, { roomId: room.id, id: message.id })).toEqual({
      messageRevisions: [{ content: 'I know it is broken' }],
    });
    expect(await world.as(ana).refusal(earlier, { roomId: room.id, id: message.id })).toBe('FORBIDDEN');
  });

  test('a deletion that races with the opening comes before it, or not at all', async () => {
    for (let i = 0; i < 8; i++) {
      room = await world.room([
        [ana, 'CUSTOMER'],
        [ben, 'WORKER'],
      ]);
      const message = await world.send(room, ana, 'Proof');
      const [deleted, opened] = await Promise.all([
        remove(ana, message),
        world.refusal(ana, 'openDispute', { ...claim(), messageIds: [message.id] }),
      ]);
      expect([
        ['OK', 'CONFLICT'],
        ['CONFLICT', 'OK'],
      ]).toContainEqual([deleted, opened]);
    }
  });
});

describe('negotiating', () => {
  test('a counter-offer takes the place of an offer; what was agreed is final', async () => {
    const dispute = await open();
    await step(ben, 'respondToDispute', dispute);
    const [first] = (await step(ben, 'makeDisputeOffer', dispute, { amountMinor: 2_000 })).offers;
    const { offers } = await step(ana, 'makeDisputeOffer', dispute, { amountMinor: 6_000 });
    expect(offers.map(({ status }) => status)).toEqual(['SUPERSEDED', 'OPEN']);
    expect(await refusal(ben, 'acceptDisputeOffer', dispute, { offerId: first!.id })).toBe('CONFLICT');
    const agreed = await step(ben, 'acceptDisputeOffer', dispute, { offerId: offers[1]!.id });
    expect(agreed).toMatchObject({ status: 'FINAL', outcome: 'AGREED', awardedMinor: 6_000, viewerState: 'RESOLVED' });
    expect(agreed.offers.map(({ status }) => status)).toEqual(['SUPERSEDED', 'ACCEPTED']);
  });

  test('of an acceptance and a counter-offer at once one wins', async () => {
    const dispute = await open();
    await step(ben, 'respondToDispute', dispute);
    const { offers, version } = await step(ben, 'makeDisputeOffer', dispute, { amountMinor: 2_000 });
    const codes = await Promise.all([
      refusal(ana, 'acceptDisputeOffer', dispute, { offerId: offers[0]!.id, expectedVersion: version }),
      refusal(ben, 'makeDisputeOffer', dispute, { amountMinor: 1_000, expectedVersion: version }),
    ]);
    expect(codes.filter((code) => code === 'OK')).toHaveLength(1);
    expect(codes).toContain('STALE_VERSION');
  });

  test('an offer, a silence and a dispute about which nobody does anything end by themselves', async () => {
    const dispute = await open();
    await step(ben, 'respondToDispute', dispute);
    await step(ben, 'makeDisputeOffer', dispute, { terms: 'a new one' });
    expect(await refusal(ana, 'escalateDispute', dispute)).toBe('CONFLICT');
    await inDays(3.1);
    expect((await seen(ana, dispute)).offers.map(({ status }) => status)).toEqual(['EXPIRED']);
    await inDays(24);
    expect(await seen(ana, dispute)).toMatchObject({ status: 'EXPIRED' });
    expect(await world.sql('select hold_count from rooms where id = $1', [room.id])).toEqual([{ hold_count: 0 }]);
  });
});

test('the lists tell a person of their disputes, and of those of a room', async () => {
  const dispute = await open();
  const mine = async (person: Person) => {
    const query = '{ myDisputes(first: 100, filter: { isLive: true }) { nodes { id } } }';
    return (await world.as(person).get<{ myDisputes: { nodes: { id: string }[] } }>(query)).myDisputes.nodes.map(({ id }) => id);
  };
  expect([(await mine(ana))[0], (await mine(ben))[0], await mine(eve)]).toEqual([dispute.id, dispute.id, []]);
  const query = 'query ($id: ID!) { room(id: $id) { holdCount disputes { id } } }';
  expect(await world.as(eve).get(query, { id: room.id })).toEqual({ room: { holdCount: 1, disputes: [{ id: dispute.id }] } });
  await world.act(boss, 'removeParticipant', { roomId: room.id, userId: ana.id });
  expect(await mine(ana)).not.toContain(dispute.id);
});
