import { Injectable } from '@nestjs/common';
import { badInput, notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { run } from '../database/sql.js';
import { type Action, mayGrant } from '../policy/policy.js';
import { type ParticipantRole, ParticipantStatus } from '../policy/roles.js';
import { noticeDraft, type NoticeEvent } from '../timeline/log/notice.js';
import { Timeline, type TimelineTransaction } from '../timeline/timeline.service.js';
import { enterRoom, type Membership, type Person } from './membership/membership.js';
import type { Participant } from './seats/participant.entity.js';
import type {
  AddParticipantInput,
  BlockParticipantInput,
  ChangeParticipantRoleInput,
  JoinRoomInput,
  LeaveRoomInput,
  MuteParticipantInput,
  RemoveParticipantInput,
  UnblockParticipantInput,
  UnmuteParticipantInput,
} from './participants.inputs.js';
import { activePeople, findParticipant, freeSeats, namesOf, seat, setRole, setStatus } from './seats/participants.queries.js';
import { recount } from './seats/recount.js';
import { SeatRules } from './seats/seat-rules.js';

const { ACTIVE, MUTED, BLOCKED, LEFT } = ParticipantStatus;

const JOINABLE = {
  name: 'joinable_room',
  text: `select id, visibility, status from rooms where id = $1 and deleted_at is null for no key update`,
};

interface JoinableRoom {
  id: string;
  visibility: string;
  status: string;
}

interface Change {
  event: NoticeEvent;
  /** The notice in English. */
  say(actor: string, person: string): string;
  details?: Record<string, unknown>;
}

/** Who is in a room and what they may do there. Each change and its notice are one commit, under the room's lock. */
@Injectable()
export class ParticipantsService {
  constructor(
    private readonly timeline: Timeline,
    private readonly rules: SeatRules,
  ) {}

  /** Adding somebody who is in already changes nothing. @throws ROOM_FULL, FORBIDDEN (a staff role; not one of a facility), CONFLICT (blocked) */
  add(actor: Person, input: AddParticipantInput): Promise<Participant> {
    return this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, 'participant.add');
      if (!mayGrant(me, input.role)) throw new ParleyError('FORBIDDEN', 'You may not give this role', { field: 'input.role' });
      const present = await findParticipant(tx.manager, me.roomId, input.userId);
      if (present?.status === BLOCKED) throw new ParleyError('CONFLICT', 'This person is blocked here: unblock them first');
      if (present && present.status !== LEFT) return present;
      await this.rules.require(tx.manager, { ...input, roomId: me.roomId, actor, event: 'participant.added', takesSeat: true });
      return this.takeSeat(
        tx,
        actor,
        { ...input, roomId: me.roomId },
        { event: 'participant.added', say: (a, p) => `${a} added ${p}`, details: { role: input.role } },
      );
    });
  }

  /** Enters a public room. @throws NOT_FOUND for a private room, ROOM_CLOSED, ROOM_FULL, FORBIDDEN (a staff role) */
  join(actor: Person, input: JoinRoomInput): Promise<Participant> {
    return this.timeline.commit(async (tx) => {
      const [room] = isId(input.roomId) ? await run<JoinableRoom>(tx.manager, JOINABLE, [input.roomId]) : [];
      if (!room) throw notFound();
      const present = await findParticipant(tx.manager, room.id, actor.userId);
      if (present?.status === ACTIVE || present?.status === MUTED) return present;
      if (room.visibility !== 'PUBLIC' || present?.status === BLOCKED) throw notFound();
      if (room.status !== 'OPEN') throw new ParleyError('ROOM_CLOSED');
      if (!mayGrant({ platformRole: actor.platformRole }, input.as))
        throw new ParleyError('FORBIDDEN', 'You may not take this role', { field: 'input.as' });
      const person = { roomId: room.id, userId: actor.userId, role: input.as, shareHistory: true };
      return this.takeSeat(tx, actor, person, { event: 'participant.joined', say: (a) => `${a} joined`, details: { role: input.as } });
    });
  }

  leave(actor: Person, input: LeaveRoomInput): Promise<Participant> {
    return this.change(actor, { ...input, userId: actor.userId }, 'participant.leave', [ACTIVE, MUTED], {
      event: 'participant.left',
      say: (a) => `${a} left`,
      make: (tx, participant) => setStatus(tx.manager, participant, LEFT, { reason: input.reason ?? 'left' }),
    });
  }

  remove(actor: Person, input: RemoveParticipantInput): Promise<Participant> {
    return this.change(actor, input, 'participant.remove', [ACTIVE, MUTED], {
      event: 'participant.removed',
      say: (a, p) => `${a} removed ${p}`,
      make: (tx, participant) => setStatus(tx.manager, participant, LEFT, { reason: input.reason ?? 'removed' }),
    });
  }

  /** @throws FORBIDDEN where one may not give the new role, or take the old one */
  changeRole(actor: Person, input: ChangeParticipantRoleInput): Promise<Participant> {
    return this.change(actor, input, 'participant.changeRole', [ACTIVE, MUTED], {
      event: 'participant.roleChanged',
      say: (a, p) => `${a} made ${p} ${input.role}`,
      details: { role: input.role },
      make: (tx, participant, me) => {
        const mayDecide = (role: ParticipantRole) => mayGrant(me, role);
        if (!mayDecide(input.role) || !mayDecide(participant.role))
          throw new ParleyError('FORBIDDEN', 'You may not decide over this role', { field: 'input.role' });
        return input.role === participant.role ? Promise.resolve(null) : setRole(tx.manager, participant, input.role);
      },
    });
  }

  mute(actor: Person, input: MuteParticipantInput): Promise<Participant> {
    return this.change(actor, input, 'participant.mute', [ACTIVE, MUTED], {
      event: 'participant.muted',
      say: (a, p) => `${a} muted ${p}`,
      details: { until: input.until ?? null },
      make: (tx, participant) => {
        const isSame = participant.status === MUTED && participant.mutedUntil?.getTime() === input.until?.getTime();
        return isSame ? Promise.resolve(null) : setStatus(tx.manager, participant, MUTED, { mutedUntil: input.until });
      },
    });
  }

  unmute(actor: Person, input: UnmuteParticipantInput): Promise<Participant> {
    return this.change(actor, input, 'participant.mute', [MUTED], {
      event: 'participant.unmuted',
      say: (a, p) => `${a} unmuted ${p}`,
      make: (tx, participant) => setStatus(tx.manager, participant, ACTIVE),
    });
  }

  /** Blocked people neither read nor hear, and cannot come back until they are unblocked. */
  block(actor: Person, input: BlockParticipantInput): Promise<Participant> {
    return this.change(actor, input, 'participant.block', [ACTIVE, MUTED, LEFT], {
      event: 'participant.blocked',
      say: (a, p) => `${a} blocked ${p}`,
      make: (tx, participant) => setStatus(tx.manager, participant, BLOCKED, { reason: input.reason ?? 'blocked' }),
    });
  }

  /** Gives the seat back. @throws ROOM_FULL */
  unblock(actor: Person, input: UnblockParticipantInput): Promise<Participant> {
    return this.change(actor, input, 'participant.block', [BLOCKED], {
      event: 'participant.unblocked',
      say: (a, p) => `${a} unblocked ${p}`,
      make: async (tx, participant) => {
        if ((await freeSeats(tx.manager, participant.roomId)) < 1) throw new ParleyError('ROOM_FULL');
        return setStatus(tx.manager, participant, ACTIVE);
      },
    });
  }

  private async takeSeat(
    tx: TimelineTransaction,
    actor: Person,
    person: { roomId: string; userId: string; role: ParticipantRole; shareHistory: boolean },
    change: Change,
  ): Promise<Participant> {
    const names = await activePeople(tx.manager, [actor.userId, person.userId], 'input.userId');
    if ((await freeSeats(tx.manager, person.roomId)) < 1) throw new ParleyError('ROOM_FULL');
    const participant = await seat(tx.manager, person.roomId, person);
    await this.record(tx, actor, participant, names, change);
    return participant;
  }

  /** `make` gives the participant as they are from now on; null, and then there is no notice, when nothing changed. */
  private change(
    actor: Person,
    input: { roomId: string; userId: string; reason?: string },
    action: Action,
    from: ParticipantStatus[],
    change: Change & { make(tx: TimelineTransaction, participant: Participant, me: Membership): Promise<Participant | null> },
  ): Promise<Participant> {
    return this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, action);
      if (action !== 'participant.leave' && input.userId.toLowerCase() === actor.userId)
        throw badInput('input.userId', 'This is done to others, not to oneself');
      const participant = await findParticipant(tx.manager, me.roomId, input.userId);
      if (!participant) throw badInput('input.userId', 'This person is not in the room');
      if (!from.includes(participant.status))
        throw new ParleyError('CONFLICT', `This person is ${participant.status}`, { field: 'input.userId' });
      if (action !== 'participant.leave') {
        const { roomId, userId, status } = participant;
        await this.rules.require(tx.manager, { roomId, userId, actor, event: change.event, takesSeat: status === BLOCKED });
      }
      const changed = await change.make(tx, participant, me);
      if (!changed) return participant;
      const names = await namesOf(tx.manager, [actor.userId, participant.userId]);
      await this.record(tx, actor, changed, names, {
        ...change,
        details: { ...change.details, ...(input.reason && { reason: input.reason }) },
      });
      return changed;
    });
  }

  private async record(
    tx: TimelineTransaction,
    actor: Person,
    participant: Participant,
    names: Map<string, string>,
    change: Change,
  ): Promise<void> {
    await recount(tx.manager, participant.roomId);
    const who = names.get(actor.userId) ?? 'Somebody';
    const whom = names.get(participant.userId) ?? 'somebody';
    const words = { who, whom, as: participant.role };
    const notice = { ...change.details, event: change.event, actorId: actor.userId, userId: participant.userId, words };
    await tx.append(noticeDraft(participant.roomId, change.say(who, whom), notice));
  }
}
