import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Variables } from './api.js';
import type { Person } from './person.js';
import type { Stage } from './stage.js';
import { within } from './within.js';

/** What an event says of itself. */
export interface Word {
  /** The same is the same event. */
  id?: string;
  /** When it happened, as the sender says. */
  at?: Date;
  /** With what it is signed, where that is not what was agreed upon. */
  secret?: string;
}

interface Taken {
  status: number;
  /** Ours, of an event that is new. */
  eventId: string;
}

const CREATE = `mutation ($input: CreateIntegrationInput!) { createIntegration(input: $input) { integration { id } secret } }`;
const FATE = 'query ($id: ID!) { inboundEvent(id: $id) { status } }';
const LOOK_AGAIN_MS = 20;

/** A system of the host that tells what has happened on its side: it signs every call with the library of Standard Webhooks. */
export class Sender {
  private constructor(
    private readonly host: Person,
    private readonly address: string,
    private readonly secret: string,
  ) {}

  static async register(stage: Stage, host: Person, input: { kind: string; name: string }): Promise<Sender> {
    type Made = { createIntegration: { integration: { id: string }; secret: string } };
    const { createIntegration: made } = await host.api.get<Made>(CREATE, { input });
    return new Sender(host, `${stage.url}/webhooks/in/${made.integration.id}`, made.secret);
  }

  async tell(type: string, data: Variables, { id = randomUUID(), at = new Date(), secret = this.secret }: Word = {}): Promise<Taken> {
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
    const now = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    };
    const response = await within(type, fetch(this.address, { method: 'POST', headers, body }));
    const answer = (await response.json()) as { id?: string };
    return { status: response.status, eventId: answer.id ?? '' };
  }

  /** What became of an event: nobody says so to who sent it, so the host looks into the log until it is settled. */
  fateOf({ eventId }: Taken): Promise<string> {
    const settled = async (): Promise<string> => {
      for (;;) {
        const { inboundEvent } = await this.host.api.get<{ inboundEvent: { status: string } }>(FATE, { id: eventId });
        if (inboundEvent.status !== 'RECEIVED') return inboundEvent.status;
        await setTimeout(LOOK_AGAIN_MS);
      }
    };
    return within(`event ${eventId} is settled`, settled());
  }
}
