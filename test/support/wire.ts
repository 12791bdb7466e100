import { once } from 'node:events';
import http from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import { expect } from '@jest/globals';
import WebSocket from 'ws';

interface Address {
  url: string;
}

type Message = { type: string; id?: string; payload?: Record<string, unknown> };

/** A socket by hand, for what a good client would never do. */
export class Wire {
  private readonly messages: Message[] = [];
  private wake: (() => void) | null = null;
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(String(data)));
      this.wake?.();
    });
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  static async open({ url }: Address, protocols = ['graphql-transport-ws'], headers: Record<string, string> = {}): Promise<Wire> {
    const wire = new Wire(new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, { headers }));
    await once(wire.socket, 'open');
    return wire;
  }

  /** Past the handshake; without a token as nobody. */
  static async signedIn(node: Address, token: string | null): Promise<Wire> {
    const wire = await Wire.open(node);
    wire.say({ type: 'connection_init', payload: token === null ? {} : { authorization: `Bearer ${token}` } });
    expect(await wire.next()).toEqual({ type: 'connection_ack' });
    return wire;
  }

  say(message: Message | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  ask(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.say({ type: 'subscribe', id, payload: { query, variables } });
  }

  async next(): Promise<Message> {
    if (this.messages.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.messages.shift() ?? this.next();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** The status with which the server refuses an upgrade; 101 when it does not. */
export async function upgrade({ url }: Address, path: string, headers: Record<string, string> = {}): Promise<number> {
  const request = http.get(`${url}${path}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'graphql-transport-ws',
      ...headers,
    },
  });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('upgrade', (response, socket: TcpSocket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('response', (response) => {
      // The server hangs up: a refused connection is not held open.
      response.socket.once('close', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
  });
}
