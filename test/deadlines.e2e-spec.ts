import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { LampsModule } from './lamp/lamps.module.js';
import { SUBJECT_COLUMNS } from './support/subject-columns.js';
import { type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let ana: Person, ben: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start({ EDIT_WINDOW_MS: '3600000' }, 2, [LampsModule]);
  await world.sql(`create table lamps (${SUBJECT_COLUMNS}, owner_id uuid not null)`);
  ({ ana, ben } = await world.people('ana', 'ben'));
});

afterAll(() => world.stop());

/** It goes off by itself after an hour. */
async function aBurningLamp(): Promise<{ id: string }> {
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'RIDER'],
  ]);
  const lamp = await world.do<{ id: string }>(ana, 'installLamp', { roomId: room.id }, 'id');
  await world.act(ana, 'switchLampOn', { lampId: lamp.id });
  return lamp;
}

test('a deadline rings a bell at the time itself', async () => {
  const lamp = await aBurningLamp();
  const heard = world
    .as(ben)
    .subscribe<{ messageAdded: Message }>('subscription ($roomId: ID!) { messageAdded(roomId: $roomId, afterSequence: 0) { content } }', {
      roomId: room.id,
    });
  await heard.until(({ messageAdded }) => messageAdded.content === 'ana switched the lamp on');
  await world.sql(
    `select graphile_worker.add_job('deadline', json_build_object('id', id, 'dueAt', due_at)) from deadlines where aggregate_id = $1`,
    [lamp.id],
  );
  await heard.until(({ messageAdded }) => messageAdded.content === 'The system switched the lamp off');
});

test('a deadline that was put off while its bell rang is not due', async () => {
  const lamp = await aBurningLamp();
  await world.sql(
    `with rung as (select graphile_worker.add_job('deadline', json_build_object('id', id, 'dueAt', due_at), job_key := 'late') from deadlines where aggregate_id = $1)
     update deadlines set due_at = due_at + interval '1 hour' where aggregate_id = $1 and exists (select from rung)`,
    [lamp.id],
  );
  while ((await world.sql(`select from graphile_worker.jobs where key = 'late'`)).length > 0) await setTimeout(10);
  expect(await world.sql('select status from lamps where id = $1', [lamp.id])).toEqual([{ status: 'ON' }]);
});
