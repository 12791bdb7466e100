import type { IncomingMessage } from 'node:http';
import { LoggerModule } from 'nestjs-pino';
import type { LevelWithSilent } from 'pino';
import { CONFIG, type Config } from './config/config.js';

/** The path alone: a query string may carry what somebody wrote, or a token. */
const pathOf = (url: string | undefined) => url?.split('?', 1)[0];

interface LoggedRequest {
  id: unknown;
  method: string;
  url?: string;
}

/** One line of JSON per event, with the id of the request. Bodies and headers never come here, so neither do contents and tokens. */
export const logging = LoggerModule.forRootAsync({
  inject: [CONFIG],
  useFactory: ({ logLevel }: Config) => ({
    pinoHttp: {
      level: logLevel satisfies LevelWithSilent,
      // Given by Fastify (see node.ts).
      genReqId: (request: IncomingMessage) => request.id,
      autoLogging: { ignore: ({ url }: IncomingMessage) => url?.startsWith('/health/') ?? false },
      serializers: {
        req: ({ id, method, url }: LoggedRequest) => ({ traceId: id, method, path: pathOf(url) }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    },
  }),
});
