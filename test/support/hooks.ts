import type { Node } from '../../src/node.js';
import { Dispatcher } from '../../src/integrations/webhooks/dispatch/dispatcher.service.js';
import { setClock } from './clock.js';
import type { Person, World } from './world.js';

export interface Endpoint {
  id: string;
  secret: string;
}

export interface Delivery {
  id: string;
  webhookId: string;
  type: string;
  status: string;
  attempt: number;
  code: number | null;
  error: string | null;
  nextAt: string | null;
  isDetached: boolean;
  roomId: string | null;
  revision: number | null;
}

export const DELIVERY = 'id webhookId type status attempt code error nextAt isDetached roomId revision';

export async function anEndpoint(world: World, admin: Person, input: Record<string, unknown>): Promise<Endpoint> {
  const { createWebhookEndpoint: made } = await world
    .as(admin)
    .get<{ createWebhookEndpoint: { endpoint: { id: string }; secret: string } }>(
      'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { endpoint { id } secret } }',
      { input },
    );
  return { id: made.endpoint.id, secret: made.secret };
}

/** The delivery log of an endpoint, oldest first. */
export async function logOf(world: World, admin: Person, { id }: Endpoint, filter: Record<string, unknown> = {}): Promise<Delivery[]> {
  const { webhookDeliveries } = await world
    .as(admin)
    .get<{ webhookDeliveries: { nodes: Delivery[] } }>(
      `query ($id: ID!, $filter: WebhookDeliveryFilter) { webhookDeliveries(endpointId: $id, first: 100, filter: $filter) { nodes { ${DELIVERY} } } }`,
      { id, filter },
    );
  return webhookDeliveries.nodes.reverse();
}

/** The log, when it looks as it should. */
export async function untilLog(world: World, admin: Person, endpoint: Endpoint, isSo: (log: Delivery[]) => boolean): Promise<Delivery[]> {
  for (;;) {
    const log = await logOf(world, admin, endpoint);
    if (isSo(log)) return log;
    await new Promise(setImmediate);
  }
}

/** Stops the clock of a node, which then goes only as the test says. What is due by then is begun at once. */
export function stopClock(node: Node): { ahead: (ms: number) => void } {
  let now = Date.now();
  setClock(node, () => new Date(now));
  return {
    ahead(ms) {
      now += ms;
      node.app.get(Dispatcher).look();
    },
  };
}
