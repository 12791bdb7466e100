import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { disputeCalls } from './support/dispute-calls.js';
import { Till } from './support/money.js';
import { type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
}

let world: World;
let ana: Person, ben: Person, eve: Person, mia: Person, boss: Person, host: Person;
let room: Room;
let till: Till;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, eve, mia } = await world.people('ana', 'ben', 'eve', 'mia'));
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
  till = new Till(world, room, ana, ben, eve);
});

const { inDays, step, seen } = disputeCalls<Dispute>(() => world, 'id status');
const claim = (about: object = {}) => ({ roomId: room.id, against: ben.id, reason: 'QUALITY', desired: 'REDO', ...about });
const open = (about: object = {}) => world.do<Dispute>(ana, 'openDispute', claim(about), 'id status');

/** What is answered to somebody who opens a dispute. */
async function answerTo(about: object = {}): Promise<string> {
  const mutation = 'mutation ($input: OpenDisputeInput!) { openDispute(input: $input) { id } }';
  const { errors } = await world.as(ana).ask(mutation, { input: claim(about) });
  return errors?.[0]?.message ?? 'OK';
}
const TOO_LATE = 'It is too late to open a dispute about this';

/** As if everything in the room had been said that long ago: the database has a clock of its own. */
const longAgo = (days: number) =>
  world.sql(`update messages set created_at = created_at - make_interval(days => $2) where room_id = $1`, [room.id, days]);

describe('the days in which one can open a dispute', () => {
  test('about a payment are counted from what happened to it, and not anew from a dispute that was withdrawn', async () => {
    const { id } = await till.pay('CAPTURED');
    const about = { contextKind: 'PAYMENT', contextId: id };
    await inDays(59);
    const dispute = await open(about);
    await step(ana, 'withdrawDispute', dispute);
    await step(ana, 'withdrawDispute', await open(about));
    await inDays(61);
    expect(await answerTo(about)).toBe(TOO_LATE);
  });

  test('about a payment begin anew where something happens to it that is no hold', async () => {
    const { id } = await till.pay('CAPTURED', { isEscrow: true });
    await inDays(59);
    await world.act(ben, 'requestRefund', { paymentId: id, amountMinor: 100 });
    await till.until('payment', 'PARTIALLY_REFUNDED', id);
    await inDays(61);
    expect(await answerTo({ contextKind: 'PAYMENT', contextId: id })).toBe('OK');
  });

  test('about a room are counted from what was said there, and not anew from what a dispute says, does to its money or brings in', async () => {
    await till.pay('CAPTURED');
    await longAgo(59);
    const dispute = await open();
    await inDays(3.1);
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    await step(mia, 'dismissDispute', dispute, { reason: 'There is nothing to see' });
    await inDays(11);
    expect(await seen(ana, dispute)).toMatchObject({ status: 'FINAL' });
    const said = await world.sql<{ event: string }>(`select metadata->>'event' as event from messages where room_id = $1`, [room.id]);
    expect(said.map(({ event }) => event)).toEqual(expect.arrayContaining(['hold', 'lift', 'participant.added', 'participant.removed']));
    expect(await answerTo()).toBe(TOO_LATE);
    await world.send(room, ana, 'It happens again');
    expect(await answerTo()).toBe('OK');
  });

  test('about a room do not begin anew with what somebody asks the host to do about a dispute', async () => {
    await longAgo(59);
    const plan = { ...claim(), openedBy: ana.id, authority: 'HOST', externalRef: randomUUID() };
    const dispute = await world.do<Dispute>(host, 'createDispute', plan, 'id status');
    await step(ana, 'withdrawDispute', dispute);
    await step(host, 'withdrawDispute', dispute);
    await inDays(2);
    expect(await answerTo()).toBe(TOO_LATE);
  });
});
