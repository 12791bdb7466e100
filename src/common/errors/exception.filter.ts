import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { codeOfHttpStatus, httpStatusOf, judge, retryAfterOf } from './client-error.js';
import { ParleyError } from './errors.js';

/** What an HttpException says for itself; of what went wrong on our side only what was put there to be read. */
function answerTo(exception: HttpException): ParleyError {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const said = typeof response === 'object' ? Object.entries(response) : [];
  const details = Object.fromEntries(said.filter(([name]) => !['message', 'error', 'statusCode'].includes(name)));
  return new ParleyError(codeOfHttpStatus(status), status < 500 ? exception.message : undefined, details);
}

/** The one filter: an operation's error leaves it fit for the client; plain HTTP gets the same shape as JSON. */
@Catch()
export class AllErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<GqlContextType>() === 'graphql') return judge(error, host.getArgByIndex<{ traceId: string }>(2).traceId);
    const http = host.switchToHttp();
    const traceId = http.getRequest<FastifyRequest>().id;
    const isHttp = error instanceof HttpException;
    const { code, message, extensions } = isHttp ? answerTo(error) : judge(error, traceId);
    const status = isHttp ? error.getStatus() : httpStatusOf(code);
    const reply = http.getResponse<FastifyReply>();
    const retryAfter = retryAfterOf(extensions);
    if (retryAfter !== null) void reply.header('retry-after', retryAfter);
    return reply.status(status).send({ errors: [{ message, extensions }] });
  }
}
