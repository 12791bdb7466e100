import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { handleProtocols, type Server as Protocol } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { AuthService } from '../auth/auth.service.js';
import { Connections } from '../auth/connections.js';
import { metrics } from '../common/telemetry/metrics.js';
import { type Config, CONFIG } from '../config/config.js';
import { Documents } from '../graphql/documents/documents.js';
import { Caller } from './caller.js';
import { Operations } from './operations.js';
import { graphqlProtocol } from './protocol.js';
import { Socket } from './socket.js';
import { Strangers } from './strangers.js';
import { addressOf, refusalOf, refuse } from './upgrade.js';

const MAX_FRAME_BYTES = 128 * 1024;
/** A client that does not read is closed at the second look, or at the third when it had asked for much: within 30 s. */
const KEEP_ALIVE_MS = 10_000;
const GOING_AWAY = 1001;
/** For what is in flight as the node stops, and again for the clients to hang up. */
const PATIENCE_MS = 2_000;
/** Sockets are sent away a few at a time, in this many groups at most, so that they do not all knock at the next node in the same moment. */
const LEAVING_GROUPS = 100;
const LEAVING_TOGETHER = 5;
const LEAVING_PAUSE_MS = 20;

const patience = () => setTimeout(PATIENCE_MS, undefined, { ref: false });

/**
 * GraphQL over WebSocket, on our own `ws` server: the size of a frame, the origins, foreign paths, the end of a token and the
 * order of leaving are ours to decide.
 */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  });
  private readonly sockets = new Map<WebSocket, Socket>();
  private operations: Operations | null = null;
  private keepAlive: NodeJS.Timeout | undefined;
  private isLeaving = false;
  private onEmpty: (() => void) | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly documents: Documents,
    private readonly auth: AuthService,
    private readonly connections: Connections,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.operations = new Operations(this.documents);
    const { auth, connections, config } = this;
    const protocol = graphqlProtocol(this.operations, { auth, connections, strangers: new Strangers(), config });
    const http = this.host.httpAdapter.getHttpServer() as Server;
    http.on('upgrade', (request, wire, head) => this.upgrade(request, wire, head, protocol));
    this.keepAlive = setInterval(() => this.sockets.forEach((socket) => socket.ping()), KEEP_ALIVE_MS).unref();
  }

  /** Before the server for HTTP, which waits for every connection: what is in flight is answered, then clients hear 1001. */
  async onModuleDestroy(): Promise<void> {
    this.isLeaving = true;
    clearInterval(this.keepAlive);
    await Promise.race([this.operations?.idle(), patience()]);
    await this.sendAway([...this.sockets.keys()]);
    await Promise.race([this.empty(), patience()]);
    for (const client of this.sockets.keys()) client.terminate();
  }

  private async sendAway(clients: WebSocket[]): Promise<void> {
    const together = Math.max(LEAVING_TOGETHER, Math.ceil(clients.length / LEAVING_GROUPS));
    for (const [at, client] of clients.entries()) {
      client.close(GOING_AWAY, 'Going away');
      if ((at + 1) % together === 0) await setTimeout(LEAVING_PAUSE_MS);
    }
  }

  private upgrade(request: IncomingMessage, wire: Duplex, head: Buffer, protocol: Protocol<Caller>): void {
    const refusal = this.isLeaving ? '503 Service Unavailable' : refusalOf(request, this.config);
    if (refusal) return refuse(wire, refusal);
    this.server.handleUpgrade(request, wire, head, (client) => {
      const socket = new Socket(client, wire);
      this.sockets.set(client, socket);
      metrics.sockets.inc();
      const ended = protocol.opened(socket, new Caller(addressOf(request, this.config), socket));
      client.once('close', (code, reason) => {
        this.sockets.delete(client);
        metrics.sockets.dec();
        if (this.sockets.size === 0) this.onEmpty?.();
        void ended(code, String(reason));
      });
    });
  }

  private async empty(): Promise<void> {
    if (this.sockets.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
  }
}
