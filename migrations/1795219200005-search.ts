import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Search1795219200005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // searchMessages: the room is a word like any other, so that a common word is looked up in the rooms of one person only.
    await runner.query(`
      create index messages_search on messages
        using gin ((to_tsvector('simple', content) || array_to_tsvector(array[room_id::text])))
        where content is not null and kind <> 'SYSTEM'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index messages_search');
  }
}
