import type { Person, Room, World } from './world.js';

const DAY_MS = 86_400_000;

/** What the opener says is wrong. */
export const claimAgainst = (room: Room, person: Person) => ({
  roomId: room.id,
  against: person.id,
  reason: 'DAMAGED',
  desired: 'REFUND',
  amountMinor: 10_000,
  currency: 'EUR',
});

/** What people do with a dispute by the API; `fields` is what is looked at of it. */
export function disputeCalls<Dispute extends { id: string }>(world: () => World, fields: string) {
  return {
    inDays: (days: number) => world().setTime(new Date(Date.now() + days * DAY_MS)),
    step: (person: Person, mutation: string, { id }: Dispute, more: object = {}) =>
      world().do<Dispute>(person, mutation, { disputeId: id, ...more }, fields),
    refusal: (person: Person, mutation: string, { id }: Dispute, more: object = {}) =>
      world().refusal(person, mutation, { disputeId: id, ...more }),
    seen: async (person: Person, { id }: Dispute) =>
      (await world().as(person).get<{ dispute: Dispute }>(`query ($id: ID!) { dispute(id: $id) { ${fields} } }`, { id })).dispute,
    /** Who has a seat there. */
    roles: ({ id }: Room) =>
      world().sql<{ user_id: string; role: string }>(`select user_id, role from participants where room_id = $1 and status = 'ACTIVE'`, [
        id,
      ]),
  };
}
