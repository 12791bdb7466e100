import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, ParleyError, type ErrorCode } from './errors.js';

const log = new Logger('Errors');

/** Node's and PostgreSQL's ways of saying "not now". @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNREACHABLE = /^(08...|53...|57P..|57014|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';
const CONNECTION_LOST = 'Connection terminated';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && (UNREACHABLE.test(codeOf(error)) || error.message.includes(POOL_EXHAUSTED) || error.message.startsWith(CONNECTION_LOST));

/** What graphql-js itself refuses: a document that does not parse or fit the schema, variables of the wrong type. */
const isDocumentsFault = (error: GraphQLError): boolean => error.originalError == null;

/** Down to what a resolver threw. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && !(root instanceof ParleyError) && root.originalError) root = root.originalError;
  return root;
}

/** The error that a client may see. What is not meant for it becomes INTERNAL with the trace id under which the log tells the story. */
export function judge(error: unknown, traceId: string): ParleyError {
  const root = rootOf(error);
  if (root instanceof ParleyError) return root;
  if (root instanceof GraphQLError && isDocumentsFault(root)) return new ParleyError('BAD_USER_INPUT', root.message);
  if (isUnreachable(root)) {
    log.warn({ err: root, traceId }, 'unavailable');
    return new ParleyError('UNAVAILABLE', undefined, { traceId });
  }
  log.error({ err: root, traceId }, 'unexpected');
  return new ParleyError('INTERNAL', undefined, { traceId });
}

/** The one shape of an error in a GraphQL answer, by HTTP and by WebSocket. */
export function toClientError(error: unknown, traceId: string): GraphQLFormattedError {
  const { message, extensions } = judge(error, traceId);
  const at = error instanceof GraphQLError ? error : undefined;
  return { message, ...(at?.locations && { locations: at.locations }), ...(at?.path && { path: at.path }), extensions };
}

const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** The HTTP status of a code, where no GraphQL answer can be given. */
export const httpStatusOf = (code: ErrorCode): number => HTTP_STATUS[code] ?? 400;

/** The code that comes nearest to a status of HTTP. */
export function codeOfHttpStatus(status: number): ErrorCode {
  const exact = (Object.keys(HTTP_STATUS) as ErrorCode[]).find((code) => HTTP_STATUS[code] === status && code in ERROR_CODES);
  return exact ?? (status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL');
}
