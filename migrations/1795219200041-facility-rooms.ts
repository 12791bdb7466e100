import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FacilityRooms1795219200041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update rooms set visibility = 'PRIVATE' where kind = 'FACILITY' and visibility <> 'PRIVATE';
      alter table rooms add constraint rooms_facility_check check (kind <> 'FACILITY' or visibility = 'PRIVATE');
      -- whose facility a room is, when a seat in it is given or taken
      create index studies_room on studies (room_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table rooms drop constraint rooms_facility_check; drop index studies_room');
  }
}
