import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, type Context } from 'graphql-ws';
import { type Extra as SocketExtra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { AuthService } from '../auth/auth.service.js';
import type { RequestContext } from '../auth/context.js';
import { toClientError } from '../common/client-error.js';
import { newId } from '../common/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import { Documents } from './documents.js';
import { execute, subscribe } from './execution.js';

const PATH = '/graphql';
const MAX_FRAME = 128 * 1024;
const INIT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_MS = 12_000;
/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const GOING_AWAY = 1001;

interface Extra extends SocketExtra, Record<PropertyKey, unknown> {
  context?: RequestContext;
  expiry?: NodeJS.Timeout;
}
type Socket = Context<Record<string, unknown>, Extra>;

/**
 * GraphQL over WebSocket, on our own `ws` server: the frame limit, the origins, foreign paths and the end of a token are ours to
 * decide. Who connects without a token may do what is public.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });
  private dispose: (() => void | Promise<void>) | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly schemas: GraphQLSchemaHost,
    private readonly auth: AuthService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const { schema } = this.schemas;
    const documents = new Documents(schema, this.config);
    const formatted = (result: ExecutionResult, { traceId }: RequestContext) =>
      result.errors && { ...result, errors: result.errors.map((error) => toClientError(error, traceId)) as unknown as GraphQLError[] };

    const disposable = useServer<Record<string, unknown>, Extra>(
      {
        execute,
        subscribe,
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        onConnect: (socket) => this.connect(socket),
        onDisconnect: ({ extra }) => clearTimeout(extra.expiry),
        onSubscribe: (socket, _id, { query, operationName, variables }): ExecutionArgs | readonly GraphQLError[] => {
          const outcome = documents.get(query);
          if ('errors' in outcome) return outcome.errors;
          return { schema, document: outcome.document, operationName, variableValues: variables, contextValue: { ...socket.extra.context, traceId: newId() } };
        },
        onNext: (_socket, _id, _payload, args, result) => formatted(result, args.contextValue as RequestContext) || undefined,
        onError: (socket, _id, _payload, errors) => errors.map((error) => toClientError(error, socket.extra.context?.traceId ?? '')),
      },
      this.server,
      KEEP_ALIVE_MS,
    );
    this.dispose = () => disposable.dispose();
    (this.host.httpAdapter.getHttpServer() as Server).on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Before the listeners close: clients hear 1001 and reconnect to another node. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const client of this.server.clients) client.close(GOING_AWAY, 'Going away');
    await this.dispose?.();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (request.url?.split('?', 1)[0] !== PATH) return void refuse('404 Not Found');
    if (!this.isAllowedOrigin(request)) return void refuse('403 Forbidden');
    this.server.handleUpgrade(request, socket, head, (client) => this.server.emit('connection', client, request));
  }

  /** Browsers always say where a page comes from; other clients have no page. */
  private isAllowedOrigin({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (origin === undefined || this.config.allowedOrigins.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }

  /** @returns false to close with 4403 */
  private async connect({ connectionParams, extra }: Socket): Promise<boolean> {
    const { authorization } = connectionParams ?? {};
    if (authorization !== undefined && typeof authorization !== 'string') return false;
    try {
      const viewer = await this.auth.authenticate(authorization);
      extra.context = { viewer, address: extra.request.socket.remoteAddress ?? '', traceId: newId() };
      if (viewer) this.endWith(extra, viewer.expiresAt);
      return true;
    } catch (error) {
      const { extensions } = toClientError(error, newId());
      if (extensions?.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
  }

  private endWith(extra: Extra, expiresAt: Date): void {
    const left = Math.min(expiresAt.getTime() - Date.now(), MAX_TIMER_MS);
    const socket: WebSocket = extra.socket;
    extra.expiry = setTimeout(() => socket.close(CloseCode.Forbidden, 'The token has expired'), Math.max(left, 0));
    extra.expiry.unref();
  }
}
