import { Field, InputType, IntersectionType, registerEnumType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayUnique, IsBoolean, IsEnum, IsIn, IsOptional } from 'class-validator';
import { Instant } from '../common/values/instant.js';
import { MessageKind } from '../timeline/log/message.entity.js';
import { RoomInput } from './participants.inputs.js';

export enum NotificationLevel {
  ALL = 'ALL',
  MENTIONS = 'MENTIONS',
  NONE = 'NONE',
}

registerEnumType(NotificationLevel, {
  name: 'NotificationLevel',
  description: 'What one is notified of in a room.',
  valuesMap: {
    MENTIONS: {
      description: 'Only of messages that name one in `metadata.mentions` (ids of people), answer one, or are addressed to one.',
    },
  },
});

export const NOTIFICATION_CHANNELS = ['PUSH', 'EMAIL'] as const;
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

@InputType({ description: 'What somebody is notified of. Absent: as before. Null: as the rule before it says.' })
export class NotificationRuleInput {
  @Field(() => NotificationLevel, { nullable: true })
  @IsOptional()
  @IsEnum(NotificationLevel)
  level?: NotificationLevel | null;

  @Field(() => [String], { nullable: true, description: 'Any of PUSH and EMAIL.' })
  @IsOptional()
  @IsIn(NOTIFICATION_CHANNELS, { each: true })
  @ArrayUnique()
  @ArrayMaxSize(NOTIFICATION_CHANNELS.length)
  channels?: NotificationChannel[] | null;

  @Field(() => [MessageKind], { nullable: true, description: 'Only of messages of these kinds.' })
  @IsOptional()
  @IsEnum(MessageKind, { each: true })
  @ArrayUnique()
  @ArrayMaxSize(Object.keys(MessageKind).length)
  kinds?: MessageKind[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a notification says who wrote what. In sensitive rooms it never does.' })
  @IsOptional()
  @IsBoolean()
  showsContent?: boolean | null;
}

@InputType({ description: 'What is left out stays as it is; null: as for all rooms.' })
export class UpdateNotificationPreferencesInput extends IntersectionType(RoomInput, NotificationRuleInput) {
  @Field(() => Date, { nullable: true, description: 'Silence until then. Null lifts it.' })
  @IsOptional()
  @Instant()
  silentUntil?: Date | null;
}
