import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { PlatformRole } from '../policy/roles.js';
import { ParleyError } from '../common/errors/errors.js';

/** The person behind a token, as far as every operation needs it. */
export interface Viewer {
  userId: string;
  platformRole: PlatformRole;
  /** Of a local sign-in; null for a token of the host's identity provider. */
  sessionId: string | null;
  /** When the token ends. */
  expiresAt: Date;
}

/** What a resolver finds as its context, by HTTP and by WebSocket alike. One object per execution: loaders hang on it. */
export interface RequestContext {
  viewer: Viewer | null;
  /** The address of the caller, for rate limits. */
  address: string;
  /** Stands in the logs and in `extensions.traceId` of an INTERNAL error. */
  traceId: string;
  /** Of an event of a room: messages up to this sequence are hidden from all who are told it in these words. */
  horizon?: number;
}

export const contextOf = (execution: ExecutionContext): RequestContext =>
  GqlExecutionContext.create(execution).getContext<RequestContext>();

/** @throws UNAUTHENTICATED */
export function requireViewer(context: RequestContext): Viewer {
  if (!context.viewer) throw new ParleyError('UNAUTHENTICATED');
  return context.viewer;
}

/** The signed-in person, as a parameter of a resolver. */
export const CurrentViewer = createParamDecorator((_: unknown, execution: ExecutionContext) => requireViewer(contextOf(execution)));
