import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TitleWords1795219200034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table rooms add column title_words jsonb;
      -- what was made for something counted as chosen; the words of rooms that go by their people come with the next who comes or goes
      update rooms r set title_is_custom = false, title_words = made.words
      from (
        select room_id, 'Order #' || number as title, jsonb_build_object('of', 'order', 'number', number) as words
        from orders where provider_name is null
        union all
        select room_id, 'Order #' || number || ' · ' || provider_name,
          jsonb_build_object('of', 'shop_order', 'number', number, 'shop', provider_name)
        from orders where provider_name is not null
        union all
        select room_id, 'Job #' || number || ' · ' || title, jsonb_build_object('of', 'job', 'number', number, 'job', title) from jobs
        union all
        select o.room_id, left('Job #' || j.number || ' · ' || j.title || ' · ' || u.display_name, 200),
          jsonb_build_object('of', 'bid', 'number', j.number, 'job', j.title, 'userId', u.id, 'name', u.display_name)
        from job_offers o join jobs j on j.id = o.job_id join users u on u.id = o.worker_id
        union all
        select room_id, name, jsonb_build_object('of', 'facility', 'facility', name) from facilities
        union all
        select s.room_id, left(f.name || ' · ' || coalesce(s.modality, 'study'), 200),
          jsonb_build_object('of', 'study', 'facility', f.name, 'modality', coalesce(s.modality, 'none'))
        from studies s join facilities f on f.id = s.facility_id
      ) made
      where made.room_id = r.id and made.title = r.title and r.title_is_custom;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update rooms set title_is_custom = true where title_words->>'of' <> 'people';
      alter table rooms drop column title_words;
    `);
  }
}
