import { isNativeError } from 'node:util/types';
import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ParleyError, type ErrorCode } from './errors.js';

const log = new Logger('Errors');

/**
 * Ways of Node and PostgreSQL to say "not now": no connection, no resources, shutting down, cancelled by a timeout, a deadlock.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_CODE = /^(08...|53...|57P..|57014|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
/** What the pool and its connections say without a code; the last is TypeORM's word for a connection that died in a transaction. */
const UNAVAILABLE_MESSAGE =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Query runner already released)/;

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');

// Not `instanceof`: what Node itself throws may be of another realm (in the tests it is).
const isUnavailable = (error: unknown): error is Error =>
  isNativeError(error) && (UNAVAILABLE_CODE.test(codeOf(error)) || UNAVAILABLE_MESSAGE.test(error.message));

/** Down to what a resolver threw. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && !(root instanceof ParleyError) && root.originalError) root = root.originalError;
  return root;
}

/**
 * Whether the caller is to blame: the document does not parse or fit the schema, a variable or an argument has the wrong type.
 * Such an error carries no path yet, or is that of an argument; it points into the document or was made by graphql-js. What
 * resolvers throw, and what scalars cannot say of our own data, is different.
 */
function isCallersFault(error: GraphQLError): boolean {
  const { path, locations, originalError, extensions } = error;
  if (path) return originalError instanceof GraphQLError && originalError.nodes !== undefined;
  return (locations !== undefined || rootOf(error) instanceof GraphQLError) && extensions.code !== 'INTERNAL_SERVER_ERROR';
}

/** Without the other properties: those of a failed statement hold what people wrote. */
const loggable = (error: unknown) =>
  isNativeError(error) ? { type: error.name, message: error.message, code: codeOf(error), stack: error.stack } : { message: String(error) };

/** The error that a client may see. What is not meant for it becomes INTERNAL with the trace id under which the log tells the story. */
export function judge(error: unknown, traceId: string): ParleyError {
  const root = rootOf(error);
  if (root instanceof ParleyError) return root;
  if (error instanceof GraphQLError && isCallersFault(error)) return new ParleyError('BAD_USER_INPUT', error.message);
  if (isUnavailable(root)) {
    log.warn({ err: { type: root.name, message: root.message, code: codeOf(root) }, traceId }, 'Not available');
    return new ParleyError('UNAVAILABLE', undefined, { traceId });
  }
  log.error({ err: loggable(root), traceId }, 'Unexpected');
  return new ParleyError('INTERNAL', undefined, { traceId });
}

/** The one shape of an error in a GraphQL answer, by HTTP and by WebSocket. */
export function toClientError(error: unknown, traceId: string): GraphQLFormattedError {
  const { message, extensions } = judge(error, traceId);
  const at = error instanceof GraphQLError ? error : undefined;
  return { message, ...(at?.locations && { locations: at.locations }), ...(at?.path && { path: at.path }), extensions };
}

const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};

/** The HTTP status of a code, where no GraphQL answer can be given. */
export const httpStatusOf = (code: ErrorCode): number => HTTP_STATUS[code] ?? 400;

/** For a `Retry-After` header, which counts seconds; null where nobody can say. @see RFC 9110, section 10.2.3 */
export function retryAfterOf(extensions: Record<string, unknown> | undefined): string | null {
  const waitMs = extensions?.['retryAfterMs'];
  return typeof waitMs === 'number' ? String(Math.ceil(waitMs / 1000)) : null;
}

/** The code that comes nearest to a status of HTTP. */
export function codeOfHttpStatus(status: number): ErrorCode {
  const exact = (Object.keys(HTTP_STATUS) as ErrorCode[]).find((code) => HTTP_STATUS[code] === status);
  return exact ?? (status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL');
}
