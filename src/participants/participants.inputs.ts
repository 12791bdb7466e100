import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsOptional, Max, Min, MinDate } from 'class-validator';
import { Instant } from '../common/values/instant.js';
import { Prose } from '../common/text/prose.js';
import { Text } from '../common/text/text.js';
import { ParticipantRole } from '../policy/roles.js';

export const MAX_REASON = 500;

/** Base of every input that acts on a room; the global guard finds the room in it. */
@InputType({ isAbstract: true })
export class RoomInput {
  @Field(() => ID)
  roomId: string;
}

@InputType({ isAbstract: true })
class ReasonedInput extends RoomInput {
  @Field(() => String, { nullable: true, description: 'Stands in the SYSTEM message that everybody sees; at most 500 characters.' })
  @IsOptional()
  @Prose()
  @Text({ min: 1, max: MAX_REASON, trim: true })
  reason?: string;
}

@InputType({ isAbstract: true })
class PersonInput extends ReasonedInput {
  @Field(() => ID)
  userId: string;
}

@InputType()
export class AddParticipantInput extends RoomInput {
  @Field(() => ID)
  userId: string;

  @Field(() => ParticipantRole, { description: 'Staff roles are given by platform staff and host systems only.' })
  @IsEnum(ParticipantRole)
  role: ParticipantRole;

  @Field(() => Boolean, { defaultValue: true, description: 'False: they see what is said from now on, and nothing earlier.' })
  shareHistory: boolean;
}

@InputType()
export class JoinRoomInput extends RoomInput {
  @Field(() => ParticipantRole, { defaultValue: ParticipantRole.CLIENT, description: 'As what; neither ADMIN nor a staff role.' })
  @IsEnum(ParticipantRole)
  as: ParticipantRole;
}

@InputType()
export class LeaveRoomInput extends ReasonedInput {}

@InputType()
export class RemoveParticipantInput extends PersonInput {}

@InputType()
export class ChangeParticipantRoleInput extends PersonInput {
  @Field(() => ParticipantRole)
  @IsEnum(ParticipantRole)
  role: ParticipantRole;
}

@InputType()
export class MuteParticipantInput extends PersonInput {
  @Field(() => Date, { nullable: true, description: 'When the mute ends by itself. Absent: until somebody lifts it.' })
  @IsOptional()
  @Instant()
  @MinDate(() => new Date(), { message: 'until must lie in the future' })
  until?: Date;
}

@InputType()
export class UnmuteParticipantInput extends PersonInput {}

@InputType()
export class BlockParticipantInput extends PersonInput {}

@InputType()
export class UnblockParticipantInput extends PersonInput {}

const MAX_SEQUENCE = 2 ** 31 - 1;

@InputType()
export class MarkReadInput extends RoomInput {
  @Field(() => Int, {
    description: 'Everything up to this sequence has been read. A position never moves back, and not past the newest message.',
  })
  @Min(0)
  @Max(MAX_SEQUENCE)
  upToSequence: number;
}

@InputType()
export class MarkUnreadInput extends RoomInput {
  @Field(() => Int, { description: 'Its `sequence`. What I have not read is unread anyway: one beyond that takes an earlier mark back.' })
  @Min(1)
  @Max(MAX_SEQUENCE)
  fromSequence: number;
}

@InputType()
export class MarkDeliveredInput extends RoomInput {
  @Field(() => Int, { description: 'Everything up to this sequence has reached a device.' })
  @Min(0)
  @Max(MAX_SEQUENCE)
  upToSequence: number;
}

@InputType()
export class UpdateReceiptsInput {
  @Field(() => Boolean, { description: 'True: nobody sees what I have read, also earlier; that it was delivered, they do.' })
  isHidden: boolean;
}

@InputType()
export class ClearHistoryInput extends RoomInput {
  @Field(() => Int, { nullable: true, description: 'Hide everything up to this sequence from me. Absent: everything there is.' })
  @IsOptional()
  @Min(0)
  @Max(MAX_SEQUENCE)
  upToSequence?: number;
}
