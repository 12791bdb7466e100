import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RoomClosedBy1795219200020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table rooms add column closed_by uuid references users;
      -- until now nobody but people closed direct rooms
      update rooms set closed_by = (
        select (metadata->>'actorId')::uuid from messages
        where room_id = rooms.id and metadata->>'event' in ('room.closed', 'room.archived') order by sequence desc limit 1
      ) where kind = 'DIRECT' and status <> 'OPEN';
      alter table rooms add constraint rooms_closed_by_check check (closed_by is null or status <> 'OPEN');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table rooms drop column closed_by');
  }
}
