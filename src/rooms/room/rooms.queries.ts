import type { EntityManager } from 'typeorm';
import { type Connection, run } from '../../database/sql.js';
import type { MembershipRow } from '../../participants/membership/membership.js';
import { type ParticipantStatus, RoomStatus } from '../../policy/roles.js';
import type { MessageKind, Metadata } from '../../timeline/log/message.entity.js';
import type { TitleWords } from '../../wording/titles.js';
import { Room, type RoomKind, type RoomVisibility } from './room.entity.js';
import { COUNTS, READ_UP_TO, UNREAD } from './unread.queries.js';

export interface RoomRow {
  id: string;
  code: string;
  kind: RoomKind;
  visibility: RoomVisibility;
  status: RoomStatus;
  title: string;
  title_is_custom: boolean;
  title_words: TitleWords | null;
  max_participants: number;
  participant_count: number;
  last_sequence: number;
  revision: number;
  last_message_preview: string | null;
  last_message_kind: MessageKind | null;
  last_message_sender_id: string | null;
  last_message_at: Date | null;
  last_activity_at: Date;
  is_sensitive: boolean;
  hold_count: number;
  created_by: string | null;
  created_at: Date;
}

export function toRoom(row: RoomRow): Room {
  return Object.assign(new Room(), {
    id: row.id,
    code: row.code,
    kind: row.kind,
    visibility: row.visibility,
    status: row.status,
    title: row.title,
    titleIsCustom: row.title_is_custom,
    titleWords: row.title_words,
    maxParticipants: row.max_participants,
    participantCount: row.participant_count,
    lastSequence: row.last_sequence,
    revision: row.revision,
    lastMessagePreview: row.last_message_preview,
    lastMessageKind: row.last_message_kind,
    lastMessageSenderId: row.last_message_sender_id,
    lastMessageAt: row.last_message_at,
    lastActivityAt: row.last_activity_at,
    isSensitive: row.is_sensitive,
    holdCount: row.hold_count,
    createdBy: row.created_by,
    createdAt: row.created_at,
  });
}

const COLUMNS = `r.id, r.code, r.kind, r.visibility, r.status, r.title, r.title_is_custom, r.title_words, r.max_participants, r.participant_count,
  r.last_sequence, r.revision, r.last_message_preview, r.last_message_kind, r.last_message_sender_id, r.last_message_at, r.last_activity_at,
  r.is_sensitive, r.hold_count, r.created_by, r.created_at`;

/** A viewer's side of a room. */
export interface ViewerRow extends MembershipRow {
  last_read_sequence: number | null;
  last_delivered_sequence: number | null;
  notification_preferences: Record<string, unknown> | null;
  hold_count: number;
  unread: number;
  first_unread: number | null;
}

const VIEWER = `r.id as room_id, r.status as room_status, r.is_sensitive, r.hold_count, p.role, p.status as participant_status, p.muted_until,
  p.history_from_sequence, p.last_read_sequence, p.last_delivered_sequence, p.notification_preferences, mine.unread, mine.first_unread`;

type ViewerColumns = Omit<ViewerRow, 'status'> & { participant_status: ParticipantStatus | null };

const toViewerRow = (row: ViewerColumns): ViewerRow => ({ ...row, status: row.participant_status });

const VIEWERS = {
  name: 'room_viewers',
  text: `select ${VIEWER} from rooms r left join participants p on p.room_id = r.id and p.user_id = $2 cross join lateral ${UNREAD} mine
    where r.id = any($1) and r.deleted_at is null`,
};

export async function viewersOf(connection: Connection, roomIds: readonly string[], userId: string): Promise<ViewerRow[]> {
  return (await run<ViewerColumns>(connection, VIEWERS, [roomIds, userId])).map(toViewerRow);
}

const BY_IDS = { name: 'rooms_by_ids', text: `select ${COLUMNS} from rooms r where r.id = any($1) and r.deleted_at is null` };

export async function roomsByIds(connection: Connection, ids: readonly string[]): Promise<Room[]> {
  return (await run<RoomRow>(connection, BY_IDS, [ids])).map(toRoom);
}

/** The page is chosen first; only its rooms are counted. */
const MINE = {
  name: 'my_rooms',
  text: `
with page as materialized (
  select p.room_id, r.last_activity_at from participants p join rooms r on r.id = p.room_id
  where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and r.status = any($2)
    and ($3::text[] is null or r.kind = any($3)) and ($4::text is null or r.title ilike $4)
    and (not $5 or (r.last_sequence > ${READ_UP_TO} and exists (select 1 from messages m where ${COUNTS})))
    and ($6::timestamptz is null or (r.last_activity_at, r.id) < ($6, $7::uuid))
  order by r.last_activity_at desc, r.id desc limit $8
)
select ${COLUMNS}, ${VIEWER}
from page join rooms r on r.id = page.room_id join participants p on p.room_id = r.id and p.user_id = $1 cross join lateral ${UNREAD} mine
order by r.last_activity_at desc, r.id desc`,
};

/** For a part of a title, literally: % and _ are characters like any other. */
const patternOf = (part: string | null | undefined): string | null => (part == null ? null : `%${part.replace(/[\\%_]/g, '\\$&')}%`);

export interface RoomListing {
  room: Room;
  viewer: ViewerRow;
}

export interface ActivityKey {
  at: string;
  id: string;
}

