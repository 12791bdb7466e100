import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

const enum Opcode {
  Text = 1,
  Close = 8,
  Ping = 9,
  Pong = 10,
}

const NOTHING = Buffer.alloc(0);
const FINAL = 0x80;
const MASKED = 0x80;
const LONG = 126;

/** Masked with zeros, which is masked: clients have to. */
function frame(opcode: Opcode, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < LONG ? [MASKED | length] : [MASKED | LONG, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([FINAL | opcode, ...size, 0, 0, 0, 0]), payload]);
}

/** As little WebSocket as a benchmark needs, so that thousands of listeners cost the machine less than the server that they measure. */
export class RawSocket {
  /** Why it ended, when it did. */
  ended: string | null = null;
  private rest: Buffer = NOTHING;
  private onPing: () => void = () => undefined;
  private readonly waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];

  private constructor(
    private readonly wire: net.Socket,
    private readonly hear: (payload: Buffer) => void,
  ) {}

  static async open(url: string, hear: (payload: Buffer) => void = () => undefined): Promise<RawSocket> {
    const { hostname, port, host, pathname } = new URL(url);
    const wire = net.connect(Number(port), hostname).setNoDelay();
    const socket = new RawSocket(wire, hear);
    wire.on('error', (error) => (socket.ended ??= error.message));
    await once(wire, 'connect');
    const key = randomBytes(16).toString('base64');
    wire.write(
      `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
        `sec-websocket-key: ${key}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`,
    );
    const [head] = (await once(wire, 'data')) as [Buffer];
    if (!head.includes(' 101 ')) throw new Error(`no upgrade: ${String(head)}`);
    wire.on('data', (data: Buffer) => socket.read(data));
    wire.on('close', () => socket.end('the connection was closed'));
    return socket;
  }

  /** graphql-ws: says who it is. */
  async init(token: string): Promise<void> {
    this.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    await this.next();
  }

  send(text: string): void {
    this.wire.write(frame(Opcode.Text, Buffer.from(text)));
  }

  /** The next message that comes, which then is not heard otherwise. */
  next(): Promise<string> {
    if (this.ended !== null) return Promise.reject(new Error(this.ended));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Resolves when the server has asked whether it is still there, and it has said so. */
  answered(): Promise<void> {
    return new Promise((resolve) => (this.onPing = resolve));
  }

  /** Reads nothing from now on. */
  stall(): void {
    this.wire.pause();
  }

  close(): void {
    this.wire.destroy();
  }

  private read(data: Buffer): void {
    let buffer = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    for (;;) {
      const short = buffer.length > 1 ? buffer[1]! : Infinity;
      const start = short === LONG ? 4 : 2;
      if (buffer.length < start) break;
      const length = short === LONG ? buffer.readUInt16BE(2) : short;
      if (buffer.length < start + length) break;
      this.receive(buffer[0]! & 0xf, buffer.subarray(start, start + length));
      buffer = buffer.subarray(start + length);
    }
    this.rest = buffer;
  }

  private receive(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.Ping) this.wire.write(frame(Opcode.Pong, payload), this.onPing);
    if (opcode === Opcode.Close) this.end(`closed with ${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`);
    if (opcode !== Opcode.Text) return;
    const waiting = this.waiting.shift();
    if (waiting) waiting.resolve(payload.toString());
    else this.hear(payload);
  }

  private end(reason: string): void {
    this.ended ??= reason;
    for (const { reject } of this.waiting.splice(0)) reject(new Error(this.ended));
  }
}
