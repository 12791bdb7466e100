import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { run } from '../database/sql.js';
import { type LogPage, type Reader, RoomLog, type RoomSignal } from '../live/hub/log.js';
import { TypingChanged } from '../live/typing-changed.js';
import { reviveEntry } from './log/entry.js';
import { readLog } from './log/log.queries.js';
import { HistoryCleared, OwnSideChanged, ReceiptAdvanced } from './log/read-position.js';

const POSITIONS = {
  name: 'positions_in',
  text: `select p.room_id, p.user_id, p.last_read_sequence, p.last_delivered_sequence, u.is_reading_hidden
    from participants p join users u on u.id = p.user_id where p.room_id = any($1) and p.status in ('ACTIVE', 'MUTED')`,
};

interface PositionRow {
  room_id: string;
  user_id: string;
  last_read_sequence: number;
  last_delivered_sequence: number;
  is_reading_hidden: boolean;
}

const HEADS = { name: 'heads', text: 'select id, revision from rooms where id = any($1)' };

/** The log as hubs and streams read it: straight from PostgreSQL. */
@Injectable()
export class TimelineLog extends RoomLog {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  read(roomId: string, after: number, limit: number, reader?: Reader): Promise<LogPage> {
    return readLog(this.dataSource, roomId, after, limit, reader);
  }

  async heads(roomIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await run<{ id: string; revision: number }>(this.dataSource, HEADS, [roomIds]);
    return new Map(rows.map((row) => [row.id, row.revision]));
  }

  revive(json: unknown): RoomSignal {
    const signal = json as RoomSignal;
    if ('entries' in signal) return { entries: signal.entries.map(reviveEntry) };
    if ('isTyping' in signal.state) {
      const { userId, isTyping } = signal.state as TypingChanged;
      return { state: new TypingChanged(userId, isTyping) };
    }
    if (signal.state.hidesUpTo !== undefined) return { state: new HistoryCleared(signal.state.userId, signal.state.hidesUpTo) };
    if ('isPrivate' in signal.state) return { state: new OwnSideChanged(signal.state.userId) };
    const { userId, lastReadSequence, lastDeliveredSequence } = signal.state as ReceiptAdvanced;
    return { state: new ReceiptAdvanced(userId, lastReadSequence, lastDeliveredSequence) };
  }

  async positions(roomId: string): Promise<ReceiptAdvanced[]> {
    return (await this.positionsIn([roomId])).get(roomId) ?? [];
  }

  async positionsIn(roomIds: readonly string[]): Promise<Map<string, ReceiptAdvanced[]>> {
    const rows = Map.groupBy(await run<PositionRow>(this.dataSource, POSITIONS, [roomIds]), (row) => row.room_id);
    const toReceipt = (row: PositionRow) =>
      new ReceiptAdvanced(row.user_id, row.last_read_sequence, row.last_delivered_sequence, row.is_reading_hidden);
    return new Map([...rows].map(([roomId, its]) => [roomId, its.map(toReceipt)]));
  }
}
