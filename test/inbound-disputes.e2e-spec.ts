import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aSender, keptOf, type Sender, tell, untilMerged } from './support/inbound.js';
import { expectOneEnd, LONG, type Story } from './support/inbound-stories.js';
import { DETAILS } from './support/orders.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person, ana: Person, pia: Person;
let shop: Sender;

beforeAll(async () => {
  world = await World.start({}, 2);
  ({ ana, pia } = await world.people('ana', 'pia'));
  boss = await world.person('boss', 'ADMIN');
  shop = await aSender(world, boss);
});

afterAll(() => world.stop());

const place = () => ['order.place', { customer: { id: ana.id }, staff: [{ id: pia.id }], ...DETAILS }] as const;
const claim = (externalRef: string) => ({
  order: { externalRef },
  openedBy: { id: ana.id },
  against: { externalId: pia.externalId },
  reason: 'DAMAGED',
  desired: 'PARTIAL',
  amountMinor: 900,
  currency: 'EUR',
  authority: 'HOST',
});

const AGREED: Story = (ref) => [
  place(),
  ['dispute.open', { ...claim(ref), statement: 'The box was wet' }],
  ['dispute.notify'],
  ['dispute.respond', { statement: 'It was dry when it left' }],
  ['dispute.offer', { onBehalfOf: 'RESPONDENT', amountMinor: 400, terms: 'Less than half' }],
  ['dispute.accept_offer', { amountMinor: 400 }],
  ['dispute.close'],
];

const state = `
select d.external_ref as ref, d.status, d.version, d.host_version as heard, d.outcome, d.awarded_minor::int as awarded, r.hold_count as holds,
  (select count(*)::int from dispute_evidence e where e.dispute_id = d.id) as evidence,
  (select array_agg(o.status) from dispute_offers o where o.dispute_id = d.id) as offers
from disputes d join rooms r on r.id = d.room_id where d.external_ref = any($1)`;
const end = { status: 'FINAL', version: 6, outcome: 'AGREED', awarded: 400, holds: 0, evidence: 2, offers: ['ACCEPTED'] };
const inOrder = ({ status, version, ...rest }: typeof end, heard: number | null) => [{ status, version, heard, ...rest }];

test.each([
  ['a dispute', { first: 2, hasVersions: false, end: inOrder(end, null) }],
  ['a dispute with versions', { first: 3, hasVersions: true, end: inOrder(end, 6) }],
])(
  'the events of %s lead to one end in every order, and however often',
  (_what, telling) => expectOneEnd(world, shop, { story: AGREED, state, steps: 7, ...telling }),
  LONG,
);

const OVERTAKEN: Story = (ref) => [
  place(),
  ['dispute.open', { ...claim(ref), statement: 'The box was wet' }],
  ['dispute.notify'],
  ['dispute.respond', { statement: 'It was dry when it left' }],
  ['dispute.add_evidence', { statement: 'Here is the receipt of the courier' }],
  ['dispute.escalate'],
  ['dispute.decide', { outcome: 'SPLIT', awardedMinor: 300, reason: 'Half of it was wet' }],
];

test.each([
  ['its time', { first: 2, hasVersions: false }],
  ['its version', { first: 3, hasVersions: true }],
])(
  'no evidence is lost, in whatever order and however often it comes, by %s',
  async (_what, telling) => {
    const kept = `
      select d.external_ref as ref, d.status, d.outcome,
        (select array_agg(e.copy->>'text' order by e.copy->>'text') from dispute_evidence e where e.dispute_id = d.id) as evidence
      from disputes d where d.external_ref = any($1)`;
    const evidence = ['Here is the receipt of the courier', 'It was dry when it left', 'The box was wet'];
    const told = { status: 'RESOLVED', outcome: 'SPLIT', evidence };
    await expectOneEnd(world, shop, { story: OVERTAKEN, state: kept, steps: null, end: [told], ...telling });
  },
  LONG,
);

const lastKept = async () => (await keptOf(world, boss, shop)).at(-1)!;
const say = async (type: string, externalRef: string, more: object = {}) => {
  expect(await tell(world, shop, { type, data: { externalRef, ...more } })).toBe(202);
  await untilMerged(world);
};
const opened = async (more: object = {}) => {
  const ref = randomUUID();
  const [type, order] = place();
  await say(type, ref, order);
  await say('dispute.open', ref, { ...claim(ref), ...more });
  return ref;
};
const disputeOf = async (ref: string) =>
  (await world.sql<{ id: string; status: string; outcome: string | null }>('select * from disputes where external_ref = $1', [ref]))[0];

