import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Cluster } from './cluster/cluster.js';

/** How a call ended. Unknown: it may have been carried out, or not. */
export type Outcome<Data> = { is: 'done'; data: Data } | { is: 'refused'; code: string } | { is: 'unknown'; why: string };

interface Answer<Data> {
  data?: Data | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

type Variables = Record<string, unknown>;

/** As an application waits before it tries again. */
const PATIENCE_MS = 3_000;
const KEEP_ALIVE_MS = 1_000;
const NEVER_MS = 2 ** 31 - 1;

/** What says "perhaps" or "not now" rather than "no". */
const UNDECIDED = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED']);

/** A connection that is given up while it opens has nothing more to say. */
class Socket extends WebSocket {
  constructor(url: string, protocols: string | string[]) {
    super(url, protocols, { handshakeTimeout: PATIENCE_MS });
    this.on('error', () => undefined);
  }
}

function outcomeOf<Data>({ data, errors }: Answer<Data>): Outcome<Data> {
  if (!errors) return data ? { is: 'done', data } : { is: 'unknown', why: 'EMPTY' };
  const code = errors[0]?.extensions?.code ?? 'NONE';
  return UNDECIDED.has(code) ? { is: 'unknown', why: code } : { is: 'refused', code };
}

/** The public API as one person's application uses it: HTTP to any node, and a socket to one of them. */
export class Api {
  private socket: Client | null = null;
  /** Where the socket leads. */
  node = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly token: string,
  ) {}

  async post<Data>(node: number, query: string, variables: Variables): Promise<Outcome<Data>> {
    try {
      const response = await fetch(this.cluster.urlOf(node), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return outcomeOf((await response.json()) as Answer<Data>);
    } catch (error) {
      return { is: 'unknown', why: String(error) };
    }
  }

  /** A query or a mutation over the socket. */
  askBySocket<Data>(query: string, variables: Variables): Promise<Outcome<Data>> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ is: 'unknown', why: 'no answer' }), PATIENCE_MS);
      const finish = (outcome: Outcome<Data>) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.connection().subscribe<Data>(
        { query, variables },
        {
          next: (answer) => finish(outcomeOf(answer as Answer<Data>)),
          complete: () => finish({ is: 'unknown', why: 'no answer' }),
          error: (error) =>
            finish(
              Array.isArray(error) ? outcomeOf({ errors: error as Answer<Data>['errors'] }) : { is: 'unknown', why: 'the socket broke' },
            ),
        },
      );
    });
  }

  /** Hears a subscription until it ends. */
  listen<Data>(query: string, variables: Variables, hear: (data: Data) => void): Promise<'completed' | 'broken' | 'refused'> {
    const endingOf = (errors: Answer<Data>['errors']) => (outcomeOf({ errors }).is === 'refused' ? 'refused' : 'broken');
    return new Promise((resolve) => {
      this.connection().subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => (data ? hear(data) : resolve(endingOf(errors))),
          complete: () => resolve('completed'),
          error: (error) => resolve(Array.isArray(error) ? endingOf(error as Answer<Data>['errors']) : 'broken'),
        },
      );
    });
  }

  /** As when a telephone loses its connection; the next one leads to another node. */
  disconnect(nextNode: number): void {
    const { socket } = this;
    this.socket = null;
    this.node = nextNode;
    socket?.terminate();
  }

  private connection(): Client {
    this.socket ??= this.connect();
    return this.socket;
  }

  /** A connection that is dead without a word is noticed, because nobody answers a ping. */
  private connect(): Client {
    let timer: NodeJS.Timeout | undefined;
    const client = createClient({
      url: this.cluster.urlOf(this.node).replace('http', 'ws'),
      webSocketImpl: Socket,
      connectionParams: { authorization: `Bearer ${this.token}` },
      connectionAckWaitTimeout: PATIENCE_MS,
      retryAttempts: 0,
      // An application keeps its socket; and this client reconnects by itself when it closes one that is wanted again.
      lazyCloseTimeout: NEVER_MS,
      keepAlive: KEEP_ALIVE_MS,
      on: {
        ping: (isReceived) => {
          if (!isReceived) timer = setTimeout(() => client.terminate(), PATIENCE_MS);
        },
        pong: () => clearTimeout(timer),
        closed: () => clearTimeout(timer),
      },
    });
    return client;
  }
}
