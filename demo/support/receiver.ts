import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Person } from './person.js';
import { printStep } from './print.js';
import type { Promises } from './promises.js';
import { within } from './within.js';

/** What the host's own system was told, and has found to be signed. */
export interface Told {
  id: string;
  type: string;
  data: { room: { id: string }; revision: number; [field: string]: unknown };
}

const CREATE = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }';

/** A system of the host that wants to know what happens: it verifies every call with the library of Standard Webhooks. */
export class Receiver {
  readonly told: Told[] = [];
  /** Calls that nobody signed who may. */
  private unsigned = 0;
  private secret = '';
  private waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.take(request, response));
  }

  /** Is told of everything from now on. */
  static async listen(host: Person): Promise<Receiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new Receiver(server);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    const { createWebhookEndpoint } = await host.api.get<{ createWebhookEndpoint: { secret: string } }>(CREATE, { input: { url } });
    receiver.secret = createWebhookEndpoint.secret;
    return receiver;
  }

  /** The promise "told": what has arrived is what somebody heard who was there from the beginning. */
  async check(promises: Promises, person: Person): Promise<void> {
    await this.checkSteps(promises, person);
    const { roomId, side } = person;
    promises.same(
      'told',
      `revisions of ${side.room.title}`,
      this.of(roomId).map(({ data }) => data.revision),
      side.entries.map(({ revision }) => revision),
    );
  }

  /** The same of the steps alone: of changes that follow each other closely, who is told later hears only the last. */
  async checkSteps(promises: Promises, { roomId, side }: Person): Promise<void> {
    await this.heard(roomId, side.revision);
    const told = this.of(roomId);
    const steps = told.filter(({ data }) => 'transition' in data).map(({ type }) => type);
    const revisions = told.map(({ data }) => data.revision);
    promises.look(
      'told',
      `the order in ${side.room.title}`,
      revisions.every((one, at) => at === 0 || one > revisions[at - 1]!),
    );
    promises.same('told', `the steps in ${side.room.title}`, steps, side.steps);
    promises.same('told', 'calls that were not signed', this.unsigned, 0);
    printStep(`The host's system was told of ${told.length} events of "${side.room.title}", each signed, in order.`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private of(roomId: string): Told[] {
    return this.told.filter(({ data }) => data.room.id === roomId);
  }

  /** Everything of the room up to this revision has arrived. */
  private async heard(roomId: string, revision: number): Promise<void> {
    const isThere = () => this.of(roomId).some(({ data }) => data.revision >= revision);
    const arrival = async () => {
      while (!isThere()) await new Promise<void>((resolve) => this.waiting.push(resolve));
    };
    await within(`the host is told of revision ${revision}`, arrival());
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    try {
      const event = new Webhook(this.secret).verify(body, request.headers as Record<string, string>) as Omit<Told, 'id'>;
      const id = String(request.headers['webhook-id']);
      // At least once is what was promised: the same event again is told by its id.
      if (!this.told.some((known) => known.id === id)) this.told.push({ ...event, id });
      response.writeHead(204).end();
    } catch {
      this.unsigned++;
      response.writeHead(401).end();
    }
    for (const wake of this.waiting.splice(0)) wake();
  }
}
