import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { LoggerModule } from 'nestjs-pino';
import { CONFIG, type Config } from '../config/config.js';

/** Lines of JSON. Without the middleware of nestjs-pino: what a line is about, its writer says (`traceId`, `roomId`). */
export const logging = LoggerModule.forRootAsync({
  inject: [CONFIG],
  useFactory: ({ logLevel }: Config) => ({ pinoHttp: { level: logLevel }, forRoutes: [] }),
});

/** A line per request. Bodies, headers and query strings never come here, and so neither do contents and tokens. */
export function logRequests(server: FastifyInstance, { logLevel }: Config): void {
  if (logLevel !== 'info' && logLevel !== 'debug') return;
  const logger = new Logger('Http');
  server.addHook('onResponse', ({ id, method, url }, { statusCode, elapsedTime }, done) => {
    const path = url.split('?', 1)[0];
    if (!path?.startsWith('/health/')) logger.log({ traceId: id, method, path, statusCode, ms: Math.round(elapsedTime) }, 'request');
    done();
  });
}
