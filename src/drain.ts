import type { Server } from 'node:http';
import { Injectable } from '@nestjs/common';

/** Counts the requests in flight, so that a node that is told to stop can finish them. */
@Injectable()
export class Drain {
  isDraining = false;
  private inFlight = 0;
  private onIdle: (() => void) | null = null;

  watch(server: Server): void {
    server.prependListener('request', (_request, response) => {
      this.inFlight++;
      // A connection that is kept alive would bring the next request to a node that is going away.
      if (this.isDraining) response.setHeader('connection', 'close');
      response.once('close', () => this.finish());
    });
  }

  /** Resolves when the last request in flight has been answered. */
  async idle(): Promise<void> {
    this.isDraining = true;
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  private finish(): void {
    this.inFlight--;
    if (this.inFlight === 0) this.onIdle?.();
  }
}
