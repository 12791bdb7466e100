import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { type Context, makeServer, type Server } from 'graphql-ws';
import type { AuthService } from '../auth/auth.service.js';
import type { Connections } from '../auth/connections.js';
import { judge, toClientError } from '../common/client-error.js';
import { newId } from '../common/ids.js';
import type { Caller } from './caller.js';
import type { Operation } from './execution.js';
import type { Operations } from './operations.js';

const INIT_TIMEOUT_MS = 3_000;
/** "Try again later": clients of graphql-ws do. */
const TRY_AGAIN_LATER = 1013;

type Session = Context<Record<string, unknown>, Caller>;

/** @returns false to close with 4403 */
async function connect({ connectionParams, extra: caller }: Session, auth: AuthService, connections: Connections): Promise<boolean> {
  const authorization = connectionParams?.['authorization'] ?? undefined;
  if (authorization !== undefined && typeof authorization !== 'string') return false;
  try {
    caller.admit(await auth.authenticate(authorization), connections);
    // What was taken back before they could be told is seen by a second look, which costs nothing when nothing was.
    caller.admit(await auth.authenticate(authorization), connections);
    return true;
  } catch (error) {
    const { code, message } = judge(error, newId());
    if (code !== 'UNAUTHENTICATED') caller.close(TRY_AGAIN_LATER, message);
    return false;
  }
}

function formatted({ errors, ...result }: ExecutionResult, traceId: string): FormattedExecutionResult | undefined {
  return errors && { ...result, errors: errors.map((error) => toClientError(error, traceId)) };
}

/**
 * Queries, mutations and subscriptions over one socket. Who connects without a token may do what is public.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function graphqlProtocol(operations: Operations, auth: AuthService, connections: Connections): Server<Caller> {
  return makeServer<Record<string, unknown>, Caller>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: (session) => connect(session, auth, connections),
    onClose: ({ extra: caller }) => caller.leave(),
    onSubscribe: ({ extra: caller }, _id, payload) => operations.prepare(payload, caller),
    execute: (operation) => operations.execute(operation as Operation),
    subscribe: (operation) => operations.subscribe(operation as Operation),
    onNext: (_session, _id, _payload, { contextValue }, result) => formatted(result, (contextValue as Operation['contextValue']).traceId),
    onError: (_session, _id, _payload, errors) => errors.map((error) => toClientError(error, newId())),
  });
}
