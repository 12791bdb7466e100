import { type ExecutionResult, type FormattedExecutionResult, getOperationAST, type GraphQLError, OperationTypeNode } from 'graphql';
import { CloseCode, type Context, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import type { AuthService } from '../auth/auth.service.js';
import type { Connections } from '../auth/connections.js';
import type { Viewer } from '../auth/context.js';
import { judge, toClientError } from '../common/errors/client-error.js';
import { ParleyError } from '../common/errors/errors.js';
import { newId } from '../common/values/ids.js';
import type { Config } from '../config/config.js';
import type { Caller } from './caller.js';
import type { Operation } from './sharing/execution.js';
import type { Operations } from './operations.js';
import type { Strangers } from './strangers.js';

const INIT_TIMEOUT_MS = 3_000;
/** "Try again later": clients of graphql-ws do. */
const TRY_AGAIN_LATER = 1013;

/** Of one person on this node. The newest is refused: those that are there work. */
const MAX_SOCKETS = 10;
/** Of one address on this node, without a token: more than one, because many people may share it. */
const MAX_STRANGERS = 100;

/** For one of the subscriptions to end, if the client lets go of one. */
const RETRY_MS = 1_000;

interface Services {
  auth: AuthService;
  connections: Connections;
  strangers: Strangers;
  config: Pick<Config, 'rateLimitFactor'>;
}

type Session = Context<Record<string, unknown>, Caller>;

function isCrowded(viewer: Viewer | null, address: string, { connections, strangers, config: { rateLimitFactor } }: Services): boolean {
  if (rateLimitFactor === 0 || viewer?.platformRole === 'SERVICE') return false;
  const [count, most] = viewer ? [connections.countOf(viewer.userId), MAX_SOCKETS] : [strangers.countOf(address), MAX_STRANGERS];
  return count >= Math.max(Math.round(most * rateLimitFactor), 1);
}

/** @returns false to close with 4403 */
async function connect({ connectionParams, extra: caller }: Session, services: Services): Promise<boolean> {
  const { auth, connections } = services;
  const authorization = connectionParams?.['authorization'] ?? undefined;
  if (authorization !== undefined && typeof authorization !== 'string') return false;
  try {
    const viewer = await auth.authenticate(authorization);
    if (isCrowded(viewer, caller.address, services)) {
      caller.close(CloseCode.TooManyInitialisationRequests, `Too many sockets of this ${viewer ? 'person' : 'address'}`);
      return false;
    }
    if (!viewer) caller.admitAsNobody(services.strangers);
    caller.admit(viewer, connections);
    // What was taken back before they could be told is seen by a second look, which costs nothing when nothing was.
    caller.admit(await auth.authenticate(authorization), connections);
    return true;
  } catch (error) {
    const { code, message } = judge(error, newId());
    if (code !== 'UNAUTHENTICATED') caller.close(TRY_AGAIN_LATER, message);
    return false;
  }
}

function prepare(
  { extra: caller, subscriptions }: Session,
  id: string,
  payload: SubscribePayload,
  operations: Operations,
): Operation | readonly GraphQLError[] {
  const operation = operations.prepare(payload, id, caller);
  if (!('document' in operation)) return operation;
  const kind = getOperationAST(operation.document, operation.operationName)?.operation;
  if (kind !== OperationTypeNode.SUBSCRIPTION || caller.begin(id, subscriptions)) return operation;
  return [new ParleyError('RATE_LIMITED', 'There are too many subscriptions on this socket', { retryAfterMs: RETRY_MS })];
}

function formatted({ errors, ...result }: ExecutionResult, traceId: string): FormattedExecutionResult | undefined {
  return errors && { ...result, errors: errors.map((error) => toClientError(error, traceId)) };
}

/**
 * Queries, mutations and subscriptions over one socket. Who connects without a token may do what is public.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function graphqlProtocol(operations: Operations, services: Services): Server<Caller> {
  return makeServer<Record<string, unknown>, Caller>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: (session) => connect(session, services),
    onClose: ({ extra: caller }) => caller.leave(),
    onSubscribe: (session, id, payload) => prepare(session, id, payload, operations),
    execute: (operation) => operations.execute(operation as Operation),
    subscribe: (operation) => operations.subscribe(operation as Operation),
    onNext: (_session, _id, _payload, { contextValue }, result) => formatted(result, (contextValue as Operation['contextValue']).traceId),
    onError: (_session, _id, _payload, errors) => errors.map((error) => toClientError(error, newId())),
  });
}
