import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { newId } from './common/values/ids.js';
import type { Config } from './config/config.js';
import { openDatabase } from './database/open.js';
import { Drain } from './drain.js';
import { logRequests } from './monitoring/logging.js';
import { startTracing, traceRequests } from './monitoring/tracing.js';

/**
 * Connections that may wait to be accepted, as many as Linux allows by default. With the 511 of Node, most of a crowd that comes back at
 * once is turned away without a word, and TCP tries again after 1, 3, 7 and 15 s.
 */
const BACKLOG = 4_096;

const BODY_LIMIT = 128 * 1024;
/** Against clients that send slowly for ever. They only work when given as the server is made. */
const TIMEOUTS = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 2_000 };
/** Against clients that ask and do not read: once or twice so long nothing moves on the connection before the answer has left. */
const UNREAD_MS = 10_000;

/** One running process of Parley; the tests run several in one. */
export interface Node {
  app: NestFastifyApplication;
  /** Where it listens, with the port that it got. */
  url: string;
  /**
   * Takes nothing new, finishes what is in flight, then lets go of everything, the database last.
   *
   * @param patienceMs for connections that are kept alive, on which a last request may be on its way
   */
  close(patienceMs?: number): Promise<void>;
}

const serverOf = (app: NestFastifyApplication): Server => app.getHttpServer();

async function createApp(config: Config, features: Type[]): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: config.trustProxy,
    genReqId: newId,
    requestTimeout: TIMEOUTS.requestTimeout,
    http: TIMEOUTS,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, features), adapter, {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  adapter.getInstance<FastifyInstance>().addHook('onRequest', (_request, reply, done) => {
    reply.raw.setTimeout(UNREAD_MS);
    done();
  });
  if (config.allowedOrigins.length > 0) app.enableCors({ origin: config.allowedOrigins, exposedHeaders: ['Retry-After'] });
  app.get(Drain).watch(serverOf(app));
  if (config.tracing) traceRequests(adapter.getInstance<FastifyInstance>());
  logRequests(adapter.getInstance<FastifyInstance>(), config);
  return app;
}

async function closeApp(app: NestFastifyApplication, patienceMs = 0): Promise<void> {
  await app.get(Drain).finishAll(serverOf(app), patienceMs);
  await app.close();
}

/** Opens the database, brings its tables up to date, listens. */
export async function startNode(config: Config, features: Type[] = []): Promise<Node> {
  const stopTracing = config.tracing && (await startTracing(config.tracing));
  const database = await openDatabase(config);
  try {
    const app = await createApp({ ...config, databaseUrl: database.url }, features);
    try {
      await app.listen({ port: config.port, host: config.host, backlog: BACKLOG });
    } catch (error) {
      await app.close();
      throw error;
    }
    const { port } = serverOf(app).address() as AddressInfo;
    const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
    return {
      app,
      url: `http://${host}:${port}`,
      close: (patienceMs) =>
        closeApp(app, patienceMs)
          .finally(() => database.close())
          .finally(() => stopTracing?.()),
    };
  } catch (error) {
    await database.close();
    await stopTracing?.();
    throw error;
  }
}
