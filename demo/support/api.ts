import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { within } from './within.js';

export type Variables = Record<string, unknown>;
export type Transport = 'http' | 'socket';

export interface ApiError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; traceId?: string };
}

export interface Answer<Data> {
  data: Data | null;
  errors?: ApiError[];
}

/** How a subscription ended: by the server, with an error of the API, or because the connection was lost. */
export type Ending = 'completed' | 'broken' | { refused: ApiError[] };

/** The API refused what the story needs. */
export class Refused extends Error {
  constructor(
    readonly errors: ApiError[],
    query: string,
  ) {
    super(`${errors.map(({ message, extensions }) => `${extensions.code} (${message})`).join(', ')}: ${query.replace(/\s+/g, ' ')}`);
  }
}

/** The public API as one person's application uses it: HTTP, and one socket with graphql-ws. */
export class Api {
  private readonly socket: Client;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    const connectionParams = { authorization: `Bearer ${token}` };
    this.socket = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams,
      retryAttempts: 0,
    });
  }

  /** The whole answer, errors included. Rejects only when there is none. */
  ask<Data = Variables>(query: string, variables: Variables = {}, by: Transport = 'http'): Promise<Answer<Data>> {
    return within(query, by === 'http' ? this.post<Data>(query, variables) : this.overSocket<Data>(query, variables));
  }

  /** @throws Refused */
  async get<Data = Variables>(query: string, variables: Variables = {}, by: Transport = 'http'): Promise<Data> {
    const { data, errors } = await this.ask<Data>(query, variables, by);
    if (errors || data === null) throw new Refused(errors ?? [], query);
    return data;
  }

  /** Hears a subscription until it ends. */
  listen<Data>(query: string, variables: Variables, hear: (data: Data) => void): Promise<Ending> {
    return new Promise((resolve) => {
      this.socket.subscribe<Data>(
        { query, variables },
        {
          next: ({ data }) => data && hear(data),
          complete: () => resolve('completed'),
          error: (error) => resolve(Array.isArray(error) ? { refused: error as ApiError[] } : 'broken'),
        },
      );
    });
  }

  /** As when a telephone loses its connection: nobody says goodbye. */
  loseConnection(): void {
    this.socket.terminate();
  }

  async close(): Promise<void> {
    await this.socket.dispose();
  }

  private async post<Data>(query: string, variables: Variables): Promise<Answer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<Data>;
  }

  private overSocket<Data>(query: string, variables: Variables): Promise<Answer<Data>> {
    return new Promise((resolve, reject) => {
      this.socket.subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => resolve({ data: data ?? null, ...(errors && { errors: errors as unknown as ApiError[] }) }),
          complete: () => reject(new Error('the server gave no answer')),
          error: (error) =>
            Array.isArray(error) ? resolve({ data: null, errors: error as ApiError[] }) : reject(new Error('the connection was lost')),
        },
      );
    });
  }
}
