import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyError, FastifyInstance } from 'fastify';
import { codeOfHttpStatus, httpStatusOf, judge, retryAfterOf } from './errors/client-error.js';
import { ParleyError } from './errors/errors.js';

/** A request whose body nobody has touched: signatures are over bytes. */
export interface RawPost {
  params: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Of the sender. */
  address: string;
}

export interface RawAnswer {
  status: number;
  body: object;
}

const errorsOf = ({ message, extensions }: ParleyError) => ({ errors: [{ message, extensions }] });

/**
 * Takes POSTs to one path, whatever they call the type of their body. Call it while the application starts, with the adapter's instance.
 *
 * @param path as Fastify has it: `/webhooks/in/:integrationId`
 * @param bodyLimit of this path alone; beyond it the answer is 413
 */
export function takeRawPosts(
  server: FastifyInstance,
  path: string,
  bodyLimit: number,
  handle: (post: RawPost) => Promise<RawAnswer>,
): void {
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => parsed(null, body));
    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      // Fastify's own refusals (too large, a length that is none) have a status.
      const own = error instanceof ParleyError || !error.statusCode || error.statusCode >= 500 ? null : error.statusCode;
      const told = own === null ? judge(error, request.id) : new ParleyError(codeOfHttpStatus(own), error.message);
      const retryAfter = retryAfterOf(told.extensions);
      if (retryAfter !== null) void reply.header('retry-after', retryAfter);
      return reply.status(own ?? httpStatusOf(told.code)).send(errorsOf(told));
    });
    scope.post<{ Params: Record<string, string>; Body: Buffer | undefined }>(path, { bodyLimit }, async (request, reply) => {
      const { params, headers, ip, body = Buffer.alloc(0) } = request;
      const answer = await handle({ params, headers, body, address: ip });
      return reply.status(answer.status).send(answer.body);
    });
    done();
  });
}
