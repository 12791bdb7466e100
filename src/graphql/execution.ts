import { createSourceEventStream, execute as executeGraphQL, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../auth/context.js';

/** Loaders hang on the context object and must not outlive an execution, so each one gets its own. */
const fresh = (args: ExecutionArgs): ExecutionArgs => ({ ...args, contextValue: { ...(args.contextValue as RequestContext) } });

export const execute = (args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult => executeGraphQL(fresh(args));

const isStream = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

/** The results of a subscription: each event is an execution of its own. Who stops listening lets go of the source at once. */
class Results implements AsyncIterableIterator<ExecutionResult> {
  constructor(
    private readonly events: AsyncIterator<unknown>,
    private readonly args: ExecutionArgs,
  ) {}

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const event = await this.events.next();
    if (event.done) return { done: true, value: undefined };
    return { done: false, value: await execute({ ...this.args, rootValue: event.value }) };
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The resolver and its guard run once, here. */
export async function subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(fresh(args));
  return isStream(source) ? new Results(source[Symbol.asyncIterator](), args) : source;
}
