import { newId } from '../../src/common/values/ids.js';
import { Dispute } from '../../src/integrations/disputes/dispute/dispute.entity.js';
import { type DisputeActor, type DisputeState, ROLES, stateOf, type STATES } from './dispute-model.js';
import type { Person, World } from './world.js';

export interface Cast {
  people: Record<DisputeActor, Person>;
  /** Decided or proposed something before, and is in none of the rooms. */
  somebody: Person;
  /** Could become a mediator. */
  newcomer: Person;
}

export async function aCast(world: World): Promise<Cast> {
  const names = ['OPENER', 'RESPONDENT', ...ROLES] as const;
  const staff = {
    PLATFORM_SUPPORT: await world.person('PLATFORM_SUPPORT', 'SUPPORT'),
    PLATFORM_ADMIN: await world.person('PLATFORM_ADMIN', 'ADMIN'),
  };
  const people = { ...(await world.people(...names)), ...staff, HOST: await world.person('HOST', 'SERVICE') };
  const { somebody, newcomer } = await world.people('somebody', 'newcomer');
  return { people, somebody, newcomer };
}

/** A dispute as the tests for machines hold it: its offer beside it. */
export type MadeDispute = Dispute & { offerId: string | null };

/** Disputes in this state, each in a room of its own with everybody in it, straight in the tables. */
export async function makeDisputes(world: World, cast: Cast, status: string, count: number, authority = 'PARLEY'): Promise<MadeDispute[]> {
  const { people, somebody } = cast;
  const state: DisputeState = stateOf(status as keyof typeof STATES);
  const offerId = () => (state.offer ? newId() : null);
  const made = Array.from({ length: count }, () => {
    const dispute = Object.assign(new Dispute(), {
      id: newId(),
      roomId: newId(),
      openedBy: people.OPENER.id,
      against: people.RESPONDENT.id,
    });
    return Object.assign(dispute, { version: 1, offerId: offerId() });
  });
  const rooms = made.map(({ roomId }) => roomId);
  await world.sql(
    `insert into rooms (id, code, kind, title, participant_count, hold_count)
     select id, 'GRP-' || upper(right(id::text, 12)), 'GROUP', 'A room', $2, 1 from unnest($1::uuid[]) id`,
    [rooms, ROLES.length + 2],
  );
  const seats = [['OPENER', 'CUSTOMER'], ['RESPONDENT', 'WORKER'], ...ROLES.map((role) => [role, role])] as [DisputeActor, string][];
  await world.sql(
    `insert into participants (room_id, user_id, role)
     select room_id, (seat->>'user')::uuid, seat->>'role' from unnest($1::uuid[]) room_id, jsonb_array_elements($2::jsonb) seat`,
    [rooms, JSON.stringify(seats.map(([actor, role]) => ({ user: people[actor].id, role })))],
  );
  const isDecided = state.deciders.length > 0;
  const asked = state.asked ? people[state.asked].id : null;
  await world.sql(
    `insert into disputes (id, room_id, status, authority, context_kind, context_id, opened_by, against, reason, desired, amount_minor, currency,
       filing_deadline, declined_at, asked_id, proposed_outcome, proposed_award_minor, proposed_by, outcome, awarded_minor, decided_by, appeal_until)
     select id, room_id, $3, $4, 'ORDER', gen_random_uuid(), $5, $6, 'DAMAGED', 'REFUND', 10000, 'EUR', now() + interval '1 day',
       case when $7 then now() end, $8, case when $9::uuid is not null then 'RESPONDENT' end, case when $9::uuid is not null then 0 end, $9,
       case when $10 then 'RESPONDENT' end, case when $10 then 0 end, case when $10 then $11::uuid end, case when $10 then now() + interval '1 day' end
     from unnest($1::uuid[], $2::uuid[]) as made(id, room_id)`,
    [
      ...[made.map(({ id }) => id), rooms, status, authority, people.OPENER.id, people.RESPONDENT.id, state.isStuck, asked],
      ...[state.proposedBy ? somebody.id : null, isDecided, somebody.id],
    ],
  );
  if (state.offer) {
    const by = people[state.offer].id;
    await world.sql(
      `with offers as (insert into dispute_offers (id, dispute_id, by_id, amount_minor, expires_at, created_at)
         select offer, dispute, $3, 5000, now() + interval '1 day', now() from unnest($1::uuid[], $2::uuid[]) as made(offer, dispute))
       select 1`,
      [made.map((one) => one.offerId), made.map(({ id }) => id), by],
    );
    await world.sql(
      `update disputes d set open_offer_id = o.id, offered_by = o.by_id, offer_expires_at = o.expires_at from dispute_offers o
       where o.dispute_id = d.id and d.id = any($1)`,
      [made.map(({ id }) => id)],
    );
  }
  return made;
}

