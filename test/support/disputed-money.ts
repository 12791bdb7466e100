import { type Payment, Till } from './money.js';
import type { Person, Room, World } from './world.js';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const FIELDS = 'id status offers { id }';

export interface Dispute {
  id: string;
  status: string;
  offers: { id: string }[];
}

interface Cast {
  world: World;
  till: Till;
  claimant: Person;
  respondent: Person;
  mediator: Person;
}

/** What becomes of a payment, as the tests look at it. */
export const moved = ({ status, isOnHold, capturedMinor, refundedMinor, escrow }: Payment) => ({
  ...{ status, isOnHold, capturedMinor, refundedMinor, escrow: escrow && [escrow.status, escrow.releasedMinor, escrow.refundedMinor] },
});

/** Disputes about the money of a till: how they begin, and how they come to each of their ends, quickly. */
export function disputedMoney(cast: () => Cast) {
  const after = (ms: number) => cast().world.setTime(new Date(Date.now() + ms));
  const say = (person: Person, mutation: string, dispute: Dispute, more: object = {}) =>
    cast().world.do<Dispute>(person, mutation, { disputeId: dispute.id, ...more }, FIELDS);
  const claim = ({ id }: { id: string }, more: object = {}) => ({
    ...{ roomId: cast().till.room.id, contextKind: 'PAYMENT', contextId: id, against: cast().respondent.id },
    ...{ reason: 'NOT_RECEIVED', desired: 'REFUND', amountMinor: 1_000, currency: 'EUR', ...more },
  });
  return {
    after,
    say,
    claim,
    open: (about: { id: string }, more: object = {}) =>
      cast().world.do<Dispute>(cast().claimant, 'openDispute', claim(about, more), FIELDS),
    agreeOn: async (dispute: Dispute, amountMinor: number): Promise<void> => {
      const { claimant, respondent } = cast();
      await say(respondent, 'respondToDispute', dispute);
      const { offers } = await say(respondent, 'makeDisputeOffer', dispute, { amountMinor });
      await say(claimant, 'acceptDisputeOffer', dispute, { offerId: offers[0]!.id });
    },
    judge: async (dispute: Dispute, mutation: string, more: object): Promise<void> => {
      await after(73 * HOUR_MS);
      await say(cast().mediator, mutation, dispute, { ...more, reason: 'so I have seen it' });
      await after(13 * DAY_MS);
    },
  };
}

/** An order, and a till in its room: who buys, who sells, who mediates, and who hears of everything. */
export async function anOrderTill(
  world: World,
  host: Person,
  [buyer, seller, mediator, witness]: [Person, Person, Person, Person],
): Promise<{ orderId: string; till: Till }> {
  const order = { customerId: buyer.id, items: [{ name: 'Soap' }], totalMinor: 1_000, currency: 'EUR', number: '1042' };
  const { id: orderId, room } = await world.do<{ id: string; room: Room }>(host, 'placeOrder', order, 'id room { id code }');
  for (const [person, role] of [[seller, 'WORKER'] as const, [mediator, 'MEDIATOR'] as const, [witness, 'OBSERVER'] as const]) {
    await world.act(host, 'addParticipant', { roomId: room.id, userId: person.id, role });
  }
  return { orderId, till: new Till(world, room, buyer, seller, witness) };
}
