import { type Connection, run } from '../../database/sql.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import type { Draft } from '../../timeline/log/append.queries.js';
import type { MessageKind, Metadata } from '../../timeline/log/message.entity.js';
import { HeldMessage, type HeldMessageStatus } from './held-message.entity.js';

const KNOWN = {
  name: 'known_before_send',
  text: `
select r.kind as room_kind, u.external_id, earlier.id is not null as is_sent,
  h.id as held_id, h.status, h.reason, h.client_fingerprint = $4 as same_content
from rooms r join users u on u.id = $2
left join lateral (
  select m.id from messages m where m.room_id = r.id and m.sender_id = $2 and m.client_id = $3 limit 1
) earlier on true
left join held_messages h on h.room_id = r.id and h.sender_id = $2 and h.client_id = $3
where r.id = $1`,
};

/** What a judge wants to know of a draft, and whether it is a retry of something that was judged before. */
export interface Known {
  room_kind: RoomKind;
  external_id: string;
  is_sent: boolean;
  held_id: string | null;
  status: HeldMessageStatus | null;
  reason: string | null;
  same_content: boolean | null;
}

export async function knownOf(
  connection: Connection,
  { roomId, senderId, clientId }: Draft,
  fingerprint: Buffer | null,
): Promise<Known | undefined> {
  const [row] = await run<Known>(connection, KNOWN, [roomId, senderId, clientId, fingerprint]);
  return row;
}

/** Two retries at once are one held message. */
const HOLD = {
  name: 'hold_message',
  text: `
insert into held_messages (id, room_id, sender_id, kind, content, metadata, reply_to_id, client_id, client_fingerprint, recipient_id,
  facility_id, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (room_id, sender_id, client_id) do update set client_id = excluded.client_id
returning id`,
};

export async function holdMessage(connection: Connection, id: string, draft: Draft, reason: string | null): Promise<string> {
  const { roomId, senderId, kind, content, metadata, replyToId, clientId, clientFingerprint, address } = draft;
  const message = [roomId, senderId, kind, content, metadata && JSON.stringify(metadata), replyToId, clientId, clientFingerprint];
  const [row] = await run<{ id: string }>(connection, HOLD, [id, ...message, address?.recipientId, address?.facilityId, reason]);
  return row?.id ?? id;
}

const COLUMNS = `h.id, h.room_id, h.sender_id, h.kind, h.content, h.metadata, h.reply_to_id, h.client_id, h.client_fingerprint, h.recipient_id, h.facility_id,
  h.status, h.reason,
  h.message_id, h.decided_by, h.decided_at, h.created_at`;

/** Support stays out of sensitive rooms. */
const SEEN = `from held_messages h join rooms r on r.id = h.room_id and r.deleted_at is null and (not r.is_sensitive or $2)`;

const WAITING = {
  name: 'held_messages',
  text: `select ${COLUMNS} ${SEEN} where h.status = 'HELD' and ($1::uuid is null or h.id > $1) order by h.id limit $3`,
};
const ONE = { name: 'held_message', text: `select ${COLUMNS} ${SEEN} where h.id = $1` };

interface Row {
  id: string;
  room_id: string;
  sender_id: string;
  kind: MessageKind;
  content: string | null;
  metadata: Metadata | null;
  reply_to_id: string | null;
  client_id: string | null;
  client_fingerprint: Buffer | null;
  recipient_id: string | null;
  facility_id: string | null;
  status: HeldMessageStatus;
  reason: string | null;
  message_id: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  created_at: Date;
}

const toHeld = (row: Row): HeldMessage =>
  Object.assign(new HeldMessage(), {
    id: row.id,
    roomId: row.room_id,
    senderId: row.sender_id,
    kind: row.kind,
    content: row.content,
    metadata: row.metadata,
    replyToId: row.reply_to_id,
    clientId: row.client_id,
    clientFingerprint: row.client_fingerprint,
    recipientId: row.recipient_id,
    facilityId: row.facility_id,
    status: row.status,
    reason: row.reason,
    messageId: row.message_id,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    createdAt: row.created_at,
  });

/** Oldest first. */
export async function heldMessages(connection: Connection, after: string | null, seesSensitive: boolean, limit: number) {
  return (await run<Row>(connection, WAITING, [after, seesSensitive, limit])).map(toHeld);
}

export async function heldMessage(connection: Connection, id: string, seesSensitive: boolean): Promise<HeldMessage | null> {
  const [row] = await run<Row>(connection, ONE, [id, seesSensitive]);
  return row ? toHeld(row) : null;
}

/** What is in the room is released, whatever somebody else decided in the same moment. */
const RELEASED = {
  name: 'release_held_message',
  text: `update held_messages set status = 'RELEASED', message_id = $2, decided_by = $3, decided_at = now() where id = $1 and status <> 'RELEASED'`,
};
const REFUSE = {
  name: 'refuse_held_message',
  text: `update held_messages set status = 'REFUSED', reason = $2, decided_by = $3, decided_at = now() where id = $1 and status = 'HELD' returning 1`,
};

export async function markReleased(connection: Connection, id: string, messageId: string, by: string): Promise<void> {
  await run(connection, RELEASED, [id, messageId, by]);
}

export async function markRefused(connection: Connection, id: string, reason: string, by: string): Promise<boolean> {
  return (await run(connection, REFUSE, [id, reason, by])).length > 0;
}
