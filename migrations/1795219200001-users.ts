import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Users1795219200001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table users (
        id            uuid primary key,
        external_id   text not null,
        display_name  text not null,
        email         text,
        role          text not null default 'USER',
        password_hash text,
        is_active     boolean not null default true,
        last_seen_at  timestamptz,
        created_at    timestamptz not null default now(),
        updated_at    timestamptz not null default now(),
        constraint users_external_id_key unique (external_id),
        constraint users_external_id_check check (length(external_id) between 1 and 255),
        constraint users_display_name_check check (length(display_name) between 1 and 200),
        constraint users_email_check check (length(email) between 3 and 320),
        -- a local account signs in with its address
        constraint users_password_check check (password_hash is null or email is not null),
        constraint users_role_check check (role in ('USER', 'SUPPORT', 'ADMIN', 'SERVICE'))
      );
      -- signIn: an address names one local account
      create unique index users_local_account on users (lower(email)) where password_hash is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table users');
  }
}
