import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import type pg from 'pg';

export const SECRET = 'the secret of the benchmarks, which nobody else has';
export const PEOPLE = 50;
export const ROOMS = 1_000;
/** In this one are all people, and everybody writes at once. */
export const HOT_ROOM = ROOMS + 1;

const PEOPLE_PER_ROOM = 10;
const STEP = PEOPLE / PEOPLE_PER_ROOM;

/** Ids that SQL can make from a number, too: see `sqlId`. */
export const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** `idOf` in SQL. */
export const sqlId = (number: string): string => `('00000000-0000-7000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;

/** People are counted from 1, and ten of them are in each room: person p in those rooms r with r = p (mod 5). */
export const roomsOf = (person: number): number[] =>
  Array.from({ length: ROOMS }, (_, at) => at + 1).filter((room) => room % STEP === person % STEP);

export const peopleIn = (room: number): number[] =>
  Array.from({ length: PEOPLE }, (_, at) => at + 1).filter((person) => room === HOT_ROOM || room % STEP === person % STEP);

export async function seedRooms(client: pg.Client): Promise<void> {
  await client.query(`
    insert into users (id, external_id, display_name)
      select ${sqlId('n')}, 'person-' || n, 'Person ' || n from generate_series(1, ${PEOPLE}) n;
    insert into rooms (id, code, kind, title, participant_count)
      select ${sqlId('n')}, 'GRP-' || n, 'GROUP', 'Room ' || n, case when n = ${HOT_ROOM} then ${PEOPLE} else ${PEOPLE_PER_ROOM} end
      from generate_series(1, ${HOT_ROOM}) n;
    insert into participants (room_id, user_id, role)
      select ${sqlId('r')}, ${sqlId('p')}, 'CUSTOMER' from generate_series(1, ${HOT_ROOM}) r, generate_series(1, ${PEOPLE}) p
      where r = ${HOT_ROOM} or r % ${STEP} = p % ${STEP};
    analyze;`);
}

/** As the host's identity provider would make it. */
export const tokenOf = (person: number): Promise<string> =>
  new SignJWT({ sub: `person-${person}`, name: `Person ${person}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('2h')
    .sign(createSecretKey(SECRET, 'utf8'));

/** Fills a room with a history, without a hole. Foreign keys are not looked up one by one: every sender is a participant. */
export async function seedHistory(client: pg.Client, room: number, messages: number): Promise<void> {
  const people = peopleIn(room);
  await client.query(`
    insert into messages (room_id, sequence, id, sender_id, kind, content, client_id, created_revision, revision, created_at)
      select ${sqlId(String(room))}, n, ${sqlId(`${room} * 10000000 + n`)},
        (array[${people.map((person) => `'${idOf(person)}'`).join()}]::uuid[])[1 + n % ${people.length}], 'TEXT',
        'Message ' || n || ' of a conversation: the parcel has left the pharmacy and will arrive within the hour.',
        'client-' || n, n, n, now() - make_interval(secs => ${messages} - n)
      from generate_series(1, ${messages}) n;
    update rooms set last_sequence = ${messages}, revision = ${messages} where id = ${sqlId(String(room))};`);
  await client.query('vacuum analyze messages, rooms');
}

/** Somebody has said something in each room. */
export async function seedFirstMessages(client: pg.Client): Promise<void> {
  await client.query(`
    insert into messages (room_id, sequence, id, sender_id, kind, content, client_id, created_revision, revision)
      select ${sqlId('r')}, 1, ${sqlId('r::bigint * 10000000 + 1')}, ${sqlId(`1 + (r - 1) % ${STEP}`)}, 'TEXT', 'Hello', 'client-1', 1, 1
      from generate_series(1, ${ROOMS}) r;
    update rooms set last_sequence = 1, revision = 1 where id <> ${sqlId(String(HOT_ROOM))};
    analyze;`);
}

/** The id of a message of `seedHistory`. */
export const messageIdOf = (room: number, sequence: number): string => idOf(room * 10_000_000 + sequence);
