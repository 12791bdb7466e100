import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Person, World } from './world.js';

/** A system of the host, as it was set up. */
export interface Sender {
  id: string;
  secret: string;
}

export interface Told {
  type: string;
  timestamp?: string;
  data: Record<string, unknown>;
}

export interface Kept {
  id: string;
  status: string;
  errorCode: string | null;
  error: string | null;
  isWaiting: boolean;
  attempts: number;
  type: string;
}

export const KEPT = 'id status errorCode error isWaiting attempts type';

export async function aSender(world: World, admin: Person, input: Record<string, unknown> = {}): Promise<Sender> {
  const { createIntegration: made } = await world
    .as(admin)
    .get<{ createIntegration: { integration: { id: string }; secret: string } }>(
      'mutation ($input: CreateIntegrationInput!) { createIntegration(input: $input) { integration { id } secret } }',
      { input: { name: 'The shop', ...input } },
    );
  return { id: made.integration.id, secret: made.secret };
}

/** Headers of Standard Webhooks, as the sender's library makes them. */
export const signed = (secret: string, id: string, body: string, at = new Date()): Record<string, string> => ({
  'content-type': 'application/json',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': new Webhook(secret).sign(id, at, body),
});

export function signedByStripe(secret: string, body: string, at = new Date()): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${signature}` };
}

/** The status of the answer, and what it says. */
export async function post(world: World, { id }: Sender, headers: Record<string, string>, body: string | Buffer, node = 0) {
  const response = await fetch(`${world.nodes.at(node)!.url}/webhooks/in/${id}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown>, headers: response.headers };
}

/** Sends an event as its sender would; what is said of the time is now. */
export async function tell(
  world: World,
  sender: Sender,
  told: Told,
  { id = randomUUID(), node = 0 }: { id?: string; node?: number } = {},
): Promise<number> {
  const body = JSON.stringify({ timestamp: new Date().toISOString(), ...told });
  return (await post(world, sender, signed(sender.secret, id, body), body, node)).status;
}

/** When nothing is about to be merged any more: no event is new, and no job of merging is left but what another has taken the place of. */
export async function untilMerged(world: World): Promise<void> {
  for (let waitMs = 5; ; waitMs = Math.min(2 * waitMs, 80)) {
    const [row] = await world.sql<{ open: string }>(
      `select (select count(*) from inbound_events where status = 'RECEIVED')
         + (select count(*) from graphile_worker.jobs where task_identifier in ('inbound.merge', 'inbound.mergeProviders') and attempts < max_attempts) as open`,
    );
    if (Number(row!.open) === 0) return;
    await setTimeout(waitMs);
  }
}

/** What was kept of one sender, oldest first. */
export async function keptOf(world: World, admin: Person, sender: Sender): Promise<Kept[]> {
  const { inboundEvents } = await world
    .as(admin)
    .get<{ inboundEvents: { nodes: Kept[] } }>(
      `query ($filter: InboundEventFilter) { inboundEvents(first: 100, filter: $filter) { nodes { ${KEPT} } } }`,
      { filter: { integrationId: sender.id } },
    );
  return inboundEvents.nodes.reverse();
}
