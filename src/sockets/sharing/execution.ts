import type { Span } from '@opentelemetry/api';
import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../../auth/context.js';
import { isReadyStream } from '../../live/ready-stream.js';
import type { Member } from './fan-out.js';
import type { NextMessage } from '../frames/next-message.js';
import { relay } from './relay.js';
import type { SharedResult } from '../frames/shared-result.js';
import type { Envelope, Share, Sharing } from './sharing.js';

/** An operation that a socket has asked for. */
export interface Operation extends ExecutionArgs {
  contextValue: RequestContext;
  span: Span;
  /** Sends a result, on the way that graphql-ws sends those that it is given; waits while the client has much to read. */
  tell: (message: NextMessage) => Promise<void> | void;
}

const isStream = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

/**
 * The results of a subscription, one execution for each event. Unlike graphql-js' own it gives each its own context, because loaders
 * hang on it and must not remember; and who stops listening lets go of the source at once, also while it is waiting. What streams share
 * is executed once and written as JSON once, and goes out from here: graphql-ws is given what is for one alone, and all that has errors.
 */
class Results implements AsyncIterableIterator<ExecutionResult> {
  private readonly share: Share;
  private hasEnded = false;

  constructor(
    private readonly events: AsyncIterator<unknown>,
    private readonly operation: Operation,
    sharing: Sharing,
  ) {
    const { document, operationName = null, variableValues } = operation;
    this.share = sharing.share({ document, operationName, variables: variableValues ?? {} });
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    try {
      for (;;) {
        const event = (await this.relay()) ?? (await this.events.next());
        if (event.done) return { done: true, value: undefined };
        const shared = this.resultOf(event.value);
        const result = await (shared ? shared.execution : this.execute(event.value));
        if (!shared?.message) return { done: false, value: result };
        await this.tell(shared.message);
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

  private async relay(): Promise<IteratorResult<unknown> | null> {
    const { events: source, resultOf, tell, share } = this;
    if (!isReadyStream(source)) return null;
    const standBy = (goOn: Member['goOn']): boolean => {
      const stream = source.rest();
      return stream !== null && share.standBy({ stream, resultOf, tell, goOn });
    };
    return relay({ source, resultOf, tell, standBy });
  }

  private readonly resultOf = (event: unknown): SharedResult | null => this.share.resultOf(event, () => this.execute(event));

  private readonly tell = (message: NextMessage): Promise<void> | void => (this.hasEnded ? undefined : this.operation.tell(message));

  private execute(event: unknown): Promise<ExecutionResult> | ExecutionResult {
    const contextValue = { ...this.operation.contextValue, horizon: (event as Envelope).scope };
    return execute({ ...this.operation, rootValue: event, contextValue });
  }
}

/** The resolver and its guard run once, here. */
export async function subscribe(operation: Operation, sharing: Sharing): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(operation);
  return isStream(source) ? new Results(source[Symbol.asyncIterator](), operation, sharing) : source;
}
