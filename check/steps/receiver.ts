import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Event {
  type: string;
  data: { room: { id: string }; revision: number; transition?: { transitionId: string } };
}

/** A system of the host that is told of every step. It answers at once, and remembers what it heard, and how often. */
export class Receiver {
  /** Of each transition that it was told of: under which webhook id. */
  readonly transitions = new Map<string, Set<string>>();
  /** Events that came after a later one of the same room. */
  disordered = 0;
  calls = 0;
  private readonly heads = new Map<string, number>();
  private readonly known = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        receiver.hear(String(request.headers['webhook-id']), JSON.parse(Buffer.concat(parts).toString()) as Event);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private hear(id: string, { data }: Event): void {
    this.calls++;
    const head = this.heads.get(data.room.id) ?? 0;
    // Told again is no disorder: a node that dies before it could note the answer tells once more.
    if (data.revision < head && !this.known.has(id)) this.disordered++;
    this.known.add(id);
    this.heads.set(data.room.id, Math.max(head, data.revision));
    const transitionId = data.transition?.transitionId;
    if (transitionId) this.transitions.set(transitionId, (this.transitions.get(transitionId) ?? new Set()).add(id));
  }
}