export async function myRooms(
  connection: Connection,
  userId: string,
  filter: { status?: RoomStatus[] | null; kind?: RoomKind[] | null; title?: string | null; unreadOnly?: boolean },
  after: ActivityKey | null,
  limit: number,
): Promise<RoomListing[]> {
  const rows = await run<RoomRow & ViewerColumns>(connection, MINE, [
    userId,
    filter.status ?? [RoomStatus.OPEN, RoomStatus.CLOSED],
    filter.kind ?? null,
    patternOf(filter.title),
    filter.unreadOnly ?? false,
    after?.at ?? null,
    after?.id ?? null,
    limit,
  ]);
  return rows.map((row) => ({ room: toRoom(row), viewer: toViewerRow({ ...row, room_id: row.id }) }));
}

const INBOX = {
  name: 'inbox_listings',
  text: `select p.user_id, ${COLUMNS}, ${VIEWER}
    from rooms r join participants p on p.room_id = r.id cross join lateral ${UNREAD} mine
    where r.id = any($1) and p.user_id = any($2) and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null`,
};

/** Some rooms as some people see them, for those who have a seat. */
export async function inboxListings(
  connection: Connection,
  roomIds: readonly string[],
  userIds: readonly string[],
): Promise<(RoomListing & { userId: string })[]> {
  const rows = await run<RoomRow & ViewerColumns & { user_id: string }>(connection, INBOX, [roomIds, userIds]);
  return rows.map((row) => ({ userId: row.user_id, room: toRoom(row), viewer: toViewerRow({ ...row, room_id: row.id }) }));
}

/** A look-up per room of the page; as an anti-join the blocked ones would be searched for among everybody first. */
const PUBLIC = {
  name: 'public_rooms',
  text: `select ${COLUMNS} from rooms r
    where r.visibility = 'PUBLIC' and r.deleted_at is null and r.status = 'OPEN' and ($1::text is null or r.title ilike $1)
      and ($2::timestamptz is null or (r.last_activity_at, r.id) < ($2, $3::uuid))
      and coalesce((select p.status from participants p where p.room_id = r.id and p.user_id = $5), 'NONE') <> 'BLOCKED'
    order by r.last_activity_at desc, r.id desc limit $4`,
};

/** Not those in which this person is blocked: for them such a room does not exist. */
export async function publicRooms(
  connection: Connection,
  userId: string,
  title: string | null,
  after: ActivityKey | null,
  limit: number,
): Promise<Room[]> {
  return (await run<RoomRow>(connection, PUBLIC, [patternOf(title), after?.at ?? null, after?.id ?? null, limit, userId])).map(toRoom);
}

/** Where a message stands. */
export interface MessagePlace {
  roomId: string;
  sequence: number;
}

const METADATA = {
  name: 'metadata_at',
  text: `select m.metadata from unnest($1::uuid[], $2::bigint[]) with ordinality as place(room_id, sequence, ord)
    left join messages m on m.room_id = place.room_id and m.sequence = place.sequence order by place.ord`,
};

/** In the order of the places. */
export async function metadataAt(connection: Connection, places: readonly MessagePlace[]): Promise<(Metadata | null)[]> {
  const values = [places.map(({ roomId }) => roomId), places.map(({ sequence }) => sequence)];
  return (await run<{ metadata: Metadata | null }>(connection, METADATA, values)).map(({ metadata }) => metadata);
}

const WITH = {
  name: 'room_with',
  text: `select ${COLUMNS} from participants me join rooms r on r.id = me.room_id
    where me.user_id = $1 and me.status in ('ACTIVE', 'MUTED') and r.deleted_at is null and ($3::text is null or r.kind = $3)
      and r.participant_count = cardinality($2::uuid[]) + 1
      and (select count(*) from participants p where p.room_id = r.id and p.user_id = any($2) and p.status in ('ACTIVE', 'MUTED')) = cardinality($2::uuid[])
    order by r.last_activity_at desc limit 1`,
};

/** The room in which exactly these people and the viewer are. */
export async function roomWith(connection: Connection, userId: string, others: string[], kind: RoomKind | null): Promise<Room | null> {
  const [row] = await run<RoomRow>(connection, WITH, [userId, others, kind]);
  return row ? toRoom(row) : null;
}

const INSERT = {
  name: 'insert_room',
  text: `insert into rooms (id, code, kind, visibility, title, title_is_custom, title_words, max_participants, is_sensitive, created_by, pair_key)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
};

export interface NewRoom {
  id: string;
  code: string;
  kind: RoomKind;
  visibility: RoomVisibility;
  title: string | TitleWords | null;
  maxParticipants: number;
  isSensitive: boolean;
  createdBy: string | null;
  pairKey: string | null;
}

/**
 * It goes by its code until it is recounted. False when the code or the pair is taken; a caller who lost the race for a pair finds the
 * winner's room.
 */
export async function insertRoom(manager: EntityManager, room: NewRoom): Promise<boolean> {
  const { id, code, kind, visibility, title, maxParticipants, isSensitive, createdBy, pairKey } = room;
  const isCustom = typeof title === 'string';
  const titles = [isCustom ? title : code, isCustom, isCustom ? null : title];
  const values = [id, code, kind, visibility, ...titles, maxParticipants, isSensitive, createdBy, pairKey];
  return (await run(manager, INSERT, values)).length === 1;
}

const BY_PAIR = { name: 'room_by_pair', text: 'select id from rooms where pair_key = $1 for no key update' };

export async function lockRoomByPair(manager: EntityManager, pairKey: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(manager, BY_PAIR, [pairKey]);
  return row?.id ?? null;
}
