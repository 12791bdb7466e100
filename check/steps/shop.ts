import { randomUUID } from 'node:crypto';
import type { Api } from '../api.js';
import type { Random } from '../random.js';

/** The life of an order, as the host of a shop makes it. */
const LIFE = ['accept', 'start', 'ready', 'dispatch', 'deliver', 'complete'] as const;
export const STEPS_OF_AN_ORDER = 1 + LIFE.length;

const PLACE = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { id version } }';
const STEP = 'mutation ($input: UpdateOrderStatusInput!) { updateOrderStatus(input: $input) { id version } }';

interface Moved {
  id: string;
  version: number;
}

/** What was acknowledged, and what never should have been answered. */
export interface Ledger {
  /** Version of each order as last acknowledged. */
  versions: Map<string, number>;
  retries: number;
  refusals: string[];
}

/** Takes orders through their lives, each step with a key of its own, again and again until it is answered. */
export class Shop {
  constructor(
    private readonly api: Api,
    private readonly nodes: number,
    private readonly customers: string[],
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {}

  async sell(): Promise<void> {
    const customerId = this.random.pick(this.customers);
    const order = { customerId, externalRef: randomUUID(), items: [{ name: 'Plasters' }], totalMinor: 350, currency: 'EUR' };
    const placed = await this.insist<{ placeOrder: Moved }>(PLACE, order);
    if (!placed) return;
    const { id } = placed.placeOrder;
    this.ledger.versions.set(id, placed.placeOrder.version);
    for (const event of LIFE) {
      const moved = await this.insist<{ updateOrderStatus: Moved }>(STEP, { orderId: id, event });
      if (!moved) return;
      this.ledger.versions.set(id, moved.updateOrderStatus.version);
    }
  }

  private async insist<Data>(document: string, input: object): Promise<Data | null> {
    const variables = { input: { ...input, idempotencyKey: randomUUID() } };
    for (;;) {
      const outcome = await this.api.post<Data>(this.random.between(0, this.nodes - 1), document, variables);
      if (outcome.is === 'done') return outcome.data;
      if (outcome.is === 'refused') {
        this.ledger.refusals.push(outcome.code);
        return null;
      }
      this.ledger.retries++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
