import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, getOperationAST, Kind } from 'graphql';
import { metrics } from '../common/telemetry/metrics.js';
import { describeRequest } from '../common/telemetry/tracing.js';

/** By the first field that it asks for: unlike the names that clients make up, there are only so many. */
const fields = new WeakMap<DocumentNode, Map<string | null, string>>();

function rootFieldOf(document: DocumentNode, operationName: string | null): string {
  const names = fields.get(document) ?? new Map<string | null, string>();
  fields.set(document, names);
  let field = names.get(operationName);
  if (field === undefined) {
    const first = getOperationAST(document, operationName)?.selectionSet.selections[0];
    field = first?.kind === Kind.FIELD ? first.name.value : 'fragment';
    names.set(operationName, field);
  }
  return field;
}

interface Answered {
  document: DocumentNode;
  operationName?: string | null;
  transport: 'http' | 'ws';
  startedAt: number;
  errors?: readonly { extensions?: Record<string, unknown> }[];
}

/** Counts an operation and how long it took, and names the span that it is part of: "query Rooms", or by its first field. */
export function observe({ document, operationName = null, transport, startedAt, errors }: Answered): void {
  const code = errors?.[0]?.extensions?.['code'];
  const outcome = errors?.[0] ? (typeof code === 'string' ? code : 'INTERNAL') : 'ok';
  const field = rootFieldOf(document, operationName);
  metrics.operations.observe({ field, transport, outcome }, (performance.now() - startedAt) / 1000);
  const { operation: type, name } = getOperationAST(document, operationName) ?? {};
  const attributes = { 'graphql.operation.type': type, 'graphql.operation.name': name?.value };
  describeRequest(`${type} ${name?.value ?? field}`, attributes, outcome === 'ok' ? null : outcome);
}

/** Counts what comes by HTTP; documents that never became an operation are not counted. */
export const httpMetrics: ApolloServerPlugin = {
  requestDidStart() {
    const startedAt = performance.now();
    return Promise.resolve({
      willSendResponse({ document, operation, operationName, response: { body } }) {
        if (!document || !operation || body.kind !== 'single') return Promise.resolve();
        observe({ document, operationName, transport: 'http', startedAt, errors: body.singleResult.errors });
        return Promise.resolve();
      },
    });
  },
};
