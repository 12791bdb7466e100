import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../auth/context.js';
import type { Sharing } from './sharing.js';

/** An operation that a socket has asked for. */
export interface Operation extends ExecutionArgs {
  contextValue: RequestContext;
  /** Sends a result as JSON, on the way that graphql-ws sends those that it is given; waits while the client has much to read. */
  tell: (result: string) => Promise<void> | void;
}

const isStream = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

/**
 * The results of a subscription, one execution for each event. Unlike graphql-js' own it gives each its own context, because loaders
 * hang on it and must not remember; and who stops listening lets go of the source at once, also while it is waiting. What streams share
 * is executed once and written as JSON once, and goes out from here: graphql-ws is given what is for one alone, and all that has errors.
 */
class Results implements AsyncIterableIterator<ExecutionResult> {
  private hasEnded = false;

  constructor(
    private readonly events: AsyncIterator<unknown>,
    private readonly operation: Operation,
    private readonly sharing: Sharing,
  ) {}

  async next(): Promise<IteratorResult<ExecutionResult>> {
    try {
      for (;;) {
        const event = await this.events.next();
        if (event.done) return { done: true, value: undefined };
        const result = await this.execute(event.value);
        const json = this.sharing.jsonOf(result);
        if (json === undefined) return { done: false, value: result };
        if (!this.hasEnded) await this.operation.tell(json);
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.hasEnded = true;
    await this.events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private execute(event: unknown): Promise<ExecutionResult> | ExecutionResult {
    const { document, operationName = null, variableValues } = this.operation;
    return this.sharing.run({ document, operationName, variables: variableValues ?? {} }, event, () =>
      execute({ ...this.operation, rootValue: event, contextValue: { ...this.operation.contextValue } }),
    );
  }
}

/** The resolver and its guard run once, here. */
export async function subscribe(operation: Operation, sharing: Sharing): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(operation);
  return isStream(source) ? new Results(source[Symbol.asyncIterator](), operation, sharing) : source;
}
