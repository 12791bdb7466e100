import { hash } from 'node:crypto';
import { type Connection, run } from '../../database/sql.js';
import { newId } from '../../common/values/ids.js';
import { rolesThatMay } from '../../policy/policy.js';
import { RoomStatus } from '../../policy/roles.js';
import type { Address } from './message-address.entity.js';
import { Message, type MessageKind, type Metadata } from './message.entity.js';

/** A message before it has a place. Without a sender it is the system's, which no rule refuses. */
export interface Draft {
  roomId: string;
  senderId: string | null;
  kind: MessageKind;
  content: string | null;
  metadata: Metadata | null;
  replyToId: string | null;
  clientId: string | null;
  /** Of what the sender wrote, where something else becomes of it. Absent: of what is here. */
  clientFingerprint?: Buffer | null;
  /** Where it was sent to somebody rather than into a room. `AddressedWriter` keeps it with the message. */
  address?: Address | null;
}

export type Refusal = 'NOT_FOUND' | 'FORBIDDEN' | 'ROOM_CLOSED' | 'MUTED' | 'REPLY_NOT_FOUND';

/** What became of one draft. REPEATED: the sender's `clientId` names an earlier message, which is the answer if it says the same. */
export type Verdict =
  | { outcome: 'APPENDED'; message: Message; hasRead: boolean; isReadingHidden: boolean }
  | { outcome: 'REPEATED'; messageId: string; sameContent: boolean }
  | { outcome: Refusal }
  | { outcome: 'BUSY' };

/** Of a room that was waited for. */
export type Judged = Exclude<Verdict, { outcome: 'BUSY' }>;

/** Whether a room that somebody else is changing is waited for, or its drafts are handed back as BUSY. */
export type BusyRooms = 'wait' | 'skip';

/**
 * Appends many messages to many rooms at once: one statement, one commit, however many drafts. Whoever comes second to a room
 * waits for its row, or does without that room; room, membership and mute are then judged as they are after the wait, because the rows
 * are locked and read again, so no message gets behind a removal. What is read without a lock (an earlier message with the same
 * `client_id`) is as old as the statement: a race of two retries ends in a violation of `messages_client`, and the caller runs the
 * statement again.
 *
 * Each look-up is lateral, draft by draft: PostgreSQL keeps the plan of a prepared statement, and one that it made while the tables were
 * small and joined them as a whole, or by the room alone, would read all messages for every batch until the next `analyze`. It keeps one only
 * if no other looks cheaper, and a plan for one draft does, so how many drafts there are is hidden from it by `(select $1)`: otherwise every
 * call is planned anew, for as long as it runs.
 */
const statement = (busy: BusyRooms) => ({
  name: `append_${busy}`,
  text: `
with input as (
  select * from unnest((select $1::uuid[]), (select $2::uuid[]), (select $3::uuid[]), (select $4::text[]), (select $5::text[]),
    (select $6::text[]), (select $7::uuid[]), (select $8::text[]), (select $9::bytea[]))
    with ordinality as t(id, room_id, sender_id, kind, content, metadata, reply_to_id, client_id, fingerprint, ord)
), room as materialized (
  select locked.* from (select distinct room_id from input order by room_id) named
  cross join lateral (
    select r.id, r.status, r.deleted_at, r.last_sequence, r.revision
    from rooms r where r.id = named.room_id for no key update ${busy === 'skip' ? 'skip locked' : ''}
  ) locked
), seated as materialized (
  select i.*, room.id is not null and room.deleted_at is null as is_there, room.status as room_status, room.last_sequence,
    room.revision as room_revision, m.role, m.status, m.muted_until, m.last_read_sequence as had_read, m.history_from_sequence as horizon
  from input i
  left join room on room.id = i.room_id
  left join lateral (
    select p.role, p.status, p.muted_until, p.last_read_sequence, p.history_from_sequence
    from participants p where p.room_id = room.id and p.user_id = i.sender_id for no key update
  ) m on true
), judged as (
  select s.*, earlier.id as earlier_id, coalesce(earlier.client_fingerprint = s.fingerprint, true) as same_content,
    case
      ${busy === 'skip' ? "when s.room_status is null and (select true from rooms r where r.id = s.room_id) then 'BUSY'" : ''}
      when not s.is_there then 'NOT_FOUND'
      when s.sender_id is null then 'APPENDED'
      when s.role is null or s.status in ('LEFT', 'BLOCKED') then 'NOT_FOUND'
      when earlier.id is not null then 'REPEATED'
      when not s.role = any($10) then 'FORBIDDEN'
      when not s.role = any(case s.room_status when 'OPEN' then $10::text[] when 'CLOSED' then $11::text[] else $12::text[] end) then 'ROOM_CLOSED'
      when s.status = 'MUTED' and (s.muted_until is null or s.muted_until > now()) then 'MUTED'
      when s.reply_to_id is not null and (reply.room_id is distinct from s.room_id or reply.sequence <= s.horizon) then 'REPLY_NOT_FOUND'
      else 'APPENDED'
    end as outcome
  from seated s
  left join lateral (
    select e.id, e.client_fingerprint from messages e
    where e.room_id = s.room_id and e.sender_id = s.sender_id and e.client_id = s.client_id limit 1
  ) earlier on true
  left join lateral (select q.room_id, q.sequence from messages q where q.id = s.reply_to_id limit 1) reply on true
), numbered as (
  select j.*, last_sequence + row_number() over place as sequence, room_revision + row_number() over place as revision,
    date_trunc('milliseconds', clock_timestamp()) as created_at
  from judged j where outcome = 'APPENDED' window place as (partition by room_id order by ord)
), placed as (
  select n.*, had_read < min(sequence) over (partition by room_id, sender_id) - 1 as has_read from numbered n
), inserted as (
  insert into messages (room_id, sequence, id, sender_id, kind, content, metadata, reply_to_id, client_id, client_fingerprint,
    created_revision, revision, created_at)
  select room_id, sequence, id, sender_id, kind, content, metadata::jsonb, reply_to_id, client_id, fingerprint, revision, revision, created_at
  from placed
), moved as (
  update rooms r set last_sequence = h.sequence, revision = h.revision, last_message_preview = left(h.content, 200),
    last_message_kind = h.kind, last_message_sender_id = h.sender_id, last_message_at = h.created_at, last_activity_at = h.created_at
  from (select distinct on (room_id) * from placed order by room_id, sequence desc) h where r.id = h.room_id
), spoken as (
  select room_id, sender_id, max(sequence) as latest, bool_or(has_read) as has_read
  from placed where sender_id is not null group by room_id, sender_id
), positioned as (
  update participants p set last_read_sequence = greatest(p.last_read_sequence, s.latest),
    last_delivered_sequence = greatest(p.last_delivered_sequence, s.latest), unread_after_sequence = null
  from spoken s where p.room_id = s.room_id and p.user_id = s.sender_id
), receipted as (
  insert into read_receipts (room_id, user_id, up_to_sequence)
  select room_id, sender_id, latest from spoken where has_read on conflict do nothing
)
select j.ord, j.outcome, p.sequence, p.revision, p.created_at, j.earlier_id, j.same_content, coalesce(p.has_read, false) as has_read,
  case when p.has_read then (select u.is_reading_hidden from users u where u.id = p.sender_id) else false end as is_reading_hidden
from judged j left join placed p on p.ord = j.ord`,
});

