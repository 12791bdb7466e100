import fastifyStatic from '@fastify/static';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { getDistDirectory, isSandboxFrame, renderAltair } from 'altair-static';
import type { FastifyInstance } from 'fastify';
import { DataSource } from 'typeorm';
import { type Config, CONFIG } from '../config/config.js';
import { playgroundOptions } from './playground-options.js';

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
/** Where the IDE runs the scripts that its users write. */
const SANDBOX =
  "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; img-src 'self'; worker-src 'self'; base-uri 'self'; frame-ancestors 'self'";

/** The tokens in the options are not for a page of another site that loads them as a script. */
const headersFor = (policy: string) => ({ 'content-security-policy': policy, 'cross-origin-resource-policy': 'same-origin' });

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
      server.get(path, (_request, reply) => reply.headers(headersFor(NOTHING_FROM_OUTSIDE)).type('text/html').send(page));
    }
    server.get(`${PATH}/${OPTIONS}`, async (_request, reply) =>
      reply
        .headers({ ...headersFor(NOTHING_FROM_OUTSIDE), 'cache-control': 'no-store' })
        .type('text/javascript')
        .send(await playgroundOptions(this.database, this.config)),
    );
    server.register(fastifyStatic, {
      root: getDistDirectory(),
      prefix: `${PATH}/`,
      decorateReply: false,
      setHeaders: (reply, file) => void reply.headers(headersFor(isSandboxFrame(file) ? SANDBOX : NOTHING_FROM_OUTSIDE)),
    });
  }
}
