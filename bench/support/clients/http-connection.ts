import { once } from 'node:events';
import net from 'node:net';
import type { Connection } from './client-process.js';

/** One connection that is kept alive, one request at a time, answers with a length: as little HTTP as a benchmark needs. */
export class HttpConnection implements Connection {
  private readonly url: URL;
  private readonly head: string;
  private socket: net.Socket | null = null;
  private finish: (answer: string) => void = () => undefined;
  private received = '';

  constructor(url: string, token: string | null) {
    this.url = new URL(url);
    const authorization = token ? `authorization: Bearer ${token}\r\n` : '';
    this.head = `POST ${this.url.pathname} HTTP/1.1\r\nhost: ${this.url.host}\r\ncontent-type: application/json\r\n${authorization}`;
  }

  async ask(body: string): Promise<string> {
    // Servers close what has been idle for long, as between two rounds.
    const socket = this.socket ?? (await this.connect());
    return new Promise((resolve) => {
      this.finish = resolve;
      socket.write(`${this.head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  private async connect(): Promise<net.Socket> {
    const socket = net.connect(Number(this.url.port), this.url.hostname).setNoDelay();
    await once(socket, 'connect');
    // One character for each byte, so that the length of the text is the length that the header means.
    socket.setEncoding('latin1').on('data', (data: string) => this.hear(data));
    socket.on('close', () => {
      this.socket = null;
      this.finish('"errors": the connection was closed');
    });
    this.socket = socket;
    return socket;
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
