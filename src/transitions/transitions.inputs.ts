import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsOptional, Max, Min } from 'class-validator';
import { Prose } from '../common/text/prose.js';
import { Text } from '../common/text/text.js';
import { MAX_REASON } from '../participants/participants.inputs.js';
import type { Metadata } from '../timeline/log/message.entity.js';
import type { StepRequest } from './machine/machine.js';
import { Authority } from './machine/subject.js';

const MAX_KEY = 64;
const MAX_VERSION = 2 ** 31 - 1;
/** Of a name that the host has for something. */
export const MAX_REF = 200;

/** Base of every input that begins a subject or moves one. */
@InputType({ isAbstract: true })
export class KeyedInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Of your making, 1 to 64 characters. A repeated call with the same key happens once; with other content it is IDEMPOTENCY_CONFLICT.',
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_KEY })
  idempotencyKey?: string | null;
}

/** Base of every input that begins what the host may have a name for. */
@InputType({ isAbstract: true })
export class NamedInput extends KeyedInput {
  @Field(() => String, {
    nullable: true,
    description:
      "The host's own name for it, at most 200 characters: what has this name already is answered as it is. FORBIDDEN for all but the host (a SERVICE token).",
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_REF })
  externalRef?: string | null;
}

/** Base of every input that begins what the host may keep to itself. */
@InputType({ isAbstract: true })
export class OwnedInput extends NamedInput {
  @Field(() => Authority, { defaultValue: Authority.PARLEY, description: 'HOST is FORBIDDEN for all but the host (a SERVICE token).' })
  @IsEnum(Authority)
  authority: Authority;
}

/** Base of every input that moves a subject one step. */
@InputType({ isAbstract: true })
export class StepInput extends KeyedInput {
  @Field(() => Int, { nullable: true, description: 'The version that you have seen. STALE_VERSION when there is a later one.' })
  @IsOptional()
  @Min(1)
  @Max(MAX_VERSION)
  expectedVersion?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Everybody in the room can read it; at most 500 characters. BAD_USER_INPUT where the step needs one (`needsReason`) and it is absent.',
  })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason?: string | null;
}

@InputType()
export class DeclineRequestInput {
  @Field(() => ID, { description: 'The `requestId` of what the host was told, and the `id` among `pendingRequests`.' })
  requestId: string;

  @Field(() => String, { nullable: true, description: 'Everybody in the room can read it; at most 500 characters.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason?: string | null;
}

/** What the engine needs of such an input. */
export const requestOf = (event: string, input: StepInput, payload: Metadata = {}): StepRequest => ({
  event,
  payload,
  reason: input.reason ?? null,
  expectedVersion: input.expectedVersion ?? null,
  idempotencyKey: input.idempotencyKey ?? null,
});
