import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsEnum, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { Prose } from '../../common/text/prose.js';
import { Text } from '../../common/text/text.js';
import { MAX_REASON, RoomInput } from '../../participants/participants.inputs.js';
import { ParticipantRole, RoomStatus } from '../../policy/roles.js';
import { MAX_TITLE } from '../../wording/titles.js';
import { RoomKind, RoomVisibility } from './room.entity.js';

const MIN_SEATS = 2;
export const MAX_SEATS = 50;

@InputType({ description: 'Somebody who is in the room from the start.' })
export class InvitedPersonInput {
  @Field(() => ID)
  userId: string;

  @Field(() => ParticipantRole, { description: 'Staff roles are given by platform staff and host systems only.' })
  @IsEnum(ParticipantRole)
  role: ParticipantRole;
}

@InputType()
export class CreateRoomInput {
  @Field(() => RoomKind, { defaultValue: RoomKind.GROUP, description: 'Any but DIRECT, which `openDirectRoom` makes.' })
  @IsEnum(RoomKind)
  kind: RoomKind;

  @Field(() => String, {
    nullable: true,
    description: '1 to 200 characters, the same in every language. Absent: made from the people, see `Room.title`.',
  })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_TITLE, trim: true })
  title?: string;

  @Field(() => RoomVisibility, { defaultValue: RoomVisibility.PRIVATE })
  @IsEnum(RoomVisibility)
  visibility: RoomVisibility;

  @Field(() => Int, { defaultValue: MAX_SEATS, description: '2 to 50.' })
  @Min(MIN_SEATS)
  @Max(MAX_SEATS)
  maxParticipants: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Platform support stays out unless it is invited.' })
  isSensitive: boolean;

  @Field(() => ParticipantRole, {
    nullable: true,
    description: 'Your own role. Absent: ADMIN in a GROUP, else CLIENT; a host system then takes no seat.',
  })
  @IsOptional()
  @IsEnum(ParticipantRole)
  as?: ParticipantRole;

  @Field(() => [InvitedPersonInput], { defaultValue: [], description: 'The others; you yourself are in it anyway.' })
  @ValidateNested({ each: true })
  @Type(() => InvitedPersonInput)
  @ArrayMaxSize(MAX_SEATS)
  participants: InvitedPersonInput[];
}

@InputType()
export class OpenDirectRoomInput {
  @Field(() => ID, { description: 'The other person.' })
  userId: string;

  @Field(() => ParticipantRole, { defaultValue: ParticipantRole.CLIENT, description: 'Your own role, when the room is new.' })
  @IsEnum(ParticipantRole)
  as: ParticipantRole;

  @Field(() => ParticipantRole, { defaultValue: ParticipantRole.CLIENT, description: "The other person's role, when the room is new." })
  @IsEnum(ParticipantRole)
  role: ParticipantRole;
}

@InputType()
export class UpdateRoomInput extends RoomInput {
  @Field(() => String, { nullable: true, description: 'Null: back to the title that the system makes, see `Room.title`.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_TITLE, trim: true })
  title?: string | null;

  @Field(() => RoomVisibility, { nullable: true })
  @IsOptional()
  @IsEnum(RoomVisibility)
  visibility?: RoomVisibility;

  @Field(() => Int, { nullable: true, description: '2 to 50, and not fewer than have a seat.' })
  @IsOptional()
  @Min(MIN_SEATS)
  @Max(MAX_SEATS)
  maxParticipants?: number;
}

@InputType({ isAbstract: true })
class RoomStepInput extends RoomInput {
  @Field(() => String, { nullable: true, description: 'Stands in the SYSTEM message; at most 500 characters.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason?: string;
}

@InputType()
export class CloseRoomInput extends RoomStepInput {}

@InputType()
export class ReopenRoomInput extends RoomStepInput {}

@InputType()
export class ArchiveRoomInput extends RoomStepInput {}

@InputType()
export class DeleteRoomInput extends RoomStepInput {}

@InputType({ description: 'Every condition that is given must hold.' })
export class RoomFilter {
  @Field(() => [RoomStatus], { nullable: true, description: 'Absent: OPEN and CLOSED.' })
  @IsOptional()
  @IsEnum(RoomStatus, { each: true })
  @ArrayMaxSize(3)
  status?: RoomStatus[] | null;

  @Field(() => [RoomKind], { nullable: true, description: 'Absent: all kinds.' })
  @IsOptional()
  @IsEnum(RoomKind, { each: true })
  @ArrayMaxSize(20)
  kind?: RoomKind[] | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Only rooms with a message that I have not read.' })
  unreadOnly: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'A part of the title, in any case; of titles that the system makes, the English one.',
  })
  @IsOptional()
  @Text({ min: 1, max: MAX_TITLE, trim: true })
  title?: string | null;
}
