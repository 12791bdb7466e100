import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { Caller } from './caller.js';
import type { Sender } from './sender.js';

/** At least: of the order, its payment and its delivery, from the placing to the timer that completes it. */
export const STEPS_OF_AN_ORDER = 17;
const LOOK_AGAIN_MS = 50;

export interface Staff {
  /** The host's system, by its token. */
  host: Caller;
  /** The same by signed events. */
  sender: Sender;
  keeperId: string;
  rider: Caller;
  riderId: string;
}

/**
 * Takes orders through their lives: by calls of the host and of a rider, by events that come in, by a payment in the sandbox and what it
 * says later, by what follows from a delivery, and by the timer that completes what nobody complains about.
 */
export class Shop {
  constructor(
    private readonly staff: Staff,
    private readonly customers: string[],
    private readonly random: Random,
  ) {}

  async sell(): Promise<void> {
    const { host, sender, keeperId } = this.staff;
    const customerId = this.random.pick(this.customers);
    const goods = { items: [{ name: 'Plasters' }], totalMinor: 350, currency: 'EUR' };
    const order = await host.move('placeOrder', { customerId, staffIds: [keeperId], externalRef: randomUUID(), ...goods });
    if (!order) return;
    await sender.tell('order.accept', { id: order.id });
    await this.arrivesAt('order', order.id, 'CONFIRMED');
    if (!(await this.pay(order.id, customerId))) return;
    for (const event of ['start', 'ready']) if (!(await host.move('updateOrderStatus', { orderId: order.id, event }))) return;
    await this.bring(order.id);
  }

  /** Through at once, or when the bank is asked again. */
  private async pay(orderId: string, payerId: string): Promise<boolean> {
    const { host, keeperId: payeeId } = this.staff;
    const found = await host.insist<{ order: { roomId: string } }>('query ($id: ID!) { order(id: $id) { roomId } }', { id: orderId });
    const about = { roomId: found?.order.roomId, contextKind: 'ORDER', contextId: orderId };
    const plan = { payerId, payeeId, amountMinor: 350, currency: 'EUR', method: this.random.pick(['card', 'bank_late']) };
    return (await host.move('createPayment', { ...about, ...plan, externalRef: randomUUID() })) !== null;
  }

  private async bring(orderId: string): Promise<void> {
    const { host, sender, rider, riderId } = this.staff;
    const stops = { pickup: { address: '1 Market Square' }, dropoff: { address: '7 River Street' } };
    const delivery = await host.move('createDelivery', { orderId, ...stops, externalRef: randomUUID() });
    if (!delivery) return;
    const { id: deliveryId } = delivery;
    const drive = (event: string) => rider.move('updateDeliveryStatus', { deliveryId, event });
    if (!(await host.move('assignRider', { deliveryId, riderId })) || !(await drive('head_to_pickup'))) return;
    await sender.tell('delivery.arrive_at_pickup', { id: deliveryId });
    await this.arrivesAt('delivery', deliveryId, 'ARRIVED_PICKUP');
    for (const event of ['pick_up', 'head_to_dropoff', 'arrive_at_dropoff']) if (!(await drive(event))) return;
    await sender.tell('delivery.deliver', { id: deliveryId });
  }

  /** What came in is merged a little later. */
  private async arrivesAt(kind: string, id: string, status: string): Promise<void> {
    const query = `query ($id: ID!) { thing: ${kind}(id: $id) { status } }`;
    for (;;) {
      const found = await this.staff.host.insist<{ thing: { status: string } }>(query, { id });
      if (!found || found.thing.status === status) return;
      await wait(LOOK_AGAIN_MS);
    }
  }
}
