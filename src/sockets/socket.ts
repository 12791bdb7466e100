import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { CloseCode, type WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import { metrics } from '../common/telemetry/metrics.js';
import { textFrame } from './frames/frame.js';

const log = new Logger('Socket');

/** Bytes that may wait in a socket before its streams have to wait, too. */
const HIGH_WATER_BYTES = 64 * 1024;
/** So many, and the client is not heard until it has read. */
const MUCH_BYTES = 1024 * 1024;
/** So many, from answers to what it had asked already, and it is let go. */
const TOO_MUCH_BYTES = 16 * 1024 * 1024;

/** Counts the turns of the event loop in which something was sent. */
let turn = 0;
let isTurnOver = true;
let corked: Socket[] = [];

/** One callback for all sockets: often it is everybody in a room. */
function thisTurn(): number {
  if (isTurnOver) process.nextTick(endTurn);
  isTurnOver = false;
  return turn;
}

function endTurn(): void {
  turn++;
  isTurnOver = true;
  const sockets = corked;
  corked = [];
  for (const socket of sockets) socket.uncork();
}

/**
 * A `ws` socket as graphql-ws sees it. What one turn of the event loop has to say (a result and its completion, or many results)
 * leaves in one write. A client that does not read is held back itself, and then closed; nobody else waits for it.
 */
export class Socket implements ProtocolSocket {
  readonly protocol: string;
  private isAlive = true;
  private hasMuchToRead = false;
  private isCorked = false;
  private lastTurn = -1;

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
    this.cork();
    return this.sendFrame(textFrame(Buffer.from(data)));
  }

  /**
   * Past `ws`, which keeps nothing back that could be overtaken: nothing is compressed here. The first one of a turn leaves at once,
   * because mostly it is the only one, and to come back to a thousand sockets would cost as much again.
   */
  sendFrame(frame: Buffer): Promise<void> | void {
    if (this.client.readyState !== WebSocket.OPEN) return;
    if (this.lastTurn === turn) this.cork();
    else this.lastTurn = thisTurn();
    const waiting = this.wire.writableLength;
    if (waiting < HIGH_WATER_BYTES) return void this.wire.write(frame);
    if (waiting > TOO_MUCH_BYTES) return this.giveUp();
    if (waiting > MUCH_BYTES) this.client.pause();
    return new Promise((resolve) => {
      this.wire.write(frame, () => {
        if (this.wire.writableLength <= MUCH_BYTES) this.client.resume();
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
    if (isGone) return hasMuchToRead ? this.giveUp() : this.client.terminate();
    this.hasMuchToRead = hasMuchToRead;
    this.isAlive = false;
    this.client.ping();
  }

  uncork(): void {
    this.isCorked = false;
    this.wire.uncork();
  }

  private giveUp(): void {
    metrics.slowSockets.inc();
    this.client.terminate();
  }

  private cork(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    this.wire.cork();
    corked.push(this);
    thisTurn();
  }
}
