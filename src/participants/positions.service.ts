import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { notFound, ParleyError } from '../common/errors/errors.js';
import { run } from '../database/sql.js';
import { HistoryCleared, OwnSideChanged, ReceiptAdvanced } from '../timeline/log/read-position.js';
import { Timeline } from '../timeline/timeline.service.js';
import type { Membership } from './membership/membership.js';
import { Memberships } from './membership/memberships.service.js';
import type { Participant } from './seats/participant.entity.js';
import type { UpdateNotificationPreferencesInput } from './notification-preferences.inputs.js';
import { findOwnSeat } from './seats/participants.queries.js';

interface Position {
  last_read_sequence: number;
  last_delivered_sequence: number;
  is_reading_hidden: boolean;
}

interface Mark extends Position {
  /** For the others: what is hidden from them, or was marked as unread and is read again, changes nothing there. */
  advanced: boolean;
  moved: boolean;
}

const receiptOf = (userId: string, position: Position): ReceiptAdvanced =>
  new ReceiptAdvanced(userId, position.last_read_sequence, position.last_delivered_sequence, position.is_reading_hidden);

/**
 * Moves a position forward, never back, never past the newest message, and writes down the act of reading. What was marked as unread is
 * read up to there. One statement; the row lock makes the later of two racing calls see the earlier one.
 */
const MARK = {
  name: 'mark',
  text: `
with target as materialized (
  select p.room_id, p.user_id, p.last_read_sequence as had_read, p.last_delivered_sequence as had_delivered,
    p.unread_after_sequence as had_marked, least($3::bigint, r.last_sequence) as upto, u.is_reading_hidden
  from participants p join rooms r on r.id = p.room_id join users u on u.id = p.user_id
  where p.room_id = $1 and p.user_id = $2 and p.status in ('ACTIVE', 'MUTED') for no key update of p
), moved as (
  update participants p set last_read_sequence = case when $4 then greatest(t.had_read, t.upto) else t.had_read end,
    last_delivered_sequence = greatest(t.had_delivered, t.upto),
    unread_after_sequence = case when not $4 or t.upto <= t.had_marked then t.had_marked when t.upto < t.had_read and t.had_marked is not null then t.upto end
  from target t where p.room_id = t.room_id and p.user_id = t.user_id
    and t.upto > case when $4 then coalesce(t.had_marked, t.had_read) else t.had_delivered end
  returning p.last_read_sequence, p.last_delivered_sequence
), receipted as (
  insert into read_receipts (room_id, user_id, up_to_sequence)
  select room_id, user_id, upto from target where $4 and upto > had_read on conflict do nothing
)
select coalesce(m.last_read_sequence, t.had_read) as last_read_sequence,
  coalesce(m.last_delivered_sequence, t.had_delivered) as last_delivered_sequence, m.last_read_sequence is not null as moved,
  t.upto > case when $4 and not t.is_reading_hidden then t.had_read else t.had_delivered end as advanced,
  t.is_reading_hidden
from target t left join moved m on true`,
};

/** Behind the read position, which stays: ticks never go back. Where that does not reach, everything is unread already. */
const MARK_UNREAD = {
  name: 'mark_unread',
  text: `
update participants set unread_after_sequence = case when $3::bigint <= last_read_sequence then $3 - 1 end
where room_id = $1 and user_id = $2 and status in ('ACTIVE', 'MUTED') returning user_id`,
};

/** What is shown again is told; what is hidden from now on nobody can unhear. */
const HIDE_READING = {
  name: 'hide_reading',
  text: `
with changed as (update users set is_reading_hidden = $2 where id = $1 and is_reading_hidden <> $2 returning id, is_reading_hidden)
select p.room_id, p.last_read_sequence, p.last_delivered_sequence, c.is_reading_hidden
from changed c join participants p on p.user_id = c.id join rooms r on r.id = p.room_id
where not c.is_reading_hidden and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null`,
};

const CLEAR = {
  name: 'clear_history',
  text: `
update participants p set history_from_sequence = greatest(p.history_from_sequence, least($3::bigint, r.last_sequence))
from rooms r where r.id = p.room_id and p.room_id = $1 and p.user_id = $2 and p.status in ('ACTIVE', 'MUTED')
returning p.history_from_sequence`,
};

const PREFER = {
  name: 'set_preferences',
  text: 'update participants set notification_preferences = notification_preferences || $3::jsonb where room_id = $1 and user_id = $2',
};

/** What a participant says about their own side of a room. Nothing here is history: it moves no revision. */
@Injectable()
export class PositionsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly memberships: Memberships,
  ) {}

  /** Idempotent and monotone: the answer is the position that holds, whoever moved it. */
  async mark(me: Membership, what: 'read' | 'delivered', upToSequence: number): Promise<Participant> {
    const [position] = await run<Mark>(this.dataSource, MARK, [me.roomId, me.userId, upToSequence, what === 'read']);
    if (!position) throw notFound();
    if (position.advanced) this.timeline.notice(me.roomId, receiptOf(me.userId, position));
    else if (position.moved) this.timeline.notice(me.roomId, new OwnSideChanged(me.userId));
    return this.own(me);
  }

  /** From this message on the room counts as unread, for this person alone, until they have read it again or speak. */
  async markUnread(me: Membership, fromSequence: number): Promise<void> {
    const marked = await run(this.dataSource, MARK_UNREAD, [me.roomId, me.userId, fromSequence]);
    if (marked.length === 0) throw notFound();
    this.timeline.notice(me.roomId, new OwnSideChanged(me.userId));
  }

  /** Whether the others see how far somebody has read, in all rooms. Idempotent. */
  async hideReading(userId: string, isHidden: boolean): Promise<void> {
    const shown = await run<Position & { room_id: string }>(this.dataSource, HIDE_READING, [userId, isHidden]);
    for (const position of shown) this.timeline.notice(position.room_id, receiptOf(userId, position));
  }

  /** Hides what there is from this person only. */
  async clearHistory(me: Membership, upToSequence?: number): Promise<Participant> {
    const values = [me.roomId, me.userId, upToSequence ?? Number.MAX_SAFE_INTEGER];
    const [cleared] = await run<{ history_from_sequence: number }>(this.dataSource, CLEAR, values);
    this.memberships.changed(me.roomId);
    if (cleared) this.timeline.notice(me.roomId, new HistoryCleared(me.userId, cleared.history_from_sequence));
    return this.own(me);
  }

  async prefer(me: Membership, input: UpdateNotificationPreferencesInput): Promise<Participant> {
    const { roomId, ...said } = input;
    await run(this.dataSource, PREFER, [roomId, me.userId, JSON.stringify({ version: 1, ...said })]);
    return this.own(me);
  }

  private async own(me: Membership): Promise<Participant> {
    const participant = await findOwnSeat(this.dataSource, me.roomId, me.userId);
    if (!participant) throw new ParleyError('CONFLICT', 'You look into this room without a seat in it');
    return participant;
  }
}
