import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { close, listen, urlOf } from './loopback.js';

/** What an event tells, as far as tests look into it. */
interface Told {
  room: { id: string };
  message: { id: string; content: string | null; reactions?: object[] };
  sequence: number;
  [field: string]: unknown;
}

/** What a receiver was sent. */
export interface Hit {
  id: string;
  attempt: number;
  headers: Record<string, string>;
  body: string;
  event: { type: string; timestamp: string; data: Told };
}

/** A status, an answer, or nothing at all. */
export type Reply = number | { status?: number; headers?: Record<string, string>; body?: unknown } | 'silence';

/** A system of the host: a real server on loopback that notes what it is sent, and answers as a test likes. */
export class Receiver {
  readonly hits: Hit[] = [];
  /** Being answered at this moment, and the most there ever were, by event. */
  mostAtOnce = 0;
  private readonly open = new Map<string, number>();
  private waiting: (() => void)[] = [];
  private reply: (hit: Hit) => Reply | Promise<Reply> = () => 204;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<Receiver> {
    return new Receiver(await listen(createServer()));
  }

  get url(): string {
    return `${urlOf(this.server)}/hook`;
  }

  answers(reply: (hit: Hit) => Reply | Promise<Reply>): void {
    this.reply = reply;
  }

  /** The first of those that satisfy the condition; it may have come already. */
  async hit(isIt: (hit: Hit) => boolean): Promise<Hit> {
    for (;;) {
      const found = this.hits.find(isIt);
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** When there have been so many. */
  async count(count: number, of: (hit: Hit) => boolean = () => true): Promise<Hit[]> {
    await this.hit(() => this.hits.filter(of).length >= count);
    return this.hits.filter(of);
  }

  stop(): Promise<void> {
    return close(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const headers = request.headers as Record<string, string>;
    const hit: Hit = {
      id: headers['webhook-id'] ?? '',
      attempt: Number(headers['webhook-attempt']),
      headers,
      body,
      event: JSON.parse(body) as Hit['event'],
    };
    this.open.set(hit.id, (this.open.get(hit.id) ?? 0) + 1);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open.get(hit.id) ?? 0);
    this.hits.push(hit);
    for (const wake of this.waiting.splice(0)) wake();
    const reply = await this.reply(hit);
    if (reply === 'silence') return;
    const { status = 200, headers: more = {}, body: said } = typeof reply === 'number' ? { status: reply } : reply;
    this.open.set(hit.id, (this.open.get(hit.id) ?? 1) - 1);
    response.writeHead(status, more).end(said === undefined ? undefined : typeof said === 'string' ? said : JSON.stringify(said));
  }
}