/** A dispute that waits for an answer to an offer, in a room of any kind; straight in the tables. */
export async function aDisputeIn(
  world: World,
  roomId: string,
  { openedBy, against }: { openedBy: string; against: string },
  text: string,
): Promise<{ dispute: string; offer: string }> {
  const [dispute, offer] = [newId(), newId()];
  await world.sql(
    `insert into disputes (id, room_id, status, context_kind, context_id, opened_by, against, reason, desired, filing_deadline, external_ref)
     values ($1, $2, 'NEGOTIATING', 'ROOM', $2, $3, $4, 'OTHER', 'OTHER', now(), $5)`,
    [dispute, roomId, openedBy, against, text],
  );
  await world.sql(
    `insert into dispute_offers (id, dispute_id, by_id, terms, expires_at, created_at) values ($1, $2, $3, $4, now() + interval '1 day', now())`,
    [offer, dispute, openedBy, text],
  );
  await world.sql(`insert into dispute_evidence (id, dispute_id, by_id, copy, sha256, at) values ($1, $2, $3, $4, sha256('x'), now())`, [
    newId(),
    dispute,
    openedBy,
    { kind: 'TEXT', text },
  ]);
  return { dispute, offer };
}

/** The mutation of each event, and what it needs beyond the dispute. */
export const MUTATIONS: Record<string, { name: string; more: (about: { offerId: string | null; newcomer: string }) => object }> = {
  notify: { name: 'notifyDispute', more: () => ({}) },
  respond: { name: 'respondToDispute', more: () => ({}) },
  accept_claim: { name: 'acceptDisputeClaim', more: () => ({}) },
  offer: { name: 'makeDisputeOffer', more: () => ({ amountMinor: 2_000, onBehalfOf: 'RESPONDENT' }) },
  accept_offer: { name: 'acceptDisputeOffer', more: ({ offerId }) => ({ offerId: offerId ?? newId() }) },
  decline_offer: { name: 'declineDisputeOffer', more: ({ offerId }) => ({ offerId: offerId ?? newId() }) },
  withdraw_offer: { name: 'withdrawDisputeOffer', more: ({ offerId }) => ({ offerId: offerId ?? newId() }) },
  add_evidence: { name: 'addEvidence', more: () => ({ statement: 'It was like this' }) },
  escalate: { name: 'escalateDispute', more: () => ({ reason: 'somebody is in danger' }) },
  withdraw: { name: 'withdrawDispute', more: () => ({}) },
  expire: { name: 'expireDispute', more: () => ({}) },
  assign: { name: 'assignMediator', more: ({ newcomer }) => ({ userId: newcomer }) },
  ask_evidence: { name: 'askForEvidence', more: () => ({ from: 'OPENER', reason: 'a photograph' }) },
  submit_evidence: { name: 'submitEvidence', more: () => ({ statement: 'Here it is' }) },
  proceed: { name: 'proceedWithDispute', more: () => ({}) },
  decide: { name: 'decideDispute', more: () => ({ outcome: 'SPLIT', awardedMinor: 5_000, reason: 'half and half' }) },
  confirm: { name: 'confirmDecision', more: () => ({ outcome: 'RESPONDENT', awardedMinor: 0 }) },
  dismiss: { name: 'dismissDispute', more: () => ({ reason: 'nothing happened' }) },
  appeal: { name: 'appealDispute', more: () => ({ reason: 'not all was seen', statement: 'Look at this' }) },
  uphold: { name: 'upholdDecision', more: () => ({ reason: 'it was right' }) },
  overturn: { name: 'overturnDecision', more: () => ({ outcome: 'CLAIMANT', reason: 'it was wrong' }) },
  close: { name: 'closeDispute', more: () => ({}) },
};
