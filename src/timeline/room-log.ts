import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { run } from '../database/sql.js';
import { type LogPage, type Reader, RoomLog } from '../live/log.js';
import { readLog } from './log.queries.js';
import { ReceiptAdvanced } from './read-position.js';

const POSITIONS = {
  name: 'positions',
  text: `select user_id, last_read_sequence, last_delivered_sequence from participants where room_id = $1 and status in ('ACTIVE', 'MUTED')`,
};

/** The log as hubs and streams read it: straight from PostgreSQL. */
@Injectable()
export class TimelineLog extends RoomLog {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  read(roomId: string, after: number, limit: number, reader?: Reader): Promise<LogPage> {
    return readLog(this.dataSource, roomId, after, limit, reader);
  }

  async positions(roomId: string): Promise<ReceiptAdvanced[]> {
    const rows = await run<{ user_id: string; last_read_sequence: number; last_delivered_sequence: number }>(this.dataSource, POSITIONS, [
      roomId,
    ]);
    return rows.map((row) => new ReceiptAdvanced(row.user_id, row.last_read_sequence, row.last_delivered_sequence));
  }
}
