import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { claimAgainst, disputeCalls } from './support/dispute-calls.js';
import { type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
  mediator: { id: string } | null;
}

const DISPUTE = 'id status mediator { id }';

let world: World;
let ana: Person, ben: Person, eve: Person, mia: Person, max: Person, support: Person, host: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' }, 2);
  ({ ana, ben, eve, mia, max } = await world.people('ana', 'ben', 'eve', 'mia', 'max'));
  support = await world.person('support', 'SUPPORT');
  host = await world.person('host', 'SERVICE');
}, 60_000);

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [eve, 'OBSERVER'],
  ]);
});

const { inDays, step, refusal, seen, roles } = disputeCalls<Dispute>(() => world, DISPUTE);
const claim = () => claimAgainst(room, ben);
const isInside = async (person: Person) => (await roles(room)).some(({ user_id }) => user_id === person.id);

async function underReview(): Promise<Dispute> {
  const dispute = await world.do<Dispute>(ana, 'openDispute', claim(), DISPUTE);
  await inDays(3.1);
  return seen(ana, dispute);
}

test('a review lets its mediator in until it is over, or their time is, and says so once', async () => {
  const dispute = await underReview();
  expect(dispute.status).toBe('UNDER_REVIEW');
  expect(await refusal(support, 'assignMediator', dispute, { userId: ana.id })).toBe('BAD_USER_INPUT');
  expect(await refusal(support, 'assignMediator', dispute, { userId: eve.id })).toBe('CONFLICT');
  expect(await refusal(support, 'assignMediator', dispute, { userId: 'x' })).toBe('BAD_USER_INPUT');
  expect(await refusal(support, 'assignMediator', dispute, { userId: randomUUID() })).toBe('BAD_USER_INPUT');
  await step(support, 'assignMediator', dispute, { userId: mia.id });
  expect((await roles(room)).find(({ user_id }) => user_id === mia.id)?.role).toBe('MEDIATOR');
  await step(support, 'assignMediator', dispute, { userId: max.id });
  expect([await isInside(mia), await isInside(max)]).toEqual([false, true]);
  await inDays(18);
  expect(await isInside(max)).toBe(false);
  expect((await seen(ana, dispute)).mediator).toBeNull();
  const ends = `select from transitions where aggregate_id = $1 and event = 'end_access'`;
  await inDays(19);
  expect(await world.sql(ends, [dispute.id])).toHaveLength(1);
});

test('a mediator is shown out in time also where the host decides', async () => {
  const plan = { ...claim(), openedBy: ana.id, authority: 'HOST', externalRef: randomUUID() };
  const dispute = await world.do<Dispute>(host, 'createDispute', plan, DISPUTE);
  for (const mutation of ['notifyDispute', 'respondToDispute']) await step(host, mutation, dispute);
  await inDays(3.1);
  await step(host, 'escalateDispute', dispute);
  await step(host, 'assignMediator', dispute, { userId: mia.id });
  await step(host, 'askForEvidence', dispute, { from: 'OPENER', reason: 'a photograph' });
  expect(await isInside(mia)).toBe(true);
  await inDays(18);
  expect(await isInside(mia)).toBe(false);
  expect(await seen(ana, dispute)).toMatchObject({ status: 'AWAITING_EVIDENCE', mediator: null });
});
