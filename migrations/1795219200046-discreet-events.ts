import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Address and phone stand with the job alone. What jsonb cannot read stays for the time that events are kept. */
export class DiscreetEvents1795219200046 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update inbound_events set raw = convert_to(
        jsonb_set(convert_from(raw, 'UTF8')::jsonb, '{data}', convert_from(raw, 'UTF8')::jsonb -> 'data' #- '{address}' #- '{phone}')::text, 'UTF8')
      where type = 'job.create' and status in ('PROCESSED', 'STALE') and position('\\u0000' in convert_from(raw, 'UTF8')) = 0;
    `);
  }

  /** What was let go of does not come back. */
  async down(): Promise<void> {}
}
