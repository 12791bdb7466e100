import { Field, ID, InputType } from '@nestjs/graphql';
import { IsEnum, IsIn, IsOptional, Validate, ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { GraphQLJSONObject } from 'graphql-scalars';
import { Instant } from '../../common/values/instant.js';
import { JsonObject } from '../../common/text/json.js';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';
import { MAX_REASON, RoomInput } from '../../participants/participants.inputs.js';
import { MessageKind, type Metadata } from '../../timeline/log/message.entity.js';
import { isEmoji } from './reaction.entity.js';

export const MAX_CONTENT = 8_000;
const MAX_METADATA = { maxBytes: 16 * 1024, maxDepth: 8 };
export const PEOPLES_KINDS = [MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE];

@InputType()
export class SendMessageInput extends RoomInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Your key for this message, 1 to 64 characters, best a UUID: a retry with the same key is the same message and is never sent twice.',
  })
  @IsOptional()
  @Text({ min: 1, max: 64 })
  clientId?: string | null;

  @Field(() => MessageKind, { defaultValue: MessageKind.TEXT, description: 'TEXT, IMAGE or FILE.' })
  @IsIn(PEOPLES_KINDS)
  kind: MessageKind;

  @Field(() => String, { nullable: true, description: '1 to 8,000 characters; white space at both ends is cut off. A TEXT needs it.' })
  @IsOptional()
  @Text({ min: 1, max: MAX_CONTENT, trim: true })
  content?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'Anything of yours that belongs to the message: at most 16 KB and 8 levels.',
  })
  @IsOptional()
  @JsonObject(MAX_METADATA)
  metadata?: Metadata | null;

  @Field(() => ID, { nullable: true, description: 'The message in this room that this one answers.' })
  @IsOptional()
  replyToId?: string | null;
}

@InputType({ isAbstract: true })
class MessageInput extends RoomInput {
  @Field(() => ID)
  messageId: string;
}

@InputType()
export class EditMessageInput extends MessageInput {
  @Field(() => String, { description: '1 to 8,000 characters; white space at both ends is cut off.' })
  @Text({ min: 1, max: MAX_CONTENT, trim: true })
  content: string;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'Absent: as before. Null: none.' })
  @IsOptional()
  @JsonObject(MAX_METADATA)
  metadata?: Metadata | null;
}

@InputType()
export class DeleteMessageInput extends MessageInput {
  @Field(() => String, { nullable: true, description: "Needed for somebody else's message; at most 500 characters." })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason?: string;
}

@ValidatorConstraint({ name: 'emoji' })
class IsEmoji implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && value.length <= 64 && isEmoji(value);
  }

  defaultMessage(): string {
    return 'emoji must be a single emoji';
  }
}

@InputType({ isAbstract: true })
class ReactionInput extends MessageInput {
  @Field(() => String, { description: 'A single emoji of Unicode.' })
  @Validate(IsEmoji)
  emoji: string;
}

@InputType()
export class AddReactionInput extends ReactionInput {}

@InputType()
export class RemoveReactionInput extends ReactionInput {}

@InputType({ description: 'Every condition that is given must hold.' })
export class MessageFilter {
  @Field(() => [MessageKind], { nullable: true, description: 'Absent: all kinds.' })
  @IsOptional()
  @IsEnum(MessageKind, { each: true })
  kinds?: MessageKind[];

  @Field(() => Date, { nullable: true, description: 'Sent at or after this time.' })
  @IsOptional()
  @Instant()
  from?: Date;

  @Field(() => Date, { nullable: true, description: 'Sent before this time.' })
  @IsOptional()
  @Instant()
  to?: Date;
}
