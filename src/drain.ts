import { Server as NetServer, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from './config/config.js';

/** For what is in flight, beyond what a message may wait for its verdict: not for a client that does not read its answer. */
const LAST_ANSWER_MS = 2_000;

/** Lets a node that is told to stop finish what it has begun, without cutting off a request that is on its way. */
@Injectable()
export class Drain {
  isDraining = false;
  private inFlight = 0;
  /** Those that speak HTTP; a WebSocket is let go by its own server. */
  private readonly connections = new Set<Socket>();
  private onChange: (() => void) | null = null;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  watch(server: Server): void {
    server.on('connection', (connection) => {
      this.connections.add(connection);
      connection.once('close', () => this.forget(connection));
    });
    server.prependListener('upgrade', ({ socket }) => this.forget(socket));
    server.prependListener('request', (_request, response) => {
      this.inFlight++;
      // A connection that is kept alive would bring the next request to a node that is going away.
      if (this.isDraining) response.setHeader('connection', 'close');
      response.once('close', () => this.finish());
    });
  }

  /**
   * Accepts no connection from now on, and resolves when the last request in flight has been answered, or its client does not read the answer. A connection that is kept alive is not
   * closed at once, because a request may be on its way on it, which would be reset: it is told with its next answer.
   *
   * @param patienceMs for connections on which nothing comes
   */
  async finishAll(server: Server, patienceMs: number): Promise<void> {
    this.isDraining = true;
    // Unlike that of the server for HTTP, it leaves alone what is connected.
    NetServer.prototype.close.call(server);
    const patience = setTimeout(patienceMs, undefined, { ref: false });
    await Promise.race([patience, this.until(() => this.connections.size === 0)]);
    server.closeIdleConnections();
    const lastAnswer = setTimeout(this.config.beforeSendMs + LAST_ANSWER_MS, undefined, { ref: false });
    await Promise.race([lastAnswer, this.until(() => this.inFlight === 0)]);
    server.closeAllConnections();
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.onChange = resolve));
  }

  private forget(connection: Socket): void {
    this.connections.delete(connection);
    this.onChange?.();
  }

  private finish(): void {
    this.inFlight--;
    this.onChange?.();
  }
}
