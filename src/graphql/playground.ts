import fastifyStatic from '@fastify/static';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { getDistDirectory, isSandboxFrame, renderAltair, type RenderOptions } from 'altair-static';
import type { FastifyInstance } from 'fastify';
import { DataSource } from 'typeorm';
import { type Config, CONFIG } from '../config/config.js';
import { demoPeople } from '../users/demo-people.js';
import { GRAPHQL_PATH } from './documents.js';
import { EXAMPLES } from './playground-examples.js';

const PATH = '/playground';
const OPTIONS = 'options.js';
const NOTHING_FROM_OUTSIDE = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** Where the IDE runs the little scripts of its users, apart from the page and its tokens. */
const SANDBOX =
  "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; worker-src blob:";

/** The IDE in the browser: Altair from `node_modules`, so that it works without a network. */
@Injectable()
export class Playground implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    if (!this.config.playground) return;
    const page = renderAltair({ baseURL: `${PATH}/`, serveInitialOptionsInSeperateRequest: OPTIONS });
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    for (const path of [PATH, `${PATH}/`]) {
      server.get(path, (_request, reply) => reply.header('content-security-policy', NOTHING_FROM_OUTSIDE).type('text/html').send(page));
    }
    server.get(`${PATH}/${OPTIONS}`, async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type('text/javascript')
        .send(await this.options()),
    );
    server.register(fastifyStatic, {
      root: getDistDirectory(),
      prefix: `${PATH}/`,
      decorateReply: false,
      setHeaders: (reply, file) => void reply.header('content-security-policy', isSandboxFrame(file) ? SANDBOX : NOTHING_FROM_OUTSIDE),
    });
  }

  private async options(): Promise<string> {
    const people = await demoPeople(this.database, this.config);
    // Where nobody is known there is no token either, and an empty one would be refused.
    const credentials = people.length > 0 ? { authorization: 'Bearer {{token}}' } : {};
    const options: RenderOptions = {
      endpointURL: GRAPHQL_PATH,
      subscriptionsEndpoint: GRAPHQL_PATH,
      initialHeaders: credentials,
      initialSubscriptionsPayload: credentials,
      initialEnvironments: {
        activeSubEnvironment: people[0]?.email,
        base: { variables: { roomId: '' } },
        subEnvironments: people.map(({ email, name, part, token }) => ({ id: email, title: `${name} (${part})`, variables: { token } })),
      },
      initialWindows: EXAMPLES.map((example) => ({ ...example, initialSubscriptionRequestHandlerId: 'graphql-ws' })),
      // Tokens end, so what was kept from the last visit would soon be refused.
      preserveState: false,
      disableAccount: true,
      initialSettings: { 'alert.disableUpdateNotification': true, 'banners.disable': true },
    };
    return `AltairGraphQL.init({ ...${JSON.stringify(options)}, subscriptionsProtocol: location.protocol.replace('http', 'ws') });\n`;
  }
}
