import { Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsBoolean, IsEnum, IsOptional, Matches, ValidateBy, ValidateNested } from 'class-validator';
import { Instant } from '../../common/values/instant.js';
import { Text } from '../../common/text/text.js';
import { NotificationRuleInput } from '../../participants/notification-preferences.inputs.js';
import { RoomKind } from '../../rooms/room/room.entity.js';
import { Locale } from '../../wording/locale.js';
import { isTimeZone, TIME_OF_DAY } from './quiet-hours.js';

const TimeZone = () =>
  ValidateBy({
    name: 'timeZone',
    validator: {
      validate: (value) => typeof value === 'string' && isTimeZone(value),
      defaultMessage: (args) => `${args?.property} must be a time zone of IANA`,
    },
  });

@InputType({ description: 'A rule for rooms of a kind.' })
export class RoomKindRuleInput extends NotificationRuleInput {
  @Field(() => RoomKind)
  @IsEnum(RoomKind)
  roomKind: RoomKind;
}

@InputType({ description: 'Every day; over midnight where it ends before it begins. What comes meanwhile is told at its end.' })
export class QuietHoursInput {
  @Field(() => String, { description: '"22:00"' })
  @Matches(TIME_OF_DAY, { message: 'from must be a time of day such as 22:00' })
  from: string;

  @Field(() => String, { description: '"07:00"' })
  @Matches(TIME_OF_DAY, { message: 'to must be a time of day such as 07:00' })
  to: string;

  @Field(() => String, { description: 'As IANA has it: "Europe/Paris".' })
  @Text({ min: 1, max: 64 })
  @TimeZone()
  timeZone: string;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateNotificationSettingsInput {
  @Field(() => NotificationRuleInput, { nullable: true, description: 'For all rooms.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => NotificationRuleInput)
  everywhere?: NotificationRuleInput;

  @Field(() => [RoomKindRuleInput], { nullable: true, description: 'For rooms of a kind, stronger than the rule for all.' })
  @IsOptional()
  @ValidateNested({ each: true })
  @ArrayUnique(({ roomKind }: RoomKindRuleInput) => roomKind)
  @ArrayMaxSize(Object.keys(RoomKind).length)
  @Type(() => RoomKindRuleInput)
  roomKinds?: RoomKindRuleInput[];

  @Field(() => QuietHoursInput, { nullable: true, description: 'Null: none.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => QuietHoursInput)
  quietHours?: QuietHoursInput | null;

  @Field(() => Date, { nullable: true, description: 'Nothing that comes until then is told, also not later. Null lifts it.' })
  @IsOptional()
  @Instant()
  silentUntil?: Date | null;

  @Field(() => Locale, { nullable: true, description: 'The language of notifications.' })
  @IsOptional()
  @IsEnum(Locale)
  locale?: Locale;

  @Field(() => Boolean, { nullable: true, description: 'False: no e-mails, whatever the rules say.' })
  @IsOptional()
  @IsBoolean()
  isEmailAllowed?: boolean;
}
