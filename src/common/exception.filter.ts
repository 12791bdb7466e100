import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { codeOfHttpStatus, httpStatusOf, judge } from './client-error.js';
import { ParleyError } from './errors.js';

/** The one filter: an operation's error leaves it fit for the client; plain HTTP gets the same shape as JSON. */
@Catch()
export class AllErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<GqlContextType>() === 'graphql') return judge(error, host.getArgByIndex<{ traceId: string }>(2).traceId);
    const http = host.switchToHttp();
    const traceId = http.getRequest<FastifyRequest>().id;
    const status = error instanceof HttpException ? error.getStatus() : undefined;
    const answer = status === undefined ? judge(error, traceId) : new ParleyError(codeOfHttpStatus(status));
    const body = { errors: [{ message: answer.message, extensions: answer.extensions }] };
    return http.getResponse<FastifyReply>().status(status ?? httpStatusOf(answer.code)).send(body);
  }
}