const APPEND = { wait: statement('wait'), skip: statement('skip') };

interface Row {
  ord: number;
  outcome: 'APPENDED' | 'REPEATED' | 'BUSY' | Refusal;
  sequence: number;
  revision: number;
  created_at: Date;
  earlier_id: string;
  same_content: boolean;
  has_read: boolean;
  is_reading_hidden: boolean;
}

const SPEAKERS = [RoomStatus.OPEN, RoomStatus.CLOSED, RoomStatus.ARCHIVED].map((status) => rolesThatMay('message.send', status));

/** What makes two drafts the same message: everything that the sender chose. */
export function fingerprint({ clientId, clientFingerprint, kind, content, metadata, replyToId, address }: Draft): Buffer | null {
  if (clientId === null) return null;
  const chosen = [kind, content, metadata, replyToId, ...(address ? [address.recipientId, address.facilityId] : [])];
  return clientFingerprint ?? hash('sha256', JSON.stringify(chosen), 'buffer').subarray(0, 16);
}

function toMessage(draft: Draft, id: string, row: Row): Message {
  const message = new Message();
  message.roomId = draft.roomId;
  message.sequence = row.sequence;
  message.id = id;
  message.senderId = draft.senderId;
  message.kind = draft.kind;
  message.content = draft.content;
  message.metadata = draft.metadata;
  message.replyToId = draft.replyToId;
  message.clientId = draft.clientId;
  message.createdRevision = row.revision;
  message.revision = row.revision;
  message.createdAt = row.created_at;
  message.editedAt = null;
  message.deletedAt = null;
  message.deletedBy = null;
  return message;
}

/** One verdict per draft, in the order of the drafts. Two drafts with the same (room, sender, clientId) must not share a call. */
export async function append(connection: Connection, drafts: Draft[], busy: BusyRooms = 'wait'): Promise<Verdict[]> {
  const ids = drafts.map(newId);
  const prints = drafts.map(fingerprint);
  const column = <Key extends keyof Draft>(key: Key) => drafts.map((draft) => draft[key]);
  const rows = await run<Row>(connection, APPEND[busy], [
    ids,
    column('roomId'),
    column('senderId'),
    column('kind'),
    column('content'),
    drafts.map((draft) => draft.metadata && JSON.stringify(draft.metadata)),
    column('replyToId'),
    column('clientId'),
    prints,
    ...SPEAKERS,
  ]);
  const verdicts: Verdict[] = [];
  for (const row of rows) {
    const at = row.ord - 1;
    const draft = drafts[at];
    const id = ids[at];
    if (!draft || !id) continue;
    if (row.outcome === 'APPENDED') {
      const { outcome, has_read: hasRead, is_reading_hidden: isReadingHidden } = row;
      verdicts[at] = { outcome, message: toMessage(draft, id, row), hasRead, isReadingHidden };
    } else if (row.outcome === 'REPEATED') {
      verdicts[at] = { outcome: row.outcome, messageId: row.earlier_id, sameContent: row.same_content };
    } else {
      verdicts[at] = { outcome: row.outcome };
    }
  }
  return verdicts;
}
