import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from '../api.js';
import type { Random } from '../random.js';

/** What was acknowledged, and what never should have been answered. */
export interface Ledger {
  /** Version of each thing as last acknowledged. */
  versions: Map<string, number>;
  /** Ids of events that were taken. */
  events: Set<string>;
  retries: number;
  refusals: string[];
}

export interface Moved {
  id: string;
  version: number;
}

const AGAIN_MS = 20;

/** Somebody who calls whatever node there is, with one key for one call, again and again until it is answered. */
export class Caller {
  constructor(
    private readonly api: Api,
    private readonly nodes: number,
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {}

  /** A step, which gives the thing as it is then; null where it was refused. */
  async move(mutation: string, input: object): Promise<Moved | null> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { moved: ${mutation}(input: $input) { id version } }`;
    const answer = await this.insist<{ moved: Moved }>(document, { input: { ...input, idempotencyKey: randomUUID() } });
    if (answer) this.ledger.versions.set(answer.moved.id, Math.max(answer.moved.version, this.ledger.versions.get(answer.moved.id) ?? 0));
    return answer && answer.moved;
  }

  /** Null where it was refused, which nobody deserved. */
  async insist<Data>(document: string, variables: Record<string, unknown>): Promise<Data | null> {
    for (;;) {
      const outcome = await this.api.post<Data>(this.random.between(0, this.nodes - 1), document, variables);
      if (outcome.is === 'done') return outcome.data;
      if (outcome.is === 'refused') {
        this.ledger.refusals.push(`${document}: ${outcome.code}`);
        return null;
      }
      this.ledger.retries++;
      await wait(AGAIN_MS);
    }
  }
}
