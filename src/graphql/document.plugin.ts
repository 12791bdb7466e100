import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { type DocumentNode, Kind, OperationTypeNode } from 'graphql';
import type { RequestContext } from '../auth/context.js';
import { toClientError } from '../common/client-error.js';
import { ParleyError } from '../common/errors.js';
import type { Config } from '../config/config.js';
import { Documents } from './documents.js';

const NOTHING: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

const needsSocket = () => new ParleyError('BAD_USER_INPUT', 'Subscriptions come over WebSocket, at the same address');

/**
 * Gives Apollo the document that we have checked, as the sockets do: one way to parse, measure, validate and remember. Apollo does
 * it by itself only where there is no document yet, and with the size measured too late: after the rules that a large one makes slow.
 */
export function documentPlugin(config: Config): ApolloServerPlugin {
  let documents: Documents;
  return {
    serverWillStart({ schema }) {
      documents = new Documents(schema, config);
      return Promise.resolve();
    },
    requestDidStart({ contextValue }) {
      const { traceId } = contextValue as RequestContext;
      let outcome: ReturnType<Documents['get']>;
      return Promise.resolve({
        didResolveSource(request) {
          outcome = documents.get(request.source);
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
    },
  };
}
