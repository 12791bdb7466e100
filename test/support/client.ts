import { createClient, type Client as SocketClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface ClientError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; field?: string; retryable: boolean } & Record<string, unknown>;
}

export interface Answer<Data> {
  data: Data;
  errors?: ClientError[];
}

export type Variables = Record<string, unknown>;

/** One subscription as a test reads it: event after event, then 'ended'. */
export class Heard<Data> {
  constructor(private readonly results: AsyncIterableIterator<Answer<Data>>) {}

  /** The next event; 'ended' when the server has ended the stream; the code of the error when it failed. */
  async next(): Promise<Data | string> {
    try {
      const { done, value } = await this.results.next();
      if (done) return 'ended';
      return value.errors?.[0]?.extensions.code ?? value.data;
    } catch (error) {
      const [first] = Array.isArray(error) ? (error as ClientError[]) : [];
      if (first) return first.extensions.code;
      throw error;
    }
  }

  /** Events until one of them satisfies the condition, that one included. */
  async until(isLast: (event: Data) => boolean): Promise<Data[]> {
    const events: Data[] = [];
    for (;;) {
      const event = await this.next();
      if (typeof event === 'string') throw new Error(`the stream ${event} before what was waited for`);
      events.push(event);
      if (isLast(event)) return events;
    }
  }

  /** All events until the server ends the stream. */
  async rest(): Promise<Data[]> {
    const events: Data[] = [];
    for (;;) {
      const event = await this.next();
      if (event === 'ended') return events;
      if (typeof event === 'string') throw new Error(`the stream failed: ${event}`);
      events.push(event);
    }
  }

  async leave(): Promise<void> {
    await this.results.return?.();
  }
}

/** The API as somebody uses it: by HTTP, and over a socket that opens with the first subscription. */
export class ApiClient {
  private socket: SocketClient | null = null;

  constructor(
    private readonly url: string,
    private readonly token: string | null,
  ) {}

  /** The whole answer, errors included. */
  async ask<Data = Record<string, unknown>>(query: string, variables: Variables = {}): Promise<Answer<Data>> {
    return (await (await this.post(query, variables)).json()) as Answer<Data>;
  }

  /** The same as it comes: status and bytes. */
  async askAsText(query: string, variables: Variables = {}): Promise<string> {
    const response = await this.post(query, variables);
    return `${response.status} ${await response.text()}`;
  }

  /** The data; an error of the API fails the test. */
  async get<Data = Record<string, unknown>>(query: string, variables: Variables = {}): Promise<Data> {
    const { data, errors } = await this.ask<Data>(query, variables);
    if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
    return data;
  }

  /** The code with which the API refuses; 'OK' when it does not. */
  async refusal(query: string, variables: Variables = {}): Promise<string> {
    const { errors } = await this.ask(query, variables);
    return errors?.[0]?.extensions.code ?? 'OK';
  }

  subscribe<Data = Record<string, unknown>>(query: string, variables: Variables = {}): Heard<Data> {
    return new Heard(this.connection().iterate({ query, variables }) as unknown as AsyncIterableIterator<Answer<Data>>);
  }

  /** A query or mutation over the socket. */
  async askBySocket<Data = Record<string, unknown>>(query: string, variables: Variables = {}): Promise<Answer<Data>> {
    const { value } = await this.connection().iterate({ query, variables }).next();
    return value;
  }

  async close(): Promise<void> {
    await this.socket?.dispose();
    this.socket = null;
  }

  private post(query: string, variables: Variables): Promise<Response> {
    return fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) },
      body: JSON.stringify({ query, variables }),
    });
  }

  private connection(): SocketClient {
    this.socket ??= createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.token ? { authorization: `Bearer ${this.token}` } : {},
      retryAttempts: 0,
    });
    return this.socket;
  }
}
