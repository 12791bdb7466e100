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
