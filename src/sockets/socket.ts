import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { CloseCode, type WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';

const log = new Logger('Socket');

/** Bytes that may wait in a socket before its streams have to wait, too. */
const HIGH_WATER_BYTES = 64 * 1024;
/** So many, and the client is not heard until it has read. */
const MUCH_BYTES = 1024 * 1024;
/** So many, from answers to what it had asked already, and it is let go. */
const TOO_MUCH_BYTES = 16 * 1024 * 1024;

/**
 * A `ws` socket as graphql-ws sees it. What one turn of the event loop has to say (a result and its completion, or many results)
 * leaves in one write. A client that does not read is held back itself, and then closed; nobody else waits for it.
 */
export class Socket implements ProtocolSocket {
  readonly protocol: string;
  private isAlive = true;
  private hasMuchToRead = false;
  private isCorked = false;

  constructor(
    private readonly client: WebSocket,
    private readonly wire: Duplex,
  ) {
    this.protocol = client.protocol;
    client.on('pong', () => (this.isAlive = true));
    // `ws` closes by itself, with a code that says why: a frame too large, text that is not UTF-8, a broken line.
    client.on('error', (error) => log.debug(error.message));
  }

  send(data: string): Promise<void> | void {
    if (this.client.readyState !== WebSocket.OPEN) return;
    this.cork();
    if (this.client.bufferedAmount < HIGH_WATER_BYTES) return this.client.send(data);
    if (this.client.bufferedAmount > TOO_MUCH_BYTES) return this.client.terminate();
    if (this.client.bufferedAmount > MUCH_BYTES) this.client.pause();
    return new Promise((resolve) => {
      this.client.send(data, () => {
        if (this.client.bufferedAmount <= MUCH_BYTES) this.client.resume();
        resolve();
      });
    });
  }

  close(code: number, reason: string): void {
    this.client.close(code, reason);
  }

  onMessage(listen: (data: string) => Promise<void>): void {
    this.client.on('message', (data: Buffer) => {
      listen(String(data)).catch((error: unknown) => {
        log.warn(`A message could not be handled: ${String(error)}`);
        this.close(CloseCode.BadRequest, 'Invalid message');
      });
    });
  }

  /** Ends a socket that since the last call has not answered, or had as much to read then as now. */
  ping(): void {
    const hasMuchToRead = this.client.bufferedAmount > MUCH_BYTES;
    // While it is not heard it cannot answer.
    const isGone = this.hasMuchToRead ? hasMuchToRead : !this.isAlive && !hasMuchToRead;
    if (isGone) return this.client.terminate();
    this.hasMuchToRead = hasMuchToRead;
    this.isAlive = false;
    this.client.ping();
  }

  private cork(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    this.wire.cork();
    process.nextTick(() => {
      this.isCorked = false;
      this.wire.uncork();
    });
  }
}
