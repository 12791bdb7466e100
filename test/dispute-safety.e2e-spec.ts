import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { claimAgainst, disputeCalls } from './support/dispute-calls.js';
import { type Message, type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
  stage: string;
}

const DISPUTE = 'id status stage';

let world: World;
let ana: Person, ben: Person, gus: Person, sue: Person, support: Person, boss: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  ({ ana, ben, gus, sue } = await world.people('ana', 'ben', 'gus', 'sue'));
  support = await world.person('support', 'SUPPORT');
  boss = await world.person('boss', 'ADMIN');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [gus, 'ADMIN'],
    [sue, 'SUPPORT_STAFF'],
  ]);
});

const { step, refusal } = disputeCalls<Dispute>(() => world, DISPUTE);
const open = (more: object = {}) => world.do<Dispute>(ana, 'openDispute', { ...claimAgainst(room, ben), ...more }, DISPUTE);
const reason = 'He waits at her door';

/** What the room reads of it, in English and in French. */
async function saidOfEscalation(): Promise<unknown> {
  const found = `select id from messages where room_id = $1 and metadata->>'event' = 'escalate'`;
  const [{ id }] = (await world.sql<{ id: string }>(found, [room.id])) as [{ id: string }];
  const query = 'query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { content fr: content(locale: FR) } }';
  const { message } = await world.as(ana).get<{ message: Message }>(query, { roomId: room.id, id });
  return [message.content, message['fr']];
}

describe('where safety is at stake', () => {
  test.each(['support', 'boss', 'sue'])(
    '%s takes a dispute about anything to review, before anybody has responded and after',
    async (name) => {
      const who = { support, boss, sue }[name]!;
      for (const hasResponded of [false, true]) {
        const dispute = await open();
        if (hasResponded) await step(ben, 'respondToDispute', dispute);
        expect(await refusal(who, 'escalateDispute', dispute)).toBe('BAD_USER_INPUT');
        expect(await step(who, 'escalateDispute', dispute, { reason })).toMatchObject({ status: 'UNDER_REVIEW', stage: 'REVIEW' });
        await step(boss, 'dismissDispute', dispute, { reason: 'They are safe' });
        await world.setTime(new Date(Date.now() + 8 * 86_400_000));
        await world.setTime(new Date());
      }
    },
  );

  test('the room reads that, and why', async () => {
    await step(boss, 'escalateDispute', await open(), { reason });
    expect(await saidOfEscalation()).toEqual([
      `boss took the dispute to review, because safety is at stake: ${reason}`,
      `boss a soumis le litige à un examen, car la sécurité est en jeu : ${reason}`,
    ]);
  });

  test('who only runs the room does not, and the parties wait, whatever they are beside it', async () => {
    const dispute = await open();
    expect(await refusal(gus, 'escalateDispute', dispute, { reason })).toBe('FORBIDDEN');
    for (const party of [ana, ben]) expect(await refusal(party, 'escalateDispute', dispute, { reason })).toBe('CONFLICT');
  });

  test('staff who are a party wait like everybody, and are read as a party', async () => {
    const plan = { roomId: room.id, payeeId: sue.id, amountMinor: 10_000, currency: 'EUR' };
    const { id: contextId } = await world.do<{ id: string }>(ana, 'initiatePayment', plan, 'id');
    const dispute = await open({ against: sue.id, contextKind: 'PAYMENT', contextId });
    await step(sue, 'respondToDispute', dispute);
    expect(await refusal(sue, 'escalateDispute', dispute, { reason })).toBe('CONFLICT');
    await world.setTime(new Date(Date.now() + 3.1 * 86_400_000));
    await step(sue, 'escalateDispute', dispute);
    expect(await saidOfEscalation()).toEqual(['sue asked for a review', 'sue a demandé un examen']);
  });
});
