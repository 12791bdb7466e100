import { setImmediate } from 'node:timers/promises';
import { execute, type ExecutionResult, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { beginRequest, traceIdOf, within } from '../common/telemetry/tracing.js';
import type { Documents } from '../graphql/documents/documents.js';
import { observe } from '../graphql/operation-metrics.js';
import type { Caller } from './caller.js';
import { type Operation, subscribe } from './sharing/execution.js';
import { Sharing } from './sharing/sharing.js';

/** What sockets ask for: found among the known documents, executed, and counted until it is answered. */
export class Operations {
  private readonly sharing: Sharing;
  private running = 0;
  private onIdle: (() => void) | null = null;

  constructor(private readonly documents: Documents) {
    this.sharing = new Sharing(documents.schema);
  }

  prepare(
    { query, operationName, variables, extensions }: SubscribePayload,
    id: string,
    caller: Caller,
  ): Operation | readonly GraphQLError[] {
    const outcome = this.documents.get(query);
    if ('errors' in outcome) return outcome.errors;
    const span = beginRequest('WebSocket', extensions);
    const context = caller.context();
    return {
      schema: this.documents.schema,
      document: outcome.document,
      operationName,
      variableValues: variables,
      rootValue: undefined,
      contextValue: { ...context, traceId: traceIdOf(span, context.traceId) },
      span,
      tell: caller.teller(id),
    };
  }

  /** A query or a mutation. */
  execute(operation: Operation): ExecutionResult | Promise<ExecutionResult> {
    const startedAt = performance.now();
    const { document, operationName, span } = operation;
    return within(span, () => {
      const result = execute(operation);
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      this.running++;
      const finish = (): void => {
        span.end();
        this.finish();
      };
      result.then(({ errors }) => {
        observe({ document, operationName, transport: 'ws', startedAt, errors });
        finish();
      }, finish);
      return result;
    });
  }

  async subscribe(operation: Operation): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { document, operationName, span } = operation;
    const startedAt = performance.now();
    try {
      return await within(span, async () => {
        const outcome = await subscribe(operation, this.sharing);
        observe({ document, operationName, transport: 'ws', startedAt, errors: 'errors' in outcome ? outcome.errors : undefined });
        return outcome;
      });
    } catch (error) {
      const originalError = error instanceof Error ? error : new Error(String(error));
      return { errors: [new GraphQLError(originalError.message, { originalError })] };
    } finally {
      span.end();
    }
  }

  /** Resolves when every query and mutation has been answered. */
  async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    // The last result is on its way to its socket.
    await setImmediate();
  }

  private readonly finish = (): void => {
    this.running--;
    if (this.running === 0) this.onIdle?.();
  };
}
