import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional } from 'class-validator';
import { Instant } from '../common/values/instant.js';
import { Text } from '../common/text/text.js';
import { MessageKind } from '../timeline/log/message.entity.js';

const MAX_TEXT = 200;

@InputType()
export class SearchMessagesInput {
  @Field(() => String, { description: 'Words, or beginnings of words, that all occur in the message; 1 to 200 characters.' })
  @Text({ min: 1, max: MAX_TEXT, trim: true })
  text: string;

  @Field(() => ID, { nullable: true, description: 'In this room only. Absent: in all my rooms.' })
  @IsOptional()
  roomId?: string | null;

  @Field(() => [MessageKind], { nullable: true })
  @IsOptional()
  @IsEnum(MessageKind, { each: true })
  @ArrayMaxSize(Object.keys(MessageKind).length)
  kinds?: MessageKind[] | null;

  @Field(() => ID, { nullable: true, description: 'Sent by this person.' })
  @IsOptional()
  senderId?: string | null;

  @Field(() => Date, { nullable: true, description: 'Sent at or after this time.' })
  @IsOptional()
  @Instant()
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Sent before this time.' })
  @IsOptional()
  @Instant()
  to?: Date | null;
}
