import { randomUUID } from 'node:crypto';
import { newId } from '../../src/common/values/ids.js';
import { Study } from '../../src/integrations/facilities/study/study.entity.js';
import type { Person, World } from './world.js';

/** As DICOM makes one of a UUID: another each time, because the same UID is the same study. */
export const aStudyUid = () => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;

/** What a room of any kind is about, straight in the tables: a facility whose main room it is, and a study there. */
export async function aStudyIn(world: World, roomId: string, text: string): Promise<{ facility: string; study: string }> {
  const [facility, study] = [newId(), newId()];
  await world.sql('insert into facilities (id, room_id, name) values ($1, $2, $3)', [facility, roomId, text]);
  await world.sql(`insert into studies (id, room_id, status, facility_id, study_uid, accession) values ($1, $2, 'UPLOADING', $3, $4, $5)`, [
    study,
    roomId,
    facility,
    aStudyUid(),
    text,
  ]);
  return { facility, study };
}

/** Studies of one facility in this state, each in a room of its own with these people by their roles there; straight in the tables. */
export async function makeStudies(
  world: World,
  { facility, people }: { facility: string; people: [Person, string][] },
  status: string,
  count: number,
): Promise<Study[]> {
  const made = Array.from({ length: count }, () => Object.assign(new Study(), { id: newId(), roomId: newId() }));
  const rooms = made.map(({ roomId }) => roomId);
  await world.sql(
    `insert into rooms (id, code, kind, status, title, participant_count)
     select id, 'FAC-' || upper(right(id::text, 12)), 'FACILITY', 'OPEN', 'A study', $2 from unnest($1::uuid[]) as room(id)`,
    [rooms, people.length],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, status)
     select room, person, role, 'ACTIVE' from unnest($1::uuid[]) room, unnest($2::uuid[], $3::text[]) as seat(person, role)`,
    [rooms, people.map(([{ id }]) => id), people.map(([, role]) => role)],
  );
  await world.sql(
    `insert into studies (id, room_id, status, facility_id, study_uid)
     select id, room, $3, $4, uid from unnest($1::uuid[], $2::uuid[], $5::text[]) as one(id, room, uid)`,
    [made.map(({ id }) => id), rooms, status, facility, made.map(aStudyUid)],
  );
  return made;
}
