import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { disputeCalls } from './support/dispute-calls.js';
import { type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
}

let world: World;
let ana: Person, ben: Person, cleo: Person, eve: Person, gus: Person, mia: Person, sue: Person, boss: Person, host: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, cleo, eve, gus, mia, sue } = await world.people('ana', 'ben', 'cleo', 'eve', 'gus', 'mia', 'sue'));
  boss = await world.person('boss', 'ADMIN');
  host = await world.person('host', 'SERVICE');
});

afterAll(() => world.stop());

/** gus runs the room and is paid, ben sells; cleo was there with ana, and eve only looks on. */
beforeEach(async () => {
  await world.setTime(new Date());
  room = await world.room([
    [ana, 'CUSTOMER'],
    [cleo, 'CUSTOMER'],
    [ben, 'PHARMACY_STAFF'],
    [gus, 'ADMIN'],
    [eve, 'OBSERVER'],
    [sue, 'SUPPORT_STAFF'],
  ]);
});

const { inDays, step, seen } = disputeCalls<Dispute>(() => world, 'id status');
const WAYS = ['removeParticipant', 'blockParticipant', 'muteParticipant', 'changeParticipantRole'];

const take = (person: Person, way: string, from: Person) =>
  world.refusal(person, way, { roomId: room.id, userId: from.id, ...(way === 'changeParticipantRole' && { role: 'RIDER' }) });
const takeInAllWays = async (person: Person, from: Person) => {
  const codes: string[] = [];
  for (const way of WAYS) codes.push(await take(person, way, from));
  return [...new Set(codes)].join();
};
const open = (against: Person, about: object = {}) =>
  world.do<Dispute>(
    ana,
    'openDispute',
    { roomId: room.id, against: against.id, reason: 'QUALITY', desired: 'REFUND', ...about },
    'id status',
  );

async function aPayment(payer: Person, payee: Person): Promise<object> {
  const plan = { roomId: room.id, payeeId: payee.id, amountMinor: 1_000, currency: 'EUR' };
  const { id } = await world.do<{ id: string }>(payer, 'initiatePayment', plan, 'id');
  return { contextKind: 'PAYMENT', contextId: id };
}

/** Somebody neutral looks at it already. */
async function underReview(against: Person, about: object = {}): Promise<Dispute> {
  const dispute = await open(against, about);
  await inDays(3.1);
  await step(boss, 'assignMediator', dispute, { userId: mia.id });
  await world.setTime(new Date());
  return dispute;
}

describe('while a dispute is live', () => {
  test('who is paid and runs the room expels neither who paid nor the mediator, but anybody whom it does not concern', async () => {
    await underReview(gus, await aPayment(ana, gus));
    expect(await takeInAllWays(gus, ana)).toBe('CONFLICT');
    expect(await takeInAllWays(gus, mia)).toBe('CONFLICT');
    expect(await take(gus, 'removeParticipant', eve)).toBe('OK');
    expect(await take(gus, 'removeParticipant', cleo)).toBe('OK');
  });

  test('the refusal names the dispute', async () => {
    const { id } = await open(ben);
    const { errors } = await world
      .as(gus)
      .ask('mutation ($input: RemoveParticipantInput!) { removeParticipant(input: $input) { __typename } }', {
        input: { roomId: room.id, userId: ana.id },
      });
    expect(errors?.[0]).toMatchObject({
      message: 'A dispute concerns this person: until it is over, only who is neutral in it does this',
      extensions: { code: 'CONFLICT', disputeId: id, field: 'input.userId' },
    });
  });

  test('who sells expels nobody of the two sides of the room, and neither does who only runs it', async () => {
    await underReview(ben);
    for (const who of [ben, gus]) {
      for (const whom of [ana, cleo, mia])
        expect([who.name, whom.name, await takeInAllWays(who, whom)]).toEqual([who.name, whom.name, 'CONFLICT']);
    }
    expect(await takeInAllWays(gus, ben)).toBe('CONFLICT');
  });

  test('staff of the platform, who was invited as such, the mediator and the host may, unless they are a party', async () => {
    await underReview(ben);
    expect(await take(mia, 'muteParticipant', ben)).toBe('OK');
    expect(await take(sue, 'muteParticipant', ana)).toBe('OK');
    expect(await take(host, 'removeParticipant', cleo)).toBe('OK');
    expect(await takeInAllWays(boss, ana)).toContain('OK');

    room = await world.room([
      [ana, 'CUSTOMER'],
      [boss, 'FACILITY_STAFF'],
    ]);
    await open(boss);
    expect(await takeInAllWays(boss, ana)).toBe('CONFLICT');
  });

  test('everybody leaves who wants to, and gets back what was taken before', async () => {
    expect(await take(gus, 'muteParticipant', ana)).toBe('OK');
    expect(await take(gus, 'blockParticipant', cleo)).toBe('OK');
    await open(ben);
    expect(await world.refusal(gus, 'unmuteParticipant', { roomId: room.id, userId: ana.id })).toBe('OK');
    expect(await world.refusal(gus, 'unblockParticipant', { roomId: room.id, userId: cleo.id })).toBe('OK');
    expect(await world.refusal(ben, 'leaveRoom', { roomId: room.id })).toBe('OK');
    expect(await world.refusal(gus, 'blockParticipant', { roomId: room.id, userId: ben.id })).toBe('CONFLICT');
  });

  test.each(['closeRoom', 'archiveRoom'])('%s stops none of its steps', async (last) => {
    const dispute = await open(ben);
    await world.act(ben, 'closeRoom', { roomId: room.id });
    if (last === 'archiveRoom') await world.act(ben, 'archiveRoom', { roomId: room.id });
    await step(ana, 'addEvidence', dispute, { statement: 'It was broken' });
    await step(ben, 'respondToDispute', dispute);
    await inDays(3.1);
    await step(ana, 'escalateDispute', dispute);
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    await step(mia, 'decideDispute', dispute, { outcome: 'CLAIMANT', reason: 'One can see it' });
    expect(await seen(ana, dispute)).toMatchObject({ status: 'RESOLVED' });
  });
});

test('when it is over, who runs the room decides over its seats again', async () => {
  const dispute = await open(ben);
  expect(await take(gus, 'removeParticipant', ana)).toBe('CONFLICT');
  await step(ana, 'withdrawDispute', dispute);
  expect(await take(gus, 'removeParticipant', ana)).toBe('OK');
});