describe('a dispute', () => {
  test('that people decide is opened by the word of the host, and no more', async () => {
    const ref = await opened({ authority: 'PARLEY' });
    expect(await disputeOf(ref)).toMatchObject({ status: 'AWAITING_RESPONSE' });
    await say('dispute.accept_claim', ref);
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'FORBIDDEN', isWaiting: false });
    expect(await disputeOf(ref)).toMatchObject({ status: 'AWAITING_RESPONSE' });
  });

  test('goes to review and is decided there', async () => {
    const ref = await opened();
    await say('dispute.notify', ref);
    await say('dispute.escalate', ref);
    await say('dispute.assign', ref, { mediator: { id: boss.id } });
    await say('dispute.ask_evidence', ref, { from: 'OPENER', reason: 'A photograph' });
    await say('dispute.submit_evidence', ref, { statement: 'Here it is' });
    await say('dispute.decide', ref, { outcome: 'SPLIT', awardedMinor: 300, reason: 'Half of it was wet' });
    expect(await disputeOf(ref)).toMatchObject({ status: 'RESOLVED', outcome: 'SPLIT' });
  });

  describe('with evidence that comes late', () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const evidenceOf = (ref: string) =>
      world.sql<{ text: string; at: Date }>(
        `select e.copy->>'text' as text, e.at from dispute_evidence e join disputes d on d.id = e.dispute_id
         where d.external_ref = $1 order by e.at, e.id`,
        [ref],
      );
    const late = { statement: 'A photograph', occurredAt: ago(60) };

    test.each<[string, string[]]>([
      ['has been answered', ['notify', 'respond']],
      ['is in review', ['notify', 'escalate']],
      ['is decided', ['notify', 'escalate', 'decide']],
      ['was appealed', ['notify', 'escalate', 'decide', 'appeal']],
    ])('keeps it with its own time where it %s, once, and stays where it is', async (_, steps) => {
      const ref = await opened();
      const needs: Record<string, object> = {
        decide: { outcome: 'SPLIT', awardedMinor: 300, reason: 'Half of it was wet' },
        appeal: { statement: 'Not all was seen', reason: 'Look again' },
      };
      for (const step of steps) await say(`dispute.${step}`, ref, needs[step]);
      const before = await disputeOf(ref);
      await say('dispute.add_evidence', ref, late);
      expect(await lastKept()).toMatchObject({ status: 'PROCESSED', errorCode: null });
      expect((await disputeOf(ref))!.status).toBe(before!.status);
      expect((await evidenceOf(ref))[0]).toEqual({ text: 'A photograph', at: new Date(late.occurredAt) });
    });

    test.each([
      ['FINAL', ['notify', 'accept_claim', 'close']],
      ['WITHDRAWN', ['withdraw']],
    ])('that is %s leaves it to somebody to look at', async (status, steps) => {
      const ref = await opened();
      for (const step of steps) await say(`dispute.${step}`, ref);
      expect(await disputeOf(ref)).toMatchObject({ status });
      await say('dispute.add_evidence', ref, late);
      expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'ILLEGAL_TRANSITION', isWaiting: false });
      expect(await evidenceOf(ref)).toEqual([]);
    });

    test('by a step that is over, or is not the host’s to take, takes no more than the host may tell', async () => {
      const ref = await opened();
      for (const step of ['notify', 'escalate']) await say(`dispute.${step}`, ref);
      await say('dispute.respond', ref, { occurredAt: ago(30) });
      expect(await lastKept()).toMatchObject({ status: 'STALE' });
      await say('dispute.respond', ref, late);
      expect((await evidenceOf(ref)).map(({ text }) => text)).toEqual(['A photograph']);
      const ours = await opened({ authority: 'PARLEY' });
      await say('dispute.respond', ours, late);
      expect(await evidenceOf(ours)).toEqual([]);
      expect(await lastKept()).toMatchObject({ errorCode: 'FORBIDDEN' });
    });
  });

  test('about the same waits until the one before is over', async () => {
    const [ref, next] = [await opened(), randomUUID()];
    await say('dispute.open', next, claim(ref));
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: true });
    await say('dispute.withdraw', ref);
    expect([await disputeOf(ref), await disputeOf(next)]).toMatchObject([{ status: 'WITHDRAWN' }, { status: 'OPENED' }]);
  });

  test('is agreed by the offer that is meant, and by no other', async () => {
    const ref = await opened();
    for (const step of ['notify', 'respond']) await say(`dispute.${step}`, ref);
    await say('dispute.offer', ref, { onBehalfOf: 'RESPONDENT', amountMinor: 100 });
    const occurredAt = (seconds: number) => ({ occurredAt: new Date(Date.now() + seconds * 1_000).toISOString() });
    await say('dispute.accept_offer', ref, { amountMinor: 400, ...occurredAt(3_600) });
    expect(await lastKept()).toMatchObject({ status: 'QUARANTINED', errorCode: 'CONFLICT', isWaiting: true });
    await say('dispute.offer', ref, { onBehalfOf: 'RESPONDENT', amountMinor: 400, ...occurredAt(1_800) });
    expect(await disputeOf(ref)).toMatchObject({ status: 'RESOLVED', outcome: 'AGREED' });
  });
});
