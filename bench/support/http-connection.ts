import { once } from 'node:events';
import net from 'node:net';
import type { Connection } from './client-process.js';

/** One connection that is kept alive, one request at a time, answers with a length: as little HTTP as a benchmark needs. */
export class HttpConnection implements Connection {
  private finish: (body: string) => void = () => undefined;
  private received = '';

  private constructor(
    private readonly socket: net.Socket,
    private readonly head: string,
  ) {
    // One character for each byte, so that the length of the text is the length that the header means.
    socket.setEncoding('latin1').on('data', (data: string) => this.hear(data));
    socket.on('close', () => this.finish('"errors": the connection was closed'));
  }

  static async open(url: string, token: string | null): Promise<HttpConnection> {
    const { hostname, port, host, pathname } = new URL(url);
    const socket = net.connect(Number(port), hostname).setNoDelay();
    await once(socket, 'connect');
    const authorization = token ? `authorization: Bearer ${token}\r\n` : '';
    return new HttpConnection(socket, `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${authorization}`);
  }

  ask(body: string): Promise<string> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.socket.write(`${this.head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  private hear(data: string): void {
    this.received += data;
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.received.slice(0, headEnd);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    const body = this.received.slice(headEnd + 4);
    if (body.length < length) return;
    this.received = '';
    this.finish(head.startsWith('HTTP/1.1 200') ? body : `"errors": ${head}\n${body}`);
  }
}
