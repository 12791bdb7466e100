import { Injectable } from '@nestjs/common';
import { Field, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer, type Viewer } from '../../auth/context.js';
import { Clock } from '../../common/clock.js';
import { perContext } from '../../common/graphql/loader.js';
import { toMembership } from '../../participants/membership/membership.js';
import type { Participant } from '../../participants/seats/participant.entity.js';
import { participantsOf } from '../../participants/seats/participants.queries.js';
import { standingAt } from '../../participants/membership/standing.js';
import type { Action } from '../../policy/policy.js';
import { ParticipantRole, ParticipantStatus } from '../../policy/roles.js';
import type { Metadata } from '../../timeline/log/message.entity.js';
import type { Room } from './room.entity.js';
import { REFUSED_WHILE_HELD } from './room-steps.js';
import { type MessagePlace, metadataAt, roomsByIds, type ViewerRow, viewersOf } from './rooms.queries.js';

@ObjectType({ description: "The signed-in person's own side of a room." })
export class RoomViewer {
  @Field(() => ParticipantRole, { nullable: true, description: 'Null for platform staff who look in without a seat.' })
  role: ParticipantRole | null;

  @Field(() => ParticipantStatus, { nullable: true, description: 'Null without a seat.' })
  status: ParticipantStatus | null;

  @Field(() => Date, { nullable: true, description: 'When a mute ends by itself; null while it is without an end.' })
  mutedUntil: Date | null;

  @Field(() => [String], { description: 'The actions that are legal now ("message.send"), from the same table that the server asks.' })
  can: Action[];

  @Field(() => Int, {
    description:
      'By others, not deleted, no notices, behind my position or from where I marked it as unread: exact up to 999; 1,000 means that many or more.',
  })
  unreadCount: number;

  @Field(() => Int, {
    nullable: true,
    description: 'The first message that counts as unread: where a divider belongs, and where to begin reading. Null while there is none.',
  })
  firstUnreadSequence: number | null;

  @Field(() => Int, { description: 'I have read everything up to this sequence. `markUnread` leaves it where it is.' })
  lastReadSequence: number;

  @Field(() => GraphQLJSONObject, { description: 'What `updateNotificationPreferences` was given: level, channels, silentUntil.' })
  notificationPreferences: Record<string, unknown>;

  /** Messages up to this sequence are hidden. */
  horizon: number;
}

/** At this moment: a mute may have run out. */
function toRoomViewer(row: ViewerRow, viewer: Viewer, now: Date): RoomViewer {
  const membership = toMembership(row, viewer);
  const isInside = membership !== null && !membership.isVisitor;
  const standing = isInside && row.status ? standingAt({ status: row.status, mutedUntil: row.muted_until }, now) : null;
  return Object.assign(new RoomViewer(), {
    role: isInside ? row.role : null,
    status: standing?.status ?? null,
    mutedUntil: standing?.mutedUntil ?? null,
    can: (membership?.actions() ?? []).filter((action) => row.hold_count === 0 || !REFUSED_WHILE_HELD.has(action)),
    unreadCount: isInside ? row.unread : 0,
    firstUnreadSequence: isInside ? row.first_unread : null,
    lastReadSequence: isInside ? (row.last_read_sequence ?? 0) : 0,
    notificationPreferences: (isInside && row.notification_preferences) || {},
    horizon: membership?.horizon ?? Number.MAX_SAFE_INTEGER,
  });
}

/** What hangs on a room, for all rooms of one execution at once. */
@Injectable()
export class RoomsLoader {
  private readonly rooms = perContext<RequestContext, string, Room>(
    async (ids) => new Map((await roomsByIds(this.dataSource, ids)).map((room) => [room.id, room])),
  );

  private readonly viewers = perContext<RequestContext, string, RoomViewer>(async (ids, context) => {
    const viewer = requireViewer(context);
    const rows = await viewersOf(this.dataSource, ids, viewer.userId);
    return new Map(rows.map((row) => [row.room_id, toRoomViewer(row, viewer, this.clock.now())]));
  });

  private readonly people = perContext<RequestContext, string, Participant[]>(async (ids) => {
    return Map.groupBy(await participantsOf(this.dataSource, ids), (participant) => participant.roomId);
  });

  private readonly notices = perContext<RequestContext, MessagePlace, Metadata>(async (places) => {
    const found = await metadataAt(this.dataSource, places);
    return new Map(places.flatMap((place, at) => (found[at] ? [[place, found[at]]] : [])));
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  room(context: RequestContext, roomId: string): Promise<Room | undefined> {
    return this.rooms(context).load(roomId);
  }

  viewer(context: RequestContext, roomId: string): Promise<RoomViewer | undefined> {
    return this.viewers(context).load(roomId);
  }

  /** For a statement that has read the viewer's side along with the room. */
  primeViewer(context: RequestContext, roomId: string, row: ViewerRow): void {
    this.viewers(context).prime(roomId, toRoomViewer(row, requireViewer(context), this.clock.now()));
  }

  /** Of one message; null where it has none. */
  async metadata(context: RequestContext, place: MessagePlace): Promise<Metadata | null> {
    return (await this.notices(context).load(place)) ?? null;
  }

  participants(context: RequestContext, roomId: string): Promise<Participant[] | undefined> {
    return this.people(context).load(roomId);
  }
}
