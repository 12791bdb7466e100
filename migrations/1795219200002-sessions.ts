import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Sessions1795219200002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- one row per sign-in; its refresh tokens are one family
      create table sessions (
        id         uuid primary key,
        user_id    uuid not null references users on delete cascade,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        ended_at   timestamptz
      );
      -- a deactivated person's sessions end together
      create index sessions_user on sessions (user_id) where ended_at is null;

      create table refresh_tokens (
        token_hash bytea primary key,
        session_id uuid not null references sessions on delete cascade,
        created_at timestamptz not null default now(),
        used_at    timestamptz
      );
      -- the cascade from sessions
      create index refresh_tokens_session on refresh_tokens (session_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table refresh_tokens, sessions');
  }
}
