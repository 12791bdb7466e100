import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { badInput, type ErrorCode, ParleyError } from '../../../common/errors.js';
import type { Metadata } from '../../../timeline/message.entity.js';
import type { Actor, Machine } from '../../../transitions/machine.js';
import type { Subject } from '../../../transitions/subject.js';
import { type Envelope, parsed } from './envelope.js';

/** It may work later: after the next step of one of those that are named, as `order:1042` or `room:<id>`. */
export class NotYet extends ParleyError {
  constructor(
    readonly needs: string[],
    code: ErrorCode = 'NOT_FOUND',
    message = `Not known yet: ${needs.join(', ')}`,
  ) {
    super(code, message);
  }
}

/** How a thing comes into being by the word of the host. */
export interface Beginning<Schema extends z.ZodType = z.ZodType> {
  schema: Schema;
  /** Calls the feature's service, in a commit of its own. The same `externalRef` is the same thing. @throws NotYet, ParleyError */
  begin(actor: Actor, externalRef: string, data: z.output<Schema>): Promise<unknown>;
}

export const beginning = <Schema extends z.ZodType>(one: Beginning<Schema>): Beginning => one;

/** What a step takes beyond its name. */
export interface Payload<Schema extends z.ZodType = z.ZodType> {
  schema: Schema;
  /** As the machine reads it. */
  build(data: z.output<Schema>): Promise<Metadata> | Metadata;
}

export const payload = <Schema extends z.ZodType>(schema: Schema, build: Payload<Schema>['build']): Payload => ({ schema, build });

export interface InboundHandler<S extends Subject = Subject> {
  machine: Machine<S, string>;
  /** By event. */
  beginnings?: Record<string, Beginning>;
  /** By event. Whatever else is told is left out. */
  payloads?: Record<string, Payload>;
}

type AnyHandler = InboundHandler;

/** What systems may tell us of, each registered beside the feature's own rules. */
@Injectable()
export class InboundHandlers {
  private readonly byAggregate = new Map<string, AnyHandler>();

  add<S extends Subject>(handler: InboundHandler<S>): void {
    this.byAggregate.set(handler.machine.name, handler);
  }

  get aggregates(): string[] {
    return [...this.byAggregate.keys()];
  }

  /** @throws BAD_USER_INPUT for what nobody handles */
  of({ aggregate, event, type }: Pick<Envelope, 'aggregate' | 'event' | 'type'>): AnyHandler {
    const handler = this.byAggregate.get(aggregate);
    const isKnown =
      handler?.beginnings?.[event] ??
      handler?.machine.steps.some((step) => step.event === event && step.from.length > 0 && isOfHost(step.by));
    if (!handler || !isKnown) throw badInput('type', `type: nothing is known of "${type}"`);
    return handler;
  }

  /** Whether it could ever be merged. @throws BAD_USER_INPUT */
  check(told: Envelope): void {
    const { beginnings, payloads } = this.of(told);
    const begins = beginnings?.[told.event];
    if (begins && told.isOurId) throw badInput('data.externalRef', 'data.externalRef: what comes into being needs a name of yours');
    const schema = (begins ?? payloads?.[told.event])?.schema;
    if (schema) parsed(schema, told.data, ['data']);
  }

  /** @throws BAD_USER_INPUT */
  async payloadOf(told: Envelope): Promise<Metadata> {
    const takes = this.of(told).payloads?.[told.event];
    return takes ? takes.build(parsed(takes.schema, told.data, ['data'])) : {};
  }

  /** Whether a step of it needs nothing but its name. */
  canSkip({ payloads }: AnyHandler): (event: string) => boolean {
    return (event) => payloads?.[event]?.schema.safeParse({}).success ?? true;
  }
}

const isOfHost = (by: readonly string[]): boolean => by.includes('SERVICE');
