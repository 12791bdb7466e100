import { setTimeout } from 'node:timers/promises';
import { untilMerged } from './inbound.js';
import { StripeApi } from './stripe-api.js';
import { type Person, type Room, World } from './world.js';

export const OLD = 'whsec_old';
export const NEW = 'whsec_new';

export interface Row {
  id: string;
  status: string;
  provider_ref: string;
  client_secret: string;
  captured_minor: number;
  refunded_minor: number;
  holds: number;
}

export interface SignedEvent {
  body: string;
  signature: string;
}

/** Asks until it is so; jobs tell nobody that nothing is left to be done. */
export async function eventually<Result>(ask: () => Promise<Result>, isSo: (result: Result) => boolean): Promise<Result> {
  for (;;) {
    const result = await ask();
    if (isSo(result)) return result;
    await setTimeout(20);
  }
}

/** A node whose money moves by a stand-in of Stripe; Ana pays Ben there. */
export class StripeWorld {
  ana!: Person;
  ben!: Person;
  room!: Room;

  private constructor(
    readonly api: StripeApi,
    readonly world: World,
  ) {}

  static async start(): Promise<StripeWorld> {
    const api = await StripeApi.start();
    const made = new StripeWorld(api, await World.start(settingsFor(api)));
    Object.assign(made, await made.world.people('ana', 'ben'));
    await made.newRoom();
    return made;
  }

  async newRoom(): Promise<void> {
    this.room = await this.world.room([
      [this.ana, 'CUSTOMER'],
      [this.ben, 'WORKER'],
    ]);
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.api.stop();
  }

  async rowOf(id: string): Promise<Row> {
    return (await this.world.sql<Row>('select *, captured_minor::int, refunded_minor::int from payments where id = $1', [id]))[0]!;
  }

  /** Once the provider has answered. */
  async pay(more: object = {}): Promise<Row> {
    const input = { roomId: this.room.id, payeeId: this.ben.id, amountMinor: 1_000, currency: 'EUR', ...more };
    const { id } = await this.world.do<{ id: string }>(this.ana, 'initiatePayment', input, 'id');
    return eventually(
      () => this.rowOf(id),
      ({ client_secret }) => client_secret !== null,
    );
  }

  post({ body, signature }: SignedEvent, world = this.world): Promise<Response> {
    return fetch(`${world.nodes[0]!.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body,
    });
  }

  merged(): Promise<void> {
    return untilMerged(this.world);
  }

  /** An intent as the provider would show it. */
  intentAs(ref: string, more: object): object {
    return { ...this.api.intents.get(ref), ...more };
  }
}

export const settingsFor = (api: StripeApi) => ({
  STRIPE_SECRET_KEY: 'sk_test_123',
  STRIPE_WEBHOOK_SECRET: `${OLD}, ${NEW}`,
  STRIPE_API_URL: api.url,
  LOG_LEVEL: 'silent',
});
