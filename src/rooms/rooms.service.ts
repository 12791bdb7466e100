import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { badInput, notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { run } from '../database/sql.js';
import { enterRoom, type Person } from '../participants/membership/membership.js';
import { findParticipant, freeSeats, namesOf, seat } from '../participants/seats/participants.queries.js';
import { recount } from '../participants/seats/recount.js';
import { mayGrant } from '../policy/policy.js';
import { ParticipantRole, ParticipantStatus, PlatformRole, RoomStatus } from '../policy/roles.js';
import { noticeDraft, type Notice, type Words } from '../timeline/log/notice.js';
import { Timeline, type TimelineTransaction } from '../timeline/timeline.service.js';
import { type Room, RoomKind, RoomVisibility } from './room/room.entity.js';
import { directKeyOf, DirectRooms, NO_CONTACT } from './room/direct-rooms.js';
import { type RoomQuestion, RoomRules } from './room/room-rules.js';
import { openRoom, refuseWhileHeld, type RoomPlan, setRoomStatus } from './room/room-steps.js';
import type { CreateRoomInput, OpenDirectRoomInput, UpdateRoomInput } from './room/rooms.inputs.js';
import { lockRoomByPair, roomsByIds } from './room/rooms.queries.js';

const UPDATE = {
  name: 'update_room',
  text: `update rooms set title = coalesce($2, title), title_is_custom = $3, visibility = $4, max_participants = $5 where id = $1`,
};
const DELETE = { name: 'delete_room', text: 'update rooms set deleted_at = now(), pair_key = null where id = $1' };

/** Their people are chosen by who belongs to the facility. */
function refusePublicFacility(kind: RoomKind, visibility: RoomVisibility): void {
  if (kind === RoomKind.FACILITY && visibility === RoomVisibility.PUBLIC)
    throw badInput('input.visibility', 'The room of a facility is private');
}

interface Step {
  roomId: string;
  reason?: string;
}

/** Rooms come into being, change and end here; each change and its notice are one commit. */
@Injectable()
export class RoomsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly directRooms: DirectRooms,
    private readonly rules: RoomRules,
  ) {}

  /** @throws FORBIDDEN (a role that one may not give; no contact), ROOM_FULL, BAD_USER_INPUT (no such person, or twice) */
  async create(actor: Person, input: CreateRoomInput): Promise<Room> {
    if (input.kind === RoomKind.DIRECT) throw badInput('input.kind', 'Direct rooms are made by openDirectRoom');
    refusePublicFacility(input.kind, input.visibility);
    const own = this.creatorsRole(actor, input);
    const people = input.participants.map((person) => ({ ...person, userId: person.userId.toLowerCase() }));
    const everybody = [...(own ? [{ userId: actor.userId, role: own }] : []), ...people];
    if (new Set(everybody.map((person) => person.userId)).size < everybody.length) {
      throw badInput('input.participants', 'Somebody is named twice; you yourself go by `as`');
    }
    if (everybody.length > input.maxParticipants) throw new ParleyError('ROOM_FULL');
    const granting = { role: own, platformRole: actor.platformRole };
    if (people.some(({ role }) => !mayGrant(granting, role))) {
      throw new ParleyError('FORBIDDEN', 'You may not give this role', { field: 'input.participants' });
    }
    // As for a direct room: a group of two is one by another name.
    for (const { userId } of people) {
      if (
        actor.platformRole === PlatformRole.USER &&
        isId(userId) &&
        !(await this.directRooms.mayOpen(this.dataSource, actor.userId, userId))
      )
        throw new ParleyError('FORBIDDEN', NO_CONTACT, { field: 'input.participants' });
    }
    const { title = null, ...settings } = input;
    const id = await this.timeline.commit((tx) => this.open(tx, actor, { ...settings, title, pairKey: null }, everybody));
    return this.load(id);
  }

  /**
   * The one room of two people; whoever asks second, or at the same moment, gets the same.
   *
   * @throws BAD_USER_INPUT, NOT_FOUND (blocked), FORBIDDEN (a role that one may not give; people who may not write to each other)
   */
  async openDirect(actor: Person, input: OpenDirectRoomInput): Promise<Room> {
    const other = input.userId.toLowerCase();
    if (!isId(other)) throw badInput('input.userId', 'There is no such person');
    if (other === actor.userId) throw badInput('input.userId', 'A direct room needs somebody else');
    for (const role of [input.as, input.role]) {
      if (!mayGrant({ platformRole: actor.platformRole }, role)) throw new ParleyError('FORBIDDEN', 'You may not give this role');
    }
    const pairKey = directKeyOf(actor.userId, other);
    const people = [
      { userId: actor.userId, role: input.as },
      { userId: other, role: input.role },
    ];
    const settings = {
      kind: RoomKind.DIRECT,
      visibility: RoomVisibility.PRIVATE,
      title: null,
      maxParticipants: 2,
      isSensitive: false,
      pairKey,
    };
    const isPerson = actor.platformRole === PlatformRole.USER;
    const id = await this.timeline.commit(async (tx) => {
      // Before anything is looked for: who may not write to somebody does not hear whether they exist.
      if (isPerson && !(await this.directRooms.mayOpen(tx.manager, actor.userId, other))) {
        throw new ParleyError('FORBIDDEN', NO_CONTACT, { field: 'input.userId' });
      }
      const existing = await lockRoomByPair(tx.manager, pairKey);
      return existing ? this.comeBack(tx, actor, existing) : this.open(tx, actor, settings, people);
    });
    return this.load(id);
  }

  /** @throws BAD_USER_INPUT where more people have a seat than there would be seats */
  async update(actor: Person, input: UpdateRoomInput): Promise<Room> {
    const id = await this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, 'room.update');
      const room = await this.load(me.roomId, tx);
      const chosen = room.titleIsCustom ? room.title : null;
      const title = input.title === undefined ? chosen : input.title;
      const next = {
        title,
        visibility: input.visibility ?? room.visibility,
        maxParticipants: input.maxParticipants ?? room.maxParticipants,
      };
      const { visibility, maxParticipants } = next;
      refusePublicFacility(room.kind, visibility);
      if (title === chosen && visibility === room.visibility && maxParticipants === room.maxParticipants) return room.id;
      if (maxParticipants < room.participantCount) throw badInput('input.maxParticipants', `${room.participantCount} people have a seat`);
      await run(tx.manager, UPDATE, [room.id, title, title !== null, visibility, maxParticipants]);
      await recount(tx.manager, room.id);
      const isRenamed = title !== null && title !== room.title;
      const words: Words = isRenamed ? { variant: 'renamed', title } : {};
      await this.record(tx, actor, room.id, { event: 'room.updated', ...next, words }, (name) =>
        isRenamed ? `${name} renamed the room to "${title}"` : `${name} changed the room's settings`,
      );
      return room.id;
    });
    return this.load(id);
  }

  close = (actor: Person, input: Step) => this.step(actor, input, 'room.close', RoomStatus.CLOSED);
  reopen = (actor: Person, input: Step) => this.step(actor, input, 'room.reopen', RoomStatus.OPEN);
  archive = (actor: Person, input: Step) => this.step(actor, input, 'room.archive', RoomStatus.ARCHIVED);

  /** Gone for everybody, streams included. The same people can open a new one. @throws CONFLICT while a dispute is live */
  delete(actor: Person, input: Step): Promise<boolean> {
    return this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, 'room.delete');
      await this.rules.require(tx.manager, { roomId: me.roomId, actor, action: 'room.delete' });
      await refuseWhileHeld(tx.manager, me.roomId);
      await this.record(
        tx,
        actor,
        me.roomId,
        { event: 'room.deleted', ...(input.reason && { reason: input.reason }) },
        (name) => `${name} deleted the room`,
      );
      await run(tx.manager, DELETE, [me.roomId]);
      return true;
    });
  }

  async load(id: string, tx?: TimelineTransaction): Promise<Room> {
    const [room] = isId(id) ? await roomsByIds(tx?.manager ?? this.dataSource, [id]) : [];
    if (!room) throw notFound();
    return room;
  }

  private async step(actor: Person, input: Step, action: RoomQuestion['action'], status: RoomStatus): Promise<Room> {
    const id = await this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, action);
      await this.rules.require(tx.manager, { roomId: me.roomId, actor, action });
      await setRoomStatus(tx, me.roomId, status, actor.userId, input.reason);
      return me.roomId;
    });
    return this.load(id);
  }

  /** A host system opens rooms for others; people open rooms that they are in. */
  private creatorsRole(actor: Person, input: CreateRoomInput): ParticipantRole | undefined {
    if (!input.as) {
      if (actor.platformRole === PlatformRole.SERVICE) return undefined;
      return input.kind === RoomKind.GROUP ? ParticipantRole.ADMIN : ParticipantRole.CLIENT;
    }
    const isOwnGroup = input.as === ParticipantRole.ADMIN && input.kind === RoomKind.GROUP;
    if (!isOwnGroup && !mayGrant({ platformRole: actor.platformRole }, input.as)) {
      throw new ParleyError('FORBIDDEN', 'You may not take this role', { field: 'input.as' });
    }
    return input.as;
  }

  private async open(
    tx: TimelineTransaction,
    actor: Person,
    settings: Omit<RoomPlan, 'people'>,
    people: RoomPlan['people'],
  ): Promise<string> {
    const id = await openRoom(tx, { ...settings, people }, actor.userId);
    if (id !== null) return id;
    const winner = settings.pairKey && (await lockRoomByPair(tx.manager, settings.pairKey));
    // Without a key, or with one that is free again: one code in 2^40 was taken.
    return winner ? this.comeBack(tx, actor, winner) : this.open(tx, actor, settings, people);
  }

  /** Who left their direct room and opens it again is back in it. */
  private async comeBack(tx: TimelineTransaction, actor: Person, roomId: string): Promise<string> {
    const participant = await findParticipant(tx.manager, roomId, actor.userId);
    if (!participant || participant.status === ParticipantStatus.BLOCKED) throw notFound();
    if (participant.status === ParticipantStatus.LEFT) {
      if ((await freeSeats(tx.manager, roomId)) < 1) throw new ParleyError('ROOM_FULL');
      await seat(tx.manager, roomId, { userId: actor.userId, role: participant.role, shareHistory: true });
      await recount(tx.manager, roomId);
      await this.record(
        tx,
        actor,
        roomId,
        { event: 'participant.joined', userId: actor.userId, words: { variant: 'again' } },
        (name) => `${name} came back`,
      );
    }
    return roomId;
  }

  private async record(
    tx: TimelineTransaction,
    actor: Person,
    roomId: string,
    notice: Omit<Notice, 'actorId'> & Pick<Notice, 'event' | 'words'>,
    say: (name: string) => string,
  ): Promise<void> {
    const names = await namesOf(tx.manager, [actor.userId]);
    const who = names.get(actor.userId) ?? 'Somebody';
    await tx.append(noticeDraft(roomId, say(who), { ...notice, actorId: actor.userId, words: { who, ...notice.words } }));
  }
}
