import { Args, Context, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type RequestContext, type Viewer } from '../auth/context.js';
import { Clock } from '../common/clock.js';
import { Requires, SignedIn } from '../policy/permission.decorators.js';
import { ParticipantStatus } from '../policy/roles.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import type { Membership } from './membership/membership.js';
import { Participant } from './seats/participant.entity.js';
import {
  AddParticipantInput,
  BlockParticipantInput,
  ChangeParticipantRoleInput,
  ClearHistoryInput,
  JoinRoomInput,
  LeaveRoomInput,
  MarkDeliveredInput,
  MarkReadInput,
  MuteParticipantInput,
  RemoveParticipantInput,
  UnblockParticipantInput,
  UnmuteParticipantInput,
  UpdateReceiptsInput,
} from './participants.inputs.js';
import { UpdateNotificationPreferencesInput } from './notification-preferences.inputs.js';
import { ParticipantsService } from './participants.service.js';
import { Me } from './membership/permission.guard.js';
import { PositionsService } from './positions.service.js';
import { standingAt } from './membership/standing.js';

const IN_DISPUTE = 'CONFLICT (`disputeId`: a live dispute concerns them, and you are not neutral in it)';

@Resolver(() => Participant)
export class ParticipantsResolver {
  constructor(
    private readonly participants: ParticipantsService,
    private readonly positions: PositionsService,
    private readonly users: UsersLoader,
    private readonly clock: Clock,
  ) {}

  @ResolveField(() => ParticipantStatus, { description: 'A mute that has run out is none.' })
  status(participant: Participant): ParticipantStatus {
    return standingAt(participant, this.clock.now()).status;
  }

  @ResolveField(() => Date, { nullable: true, description: 'When a mute ends by itself; null while it is without an end.' })
  mutedUntil(participant: Participant): Date | null {
    return standingAt(participant, this.clock.now()).mutedUntil;
  }

  @ResolveField(() => User)
  user(participant: Participant, _: unknown, context: RequestContext) {
    return this.users.load(context, participant.userId);
  }

  @Requires('participant.add')
  @Mutation(() => Participant, {
    description: 'Puts somebody into the room. Errors: ROOM_FULL, FORBIDDEN (a staff role), CONFLICT (blocked here).',
  })
  addParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: AddParticipantInput) {
    return this.participants.add(viewer, input);
  }

  @SignedIn()
  @Mutation(() => Participant, { description: 'Enters a public room. Errors: NOT_FOUND (also a private room), ROOM_CLOSED, ROOM_FULL.' })
  joinRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: JoinRoomInput) {
    return this.participants.join(viewer, input);
  }

  @Requires('participant.leave')
  @Mutation(() => Participant, {
    description: 'Leaves the room: nothing is read or heard from then on. Coming back keeps the read position.',
  })
  leaveRoom(@CurrentViewer() viewer: Viewer, @Args('input') input: LeaveRoomInput) {
    return this.participants.leave(viewer, input);
  }

  @Requires('participant.remove')
  @Mutation(() => Participant, { description: `Takes somebody out of the room; their streams end. Errors: ${IN_DISPUTE}.` })
  removeParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: RemoveParticipantInput) {
    return this.participants.remove(viewer, input);
  }

  @Requires('participant.changeRole')
  @Mutation(() => Participant, {
    description: `Errors: FORBIDDEN (a role that you may not give), NOT_FOUND (not in the room), ROOM_CLOSED, ${IN_DISPUTE}.`,
  })
  changeParticipantRole(@CurrentViewer() viewer: Viewer, @Args('input') input: ChangeParticipantRoleInput) {
    return this.participants.changeRole(viewer, input);
  }

  @Requires('participant.mute')
  @Mutation(() => Participant, {
    description: `Somebody reads on but does not speak, until they are unmuted or the time has come. Errors: ${IN_DISPUTE}.`,
  })
  muteParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: MuteParticipantInput) {
    return this.participants.mute(viewer, input);
  }

  @Requires('participant.mute')
  @Mutation(() => Participant, { description: 'Somebody may speak again.' })
  unmuteParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: UnmuteParticipantInput) {
    return this.participants.unmute(viewer, input);
  }

  @Requires('participant.block')
  @Mutation(() => Participant, {
    description: `Somebody neither reads nor hears, and cannot come back until they are unblocked. Errors: ${IN_DISPUTE}.`,
  })
  blockParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: BlockParticipantInput) {
    return this.participants.block(viewer, input);
  }

  @Requires('participant.block')
  @Mutation(() => Participant, { description: 'Gives a blocked person their seat back. Errors: ROOM_FULL.' })
  unblockParticipant(@CurrentViewer() viewer: Viewer, @Args('input') input: UnblockParticipantInput) {
    return this.participants.unblock(viewer, input);
  }

  @Requires('message.markRead')
  @Mutation(() => Participant, { description: 'I have read everything up to a sequence. Monotone and idempotent.' })
  markRead(@Me() me: Membership, @Args('input') input: MarkReadInput) {
    return this.positions.mark(me, 'read', input.upToSequence);
  }

  @Requires('message.markRead')
  @Mutation(() => Participant, { description: 'Everything up to a sequence has reached a device of mine. Monotone and idempotent.' })
  markDelivered(@Me() me: Membership, @Args('input') input: MarkDeliveredInput) {
    return this.positions.mark(me, 'delivered', input.upToSequence);
  }

  @SignedIn()
  @Mutation(() => User, {
    description:
      'Hides in all rooms how far I have read, or shows it again: in ticks, `readBy`, positions and events. My own unread counts do not change.',
  })
  async updateReceipts(
    @CurrentViewer() viewer: Viewer,
    @Args('input') { isHidden }: UpdateReceiptsInput,
    @Context() context: RequestContext,
  ): Promise<User | undefined> {
    await this.positions.hideReading(viewer.userId, isHidden);
    return this.users.load(context, viewer.userId);
  }

  @Requires('history.clear')
  @Mutation(() => Participant, { description: 'Hides the messages so far from me; for the others nothing changes.' })
  clearHistory(@Me() me: Membership, @Args('input') input: ClearHistoryInput) {
    return this.positions.clearHistory(me, input.upToSequence);
  }

  @Requires('preferences.update')
  @Mutation(() => Participant, { description: 'What I am notified of in this room; what is left out stays as it is.' })
  updateNotificationPreferences(@Me() me: Membership, @Args('input') input: UpdateNotificationPreferencesInput) {
    return this.positions.prefer(me, input);
  }
}
