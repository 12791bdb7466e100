import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { Client as HttpClient } from 'undici';
import WebSocket, { type CloseEvent, type ErrorEvent } from 'ws';

const EVENTS = `subscription ($roomId: ID!, $after: Int!) { roomEvents(roomId: $roomId, after: $after) {
  __typename ... on MessageAdded { revision message { sequence clientId } }
} }`;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { sequence } }';

/** Shorter than a node that goes away waits for a last request. */
const LONGEST_PAUSE_MS = 1_500;
const SHORT_PAUSE_MS = 20;

type Errors = readonly { message: string; extensions?: { retryable?: boolean } }[];

interface Answer<Data> {
  data?: Data | null;
  errors?: Errors;
}

interface Event {
  roomEvents: { revision?: number; message?: { sequence: number; clientId: string | null } };
}

export interface Seat {
  token: string;
  roomId: string;
  /** Of the nodes, the one at which this client begins. */
  nodes: readonly string[];
  sendsBy: 'http' | 'socket';
}

/** "ECONNREFUSED", say, whatever it is wrapped in. */
const codeOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code || (message ?? String(error));
};

/**
 * An application that listens and speaks and does not mind where: when a node goes away it goes on at another one, hears from where it was
 * (`after`), and repeats what was not acknowledged under the same `clientId`.
 */
export class SteadyClient {
  /** In the order in which they came: the sequence and the key of each message. */
  readonly heard: { sequence: number; clientId: string | null }[] = [];
  /** By their keys, what was acknowledged. */
  readonly said = new Map<string, number>();
  /** The code with which each socket was closed. */
  readonly closings: number[] = [];
  /** What no client of a node that restarts should see. */
  readonly troubles: string[] = [];
  private revision = 0;
  private isSpeaking = true;
  private hasLeft = false;
  private at = 0;
  private socket: SocketClient;
  private readonly listening: Promise<void>;
  private readonly speaking: Promise<void>;
  private readonly lines: HttpClient[];

  constructor(private readonly seat: Seat) {
    this.lines = seat.nodes.map((url) => new HttpClient(url));
    this.socket = this.connect();
    this.listening = this.listen();
    this.speaking = this.speak();
  }

  /** Resolves when the last thing that it says is acknowledged; then it only listens. */
  async fallSilent(): Promise<void> {
    this.isSpeaking = false;
    await this.speaking;
  }

  /** Whatever it is at. */
  async leave(): Promise<void> {
    this.hasLeft = true;
    this.isSpeaking = false;
    this.socket.terminate();
    await Promise.all([this.listening, this.speaking]);
    await Promise.all(this.lines.map((line) => line.close()));
  }

  private async listen(): Promise<void> {
    while (!this.hasLeft) {
      try {
        const variables = { roomId: this.seat.roomId, after: this.revision };
        for await (const { data, errors } of this.socket.iterate({ query: EVENTS, variables })) {
          if (data) this.hear(data as unknown as Event);
          else this.note(errors);
        }
        if (!this.hasLeft) this.troubles.push('the stream ended');
      } catch (error) {
        // A closed socket has been noted: see `connect`.
        if (Array.isArray(error)) this.note(error as Errors);
        else if (!this.hasLeft) {
          this.socket = this.connect(++this.at);
          await wait(SHORT_PAUSE_MS);
        }
      }
    }
  }

  private hear({ roomEvents: { revision, message } }: Event): void {
    if (revision === undefined || !message) return;
    this.revision = revision;
    this.heard.push(message);
  }

  private async speak(): Promise<void> {
    while (this.isSpeaking) {
      const clientId = randomUUID();
      let sequence: number | undefined;
      for (let tries = 0; sequence === undefined && !this.hasLeft; tries++) {
        const input = { roomId: this.seat.roomId, clientId, content: 'Is anybody there?' };
        sequence = await (this.seat.sendsBy === 'http' ? this.post(input, tries) : this.sendBySocket(input));
      }
      if (sequence !== undefined) this.said.set(clientId, sequence);
      await wait(Math.random() * LONGEST_PAUSE_MS);
    }
  }

  /** Where it begins if it can, otherwise at the next node: as a proxy does that notices who is away. */
  private async post(input: object, tries: number): Promise<number | undefined> {
    try {
      const { body } = await this.lines[tries % this.lines.length]!.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.seat.token}` },
        body: JSON.stringify({ query: SEND, variables: { input } }),
      });
      return this.sequenceIn((await body.json()) as Answer<{ sendMessage: { sequence: number } }>);
    } catch (error) {
      if (codeOf(error) !== 'ECONNREFUSED') this.troubles.push(`by HTTP: ${codeOf(error)}`);
      return undefined;
    }
  }

  private async sendBySocket(input: object): Promise<number | undefined> {
    const { socket } = this;
    try {
      const { value } = await socket.iterate({ query: SEND, variables: { input } }).next();
      return this.sequenceIn(value as Answer<{ sendMessage: { sequence: number } }>);
    } catch {
      // It may have been said or not. The listener looks for another node.
      while (this.socket === socket && !this.hasLeft) await wait(SHORT_PAUSE_MS);
      return undefined;
    }
  }

  private sequenceIn({ data, errors }: Answer<{ sendMessage: { sequence: number } }>): number | undefined {
    if (errors) this.note(errors);
    return data?.sendMessage.sequence;
  }

  /** A node that is busy may ask to try again, which is what happens then. */
  private note(errors: Errors = []): void {
    this.troubles.push(...errors.filter(({ extensions }) => !extensions?.retryable).map((error) => JSON.stringify(error)));
  }

  private connect(at = 0): SocketClient {
    const { nodes, token } = this.seat;
    return createClient({
      url: `${nodes[at % nodes.length]!.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      lazyCloseTimeout: 1_000,
      on: {
        closed: (event) => {
          if (!this.hasLeft) this.closings.push((event as CloseEvent).code);
        },
        error: (event) => this.troubles.push(`by socket: ${codeOf((event as ErrorEvent).error)}`),
      },
    });
  }
}
