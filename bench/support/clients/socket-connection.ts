import { once } from 'node:events';
import WebSocket from 'ws';
import type { Connection } from './client-process.js';

/** graphql-ws by hand, one operation at a time: it costs the machine a fraction of what a real client does. */
export class SocketConnection implements Connection {
  private finish: (result: string) => void = () => undefined;
  private result = '';

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.hear(data.toString('latin1')));
    socket.on('close', (code) => this.finish(`"errors": closed with ${code}`));
  }

  static async open(url: string, token: string | null): Promise<SocketConnection> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} }));
    await once(socket, 'message');
    return new SocketConnection(socket);
  }

  ask(body: string): Promise<string> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.socket.send(`{"id":"1","type":"subscribe","payload":${body}}`);
    });
  }

  private hear(message: string): void {
    if (message.includes('"type":"next"')) this.result = message;
    else if (message.includes('"type":"complete"')) this.finish(this.result);
    else if (message.includes('"type":"error"')) this.finish(`"errors": ${message}`);
  }
}
