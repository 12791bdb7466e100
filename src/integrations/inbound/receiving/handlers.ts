import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { badInput, type ErrorCode, ParleyError } from '../../../common/errors/errors.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { Actor, Machine, StepRequest } from '../../../transitions/machine/machine.js';
import type { Subject } from '../../../transitions/machine/subject.js';
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
  /** Fields that the thing alone keeps, for who may read them: once it is there, the log of events has them no more. */
  discreet?: readonly (keyof z.output<Schema> & string)[];
  /** Calls the feature's service, in a commit of its own. The same `externalRef` is the same thing. @throws NotYet, ParleyError */
  begin(actor: Actor, externalRef: string, data: z.output<Schema>): Promise<unknown>;
}

export const beginning = <Schema extends z.ZodType>(one: Beginning<Schema>): Beginning => one;

/** What a step takes beyond its name. */
export interface Payload<Schema extends z.ZodType = z.ZodType> {
  schema: Schema;
  /** As the machine reads it. */
  build(data: z.output<Schema>): Promise<Metadata> | Metadata;
  /** What of it is not for everybody in the room. */
  confide?(data: z.output<Schema>): Metadata;
  /** What it tells would be missed: the step is not taken on the strength of a later one. */
  isMissed?: boolean;
  /** It counts although it was overtaken. */
  late?: Late;
}

/** What becomes of an event that something later has overtaken: its own step while that is possible, else what keeps what it tells. */
export interface Late {
  /** The step, by the system, that takes what it tells, with `occurredAt` beside it; null where there is nothing to keep. */
  keptBy(subject: Subject, request: StepRequest): string | null;
}

export const payload = <Schema extends z.ZodType>(
  schema: Schema,
  build: Payload<Schema>['build'],
  more: Pick<Payload<Schema>, 'confide' | 'isMissed' | 'late'> = {},
): Payload => ({ schema, build, ...more });

export interface InboundHandler<S extends Subject = Subject> {
  machine: Machine<S, string>;
  /** By event. One that is a step, too, brings something into being where more is told than its name. */
  beginnings?: Record<string, Beginning>;
  /** By event. Whatever else is told is left out. */
  payloads?: Record<string, Payload>;
  /** Why a step of this one is not for the host to tell; null: it is. */
  refuses?(subject: S, event: string): string | null;
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
  of(told: Pick<Envelope, 'aggregate' | 'event' | 'type'>): AnyHandler {
    const handler = this.byAggregate.get(told.aggregate);
    if (!handler || !(handler.beginnings?.[told.event] || isStep(handler, told.event))) {
      throw badInput('type', `type: nothing is known of "${told.type}"`);
    }
    return handler;
  }

  /** Whether it could ever be merged. @throws BAD_USER_INPUT */
  check(told: Envelope): void {
    const begins = this.beginningOf(told);
    if (begins && told.isOurId) throw badInput('data.externalRef', 'data.externalRef: what comes into being needs a name of yours');
    const schema = (begins ?? this.of(told).payloads?.[told.event])?.schema;
    if (schema) parsed(schema, told.data, ['data']);
  }

  /** How it would bring something into being; null for what only moves. */
  beginningOf(told: Envelope): Beginning | null {
    const handler = this.of(told);
    const begins = handler.beginnings?.[told.event] ?? null;
    const isName = Object.keys(told.data).every((field) => OF_EVERY_EVENT.has(field));
    return isName && isStep(handler, told.event) ? null : begins;
  }

  isStep(told: Envelope): boolean {
    return isStep(this.of(told), told.event);
  }

  /** The step that it asks for. @throws BAD_USER_INPUT */
  async requestOf(told: Envelope): Promise<StepRequest> {
    const { event, reason } = told;
    const takes = this.of(told).payloads?.[event];
    if (!takes) return { event, reason };
    const data = parsed(takes.schema, told.data, ['data']);
    return { event, reason, payload: await takes.build(data), ...(takes.confide && { confidential: takes.confide(data) }) };
  }

  lateOf(told: Envelope): Late | null {
    return this.of(told).payloads?.[told.event]?.late ?? null;
  }

  /** Whether a step of this one needs nothing but its name, and is for the host to tell. */
  canSkip(handler: AnyHandler, subject: Subject): (event: string) => boolean {
    return (event) => {
      const takes = handler.payloads?.[event];
      const isBare = !takes || (!takes.isMissed && takes.schema.safeParse({}).success);
      return isBare && (handler.refuses?.(subject, event) ?? null) === null;
    };
  }
}

/** What is said of every event, whatever it is about. */
const OF_EVERY_EVENT: ReadonlySet<string> = new Set(['id', 'externalRef', 'version', 'occurredAt', 'reason']);

const isStep = ({ machine }: AnyHandler, event: string): boolean =>
  machine.steps.some((step) => step.event === event && step.from.length > 0 && step.by.includes('SERVICE'));
