import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Orders1795219200008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table orders (
        id                    uuid primary key,
        room_id               uuid not null references rooms,
        status                text not null,
        version               int not null default 1,
        authority             text not null default 'PARLEY',
        external_ref          text,
        host_version          bigint,
        created_at            timestamptz not null default now(),
        updated_at            timestamptz not null default now(),
        number                text not null,
        customer_id           uuid not null references users,
        provider_org_id       text,
        provider_name         text,
        items                 jsonb not null default '[]',
        total_minor           bigint not null,
        currency              text not null,
        requires_prescription boolean not null default false,
        is_held               boolean not null default false,
        -- Room.order; an order has one room, and a room one order
        constraint orders_room_id_key unique (room_id),
        -- the host's order is one order, however often it is placed
        constraint orders_external_ref_key unique (external_ref),
        constraint orders_status_check check (status in ('PLACED', 'AWAITING_PRESCRIPTION', 'CONFIRMED', 'PREPARING', 'READY',
          'OUT_FOR_DELIVERY', 'DELIVERED', 'COMPLETED', 'REJECTED', 'CANCELED', 'RETURNED')),
        constraint orders_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint orders_total_check check (total_minor > 0 and total_minor <= 1000000000000),
        constraint orders_currency_check check (currency ~ '^[A-Z]{3}$'),
        constraint orders_items_check check (jsonb_typeof(items) = 'array' and pg_column_size(items) <= 131072)
      );

      create table deliveries (
        id           uuid primary key,
        room_id      uuid not null references rooms,
        status       text not null,
        version      int not null default 1,
        authority    text not null default 'PARLEY',
        external_ref text,
        host_version bigint,
        created_at   timestamptz not null default now(),
        updated_at   timestamptz not null default now(),
        order_id     uuid not null references orders,
        rider_id     uuid references users,
        pickup       jsonb not null,
        dropoff      jsonb not null,
        eta          timestamptz,
        proof        jsonb,
        attempts     int not null default 0,
        provider     text,
        -- the provider's delivery is one delivery, however often it is announced
        constraint deliveries_external_ref_key unique (external_ref),
        constraint deliveries_status_check check (status in ('UNASSIGNED', 'ASSIGNED', 'EN_ROUTE_PICKUP', 'ARRIVED_PICKUP', 'PICKED_UP',
          'EN_ROUTE_DROPOFF', 'ARRIVED_DROPOFF', 'DELIVERED', 'ATTEMPT_FAILED', 'RETURNING', 'RETURNED', 'CANCELED')),
        constraint deliveries_authority_check check (authority in ('PARLEY', 'HOST')),
        constraint deliveries_rider_check check (status <> 'UNASSIGNED' or rider_id is null),
        constraint deliveries_attempts_check check (attempts >= 0)
      );
      -- Order.deliveries, in their order: ids ascend in time
      create index deliveries_order on deliveries (order_id, id);
      -- an order is on its way once at a time
      create unique index deliveries_live on deliveries (order_id) where status not in ('DELIVERED', 'RETURNED', 'CANCELED');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table deliveries, orders');
  }
}
