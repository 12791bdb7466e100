import { expect } from '@jest/globals';
import type { Message, Person, Room, World } from './world.js';

export interface Payment {
  id: string;
  status: string;
  version: number;
  isOnHold: boolean;
  capturedMinor: number;
  refundedMinor: number;
  escrow: { id: string; status: string; releasedMinor: number; refundedMinor: number } | null;
  refunds: { id: string; status: string; amountMinor: number }[];
}

const PAYMENT = `id status version isOnHold capturedMinor refundedMinor
  escrow { id status releasedMinor refundedMinor } refunds { id status amountMinor }`;
const SAID = 'subscription ($roomId: ID!) { messageAdded(roomId: $roomId, afterSequence: 0) { metadata } }';

/** A room in which one person pays another, and a third hears of everything. */
export class Till {
  constructor(
    private readonly world: World,
    readonly room: Room,
    private readonly payer: Person,
    private readonly payee: Person,
    private readonly witness: Person,
  ) {}

  /** 1,000 cents, until they have come to this state. */
  async pay(status: string, more: object = {}): Promise<Payment> {
    const input = { roomId: this.room.id, payeeId: this.payee.id, amountMinor: 1_000, currency: 'EUR', ...more };
    const payment = await this.world.do<Payment>(this.payer, 'initiatePayment', input, PAYMENT);
    await this.until('payment', status, payment.id);
    return this.see(payment);
  }

  async see({ id }: { id: string }): Promise<Payment> {
    const query = `query ($id: ID!) { payment(id: $id) { ${PAYMENT} } }`;
    return (await this.world.as(this.payer).get<{ payment: Payment }>(query, { id })).payment;
  }

  /** Until the room has heard that something of a kind came to a state. */
  async until(aggregate: string, status: string, id?: string): Promise<void> {
    const heard = this.world.as(this.witness).subscribe<{ messageAdded: Message }>(SAID, { roomId: this.room.id });
    await heard.until(({ messageAdded }) => {
      const { to, aggregate: about, aggregateId } = (messageAdded['metadata'] ?? {}) as Record<string, unknown>;
      return to === status && about === aggregate && (id === undefined || aggregateId === id);
    });
    await heard.leave();
  }
}

/** Every step has one message, of its machine's kind and in its room, and nothing else says that something was done. */
export async function expectStepsAndMessagesToMatch(world: World): Promise<void> {
  const kinds = ['PAYMENT', 'DISPUTE', 'ORDER_UPDATE', 'DELIVERY_UPDATE'];
  const odd = await world.sql(
    `select t.aggregate, t.event, t.version, m.kind, m.content from transitions t full join messages m on m.id = t.message_id
     where (t.id is null and m.kind = any($1)) or (t.id is not null and (m.id is null or m.room_id <> t.room_id
       or m.metadata->>'aggregateId' <> t.aggregate_id::text or (m.metadata->>'version')::int <> t.version))`,
    [kinds],
  );
  expect(odd).toEqual([]);
  const [shared] = await world.sql('select count(*)::int - count(distinct message_id)::int as shared from transitions');
  expect(shared).toEqual({ shared: 0 });
}
