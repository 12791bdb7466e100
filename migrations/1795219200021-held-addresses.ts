import type { MigrationInterface, QueryRunner } from 'typeorm';

export class HeldAddresses1795219200021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table message_addresses
        add column sender_id uuid references users,
        add column client_id text,
        -- a key of the sender means one address
        add constraint message_addresses_sender_id_client_id_key unique (sender_id, client_id);

      alter table held_messages
        add column recipient_id uuid references users,
        add column facility_id uuid references facilities,
        add constraint held_messages_address_check check (num_nonnulls(recipient_id, facility_id) <= 1);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table held_messages drop column recipient_id, drop column facility_id;
      alter table message_addresses drop column sender_id, drop column client_id;
    `);
  }
}
