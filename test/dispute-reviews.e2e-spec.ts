import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hash } from 'node:crypto';
import { claimAgainst, disputeCalls } from './support/dispute-calls.js';
import { type Person, type Room, World } from './support/world.js';

interface Dispute {
  id: string;
  status: string;
  [field: string]: unknown;
}

const DISPUTE = 'id status outcome awardedMinor viewerState proposedOutcome proposedAwardMinor bundle { content sha256 }';
const LARGE = 60_000;

let world: World;
let ana: Person, ben: Person, eve: Person, mia: Person, max: Person, boss: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0', DISPUTE_FOUR_EYES: '500, HUF:10000' }, 2);
  ({ ana, ben, eve, mia, max } = await world.people('ana', 'ben', 'eve', 'mia', 'max'));
  boss = await world.person('boss', 'ADMIN');
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

const { inDays, step, refusal, seen, roles } = disputeCalls<Dispute>(() => world, DISPUTE);
const isInside = async (person: Person) => (await roles(room)).some(({ user_id }) => user_id === person.id);

async function underReview(more: object = {}): Promise<Dispute> {
  const dispute = await world.do<Dispute>(ana, 'openDispute', { ...claimAgainst(room, ben), ...more }, DISPUTE);
  await inDays(3.1);
  return seen(ana, dispute);
}

describe('a review', () => {
  test('decides with a reason; who lost appeals once, to somebody else, with something new', async () => {
    const dispute = await underReview();
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    expect(await refusal(mia, 'decideDispute', dispute, { outcome: 'RESPONDENT' })).toBe('BAD_USER_INPUT');
    await step(mia, 'decideDispute', dispute, { outcome: 'RESPONDENT', reason: 'it was whole' });
    expect([(await seen(ana, dispute))['viewerState'], (await seen(ben, dispute))['viewerState']]).toEqual(['APPEALABLE', 'RESOLVED']);
    expect(await refusal(ana, 'appealDispute', dispute, { reason: 'no' })).toBe('BAD_USER_INPUT');
    await step(ana, 'appealDispute', dispute, { reason: 'look', statement: 'a photograph' });
    expect(await refusal(mia, 'overturnDecision', dispute, { outcome: 'CLAIMANT', reason: 'well' })).toBe('FORBIDDEN');
    const final = await step(boss, 'overturnDecision', dispute, { outcome: 'SPLIT', awardedMinor: 4_000, reason: 'half' });
    expect(final).toMatchObject({ status: 'FINAL', outcome: 'SPLIT', awardedMinor: 4_000 });
    expect(await isInside(mia)).toBe(false);
    const { content, sha256 } = final['bundle'] as { content: string; sha256: string };
    expect(sha256).toBe(hash('sha256', content));
    expect(JSON.parse(content)).toMatchObject({ dispute: { id: dispute.id }, evidence: [{ copy: { text: 'a photograph' } }] });
    expect((await seen(eve, dispute))['bundle']).toBeNull();
  });

  test('of a large claim takes a second person', async () => {
    const dispute = await underReview({ amountMinor: LARGE });
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    const proposed = await step(mia, 'decideDispute', dispute, { outcome: 'CLAIMANT', reason: 'it is broken' });
    expect(proposed).toMatchObject({ status: 'UNDER_REVIEW', outcome: null, proposedOutcome: 'CLAIMANT', proposedAwardMinor: LARGE });
    const award = { outcome: 'CLAIMANT', awardedMinor: LARGE };
    expect(await refusal(mia, 'confirmDecision', dispute, award)).toBe('FORBIDDEN');
    expect(await refusal(boss, 'confirmDecision', dispute, { ...award, awardedMinor: 1 })).toBe('CONFLICT');
    expect(await step(boss, 'confirmDecision', dispute, award)).toMatchObject({ status: 'RESOLVED', outcome: 'CLAIMANT' });
  });

  test.each([
    ['the general limit', { amountMinor: LARGE }],
    ['the limit in a currency without a smaller unit', { amountMinor: 501, currency: 'JPY' }],
    ['the limit of a currency of its own', { amountMinor: 10_001_00, currency: 'HUF' }],
  ])('takes a second person also for a dismissal of a claim above %s', async (_, claimed) => {
    const dispute = await underReview(claimed);
    const proposed = await step(boss, 'dismissDispute', dispute, { reason: 'nothing happened' });
    expect(proposed).toMatchObject({ status: 'UNDER_REVIEW', outcome: null, proposedOutcome: 'DISMISSED', proposedAwardMinor: 0 });
    const dismissal = { outcome: 'DISMISSED', awardedMinor: 0 };
    expect(await refusal(boss, 'confirmDecision', dispute, dismissal)).toBe('FORBIDDEN');
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    expect(await refusal(mia, 'confirmDecision', dispute, { ...dismissal, outcome: 'RESPONDENT' })).toBe('CONFLICT');
    expect(await step(mia, 'confirmDecision', dispute, dismissal)).toMatchObject({ status: 'REJECTED', outcome: 'DISMISSED' });
  });

  test.each([
    ['in yen', { amountMinor: 500, currency: 'JPY' }],
    ['in forints', { amountMinor: 10_000_00, currency: 'HUF' }],
  ])('of a claim up to the limit %s takes one', async (_, claimed) => {
    const dispute = await underReview(claimed);
    expect(await step(boss, 'decideDispute', dispute, { outcome: 'RESPONDENT', reason: 'it was whole' })).toMatchObject({
      status: 'RESOLVED',
    });
  });

  test('is for those whom the platform has appointed: who made the group, and is its ADMIN, decides nothing and appoints nobody', async () => {
    const { id } = await world.do<Room>(eve, 'createRoom', { participants: [{ userId: ana.id, role: 'CUSTOMER' }] }, 'id');
    await world.act(eve, 'addParticipant', { roomId: id, userId: ben.id, role: 'WORKER' });
    const dispute = await underReview({ roomId: id });
    expect(await world.sql('select role from participants where room_id = $1 and user_id = $2', [id, eve.id])).toEqual([{ role: 'ADMIN' }]);
    const decision = { outcome: 'CLAIMANT', reason: 'we are friends' };
    for (const [mutation, more] of [
      ['decideDispute', decision],
      ['dismissDispute', { reason: 'we are friends' }],
      ['assignMediator', { userId: max.id }],
      ['askForEvidence', { from: 'OPENER', reason: 'a photograph' }],
    ] as const) {
      expect([mutation, await refusal(eve, mutation, dispute, more)]).toEqual([mutation, 'FORBIDDEN']);
    }
    expect(await refusal(boss, 'assignMediator', dispute, { userId: eve.id })).toBe('CONFLICT');
    await step(boss, 'assignMediator', dispute, { userId: mia.id });
    expect(await refusal(mia, 'assignMediator', dispute, { userId: max.id })).toBe('FORBIDDEN');
    await step(mia, 'decideDispute', dispute, decision);
  });

  test('is closed when the days to appeal are over', async () => {
    const dispute = await underReview();
    await step(boss, 'dismissDispute', dispute, { reason: 'nothing happened' });
    await inDays(10.2);
    expect(await seen(ana, dispute)).toMatchObject({ status: 'FINAL', outcome: 'DISMISSED' });
    expect(await refusal(ana, 'appealDispute', dispute, { reason: 'no', statement: 'x' })).toBe('ILLEGAL_TRANSITION');
  });
});
