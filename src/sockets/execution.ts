import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../auth/context.js';
import type { Sharing } from './sharing.js';

/** An operation that a socket has asked for. */
export interface Operation extends ExecutionArgs {
  contextValue: RequestContext;
}

const isStream = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

/**
 * The results of a subscription, one execution for each event, which streams share where it is the same for all. Unlike graphql-js' own it gives each its own context, because
 * loaders hang on it and must not remember; and who stops listening lets go of the source at once, also while it is waiting.
 */
class Results implements AsyncIterableIterator<ExecutionResult> {
  constructor(
    private readonly events: AsyncIterator<unknown>,
    private readonly operation: Operation,
    private readonly sharing: Sharing,
  ) {}

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const event = await this.events.next();
    if (event.done) return { done: true, value: undefined };
    try {
      return { done: false, value: await this.execute(event.value) };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
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
