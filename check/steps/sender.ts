import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Cluster } from '../cluster/cluster.js';
import type { Random } from '../random.js';
import type { Ledger } from './caller.js';

const PATIENCE_MS = 3_000;
const AGAIN_MS = 20;

/** An integration of the host: it tells by signed calls, each until it is answered, and of some it tells twice. */
export class Sender {
  constructor(
    private readonly cluster: Cluster,
    private readonly integration: { id: string; secret: string },
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {}

  async tell(type: string, data: object): Promise<void> {
    const id = randomUUID();
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const times = this.random.chance(0.3) ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => this.insist(id, body)));
    this.ledger.events.add(id);
  }

  private async insist(id: string, body: string): Promise<void> {
    while (!(await this.send(id, body))) {
      this.ledger.retries++;
      await wait(AGAIN_MS);
    }
  }

  private async send(id: string, body: string): Promise<boolean> {
    const at = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(this.integration.secret).sign(id, at, body),
    };
    const node = this.random.between(0, this.cluster.places.length - 1);
    const address = new URL(`/webhooks/in/${this.integration.id}`, this.cluster.urlOf(node));
    try {
      const answer = await fetch(address, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.status >= 400 && answer.status < 500) this.ledger.refusals.push(`${body}: ${answer.status}`);
      return answer.status < 500;
    } catch {
      return false;
    }
  }
}
