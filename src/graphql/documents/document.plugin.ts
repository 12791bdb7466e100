import { type ApolloServerPlugin, type GraphQLRequestListener, HeaderMap } from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import { type DocumentNode, Kind, OperationTypeNode } from 'graphql';
import type { RequestContext } from '../../auth/context.js';
import { toClientError } from '../../common/errors/client-error.js';
import { ParleyError } from '../../common/errors/errors.js';
import { Documents } from './documents.js';

const NOTHING: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

const needsSocket = () => new ParleyError('BAD_USER_INPUT', 'Subscriptions come over WebSocket, at the same address');

/**
 * Gives Apollo the document that we have checked, as the sockets do: one way to parse, measure, validate and remember. Apollo does
 * it by itself only where there is no document yet, and with the size measured too late: after the rules that a large one makes slow.
 */
@Plugin()
export class DocumentPlugin implements ApolloServerPlugin<RequestContext> {
  constructor(private readonly documents: Documents) {}

  requestDidStart({ contextValue: { traceId } }: { contextValue: RequestContext }): Promise<GraphQLRequestListener<RequestContext>> {
    let outcome: ReturnType<Documents['get']>;
    return Promise.resolve<GraphQLRequestListener<RequestContext>>({
      didResolveSource: (request) => {
        outcome = this.documents.get(request.source);
        Object.assign(request, { document: 'document' in outcome ? outcome.document : NOTHING });
        return Promise.resolve();
      },
      responseForOperation({ operation }) {
        const refused =
          'errors' in outcome ? outcome.errors : operation?.operation === OperationTypeNode.SUBSCRIPTION ? [needsSocket()] : null;
        if (!refused) return Promise.resolve(null);
        const errors = refused.map((error) => toClientError(error, traceId));
        return Promise.resolve({
          http: { status: 400, headers: new HeaderMap() },
          body: { kind: 'single' as const, singleResult: { errors } },
        });
      },
    });
  }
}
