import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACTIONS, POLICY } from '../src/policy/policy.js';
import { ParticipantRole, ParticipantStatus, RoomStatus } from '../src/policy/roles.js';
import type { ApiClient } from './support/client.js';
import { actionOf, inParallel, makeScenes, OPERATIONS, type Row, ROWS, type Scene } from './support/room-operations.js';
import { type Person, World } from './support/world.js';

/**
 * What the API answers, written down apart from policy.ts. Each word is an OPEN, a CLOSED and an ARCHIVED room in turn:
 *
 *   +  done            f  FORBIDDEN                i  ILLEGAL_TRANSITION (the room is not in the state for this step)
 *   .  cannot arise    c  ROOM_CLOSED              o  FORBIDDEN because it is another's (who is muted hears that first)
 *
 * `silenced` rows are what a mute takes away: where there is a + or an o, a muted person hears MUTED.
 */
const EXPECTED = `
row                               party rider doctor mediator house support admin observer visitingSupport visitingAdmin silenced
room.read                         +++   +++   +++    +++      +++   +++     +++   +++      +++             +++           -
room.update                       fff   fff   fff    fff      +cc   +cc     +cc   fff      fff             +cc           silenced
room.close                        fff   fff   +ii    fff      +ii   +ii     +ii   fff      +ii             +ii           -
room.reopen                       fff   fff   fff    fff      i+i   i++     i++   fff      i++             i++           -
room.archive                      fff   fff   fff    fff      i+i   i+i     i+i   fff      i+i             i+i           -
room.delete                       fff   fff   fff    fff      fff   fff     +++   fff      fff             +++           -
participant.add                   fff   fff   fff    fff      +cc   +cc     +cc   fff      ++c             ++c           -
participant.remove                fff   fff   fff    fff      +++   +++     +++   fff      +++             +++           -
participant.leave                 +++   +++   +++    +++      +++   +++     +++   +++      fff             fff           -
participant.changeRole            fff   fff   fff    fff      ++c   ++c     ++c   fff      fff             ++c           -
participant.mute                  fff   fff   fff    ++c      ++c   ++c     ++c   fff      ++c             ++c           -
participant.block                 fff   fff   fff    fff      +++   +++     +++   fff      +++             +++           -
preferences.update                +++   +++   +++    +++      +++   +++     +++   +++      fff             fff           -
message.send                      +cc   +cc   +cc    ++c      ++c   ++c     ++c   fff      fff             fff           silenced
message.edit                      +cc   +cc   +cc    ++c      ++c   ++c     ++c   fff      ...             ...           silenced
message.edit_of_another           occ   occ   occ    ooc      ooc   ooc     ooc   fff      fff             fff           silenced
message.delete                    +cc   +cc   +cc    ++c      ++c   ++c     ++c   fff      ...             ...           -
message.delete_of_another         occ   occ   occ    ++c      ++c   ++c     ++c   fff      ++c             ++c           -
message.react                     +cc   +cc   +cc    ++c      ++c   ++c     ++c   fff      fff             fff           silenced
message.readRevisions             +++   +++   +++    +++      +++   +++     +++   fff      ...             ...           -
message.readRevisions_of_another  ooo   ooo   ooo    +++      +++   +++     +++   fff      +++             +++           -
message.markRead                  +++   +++   +++    +++      +++   +++     +++   +++      fff             fff           -
history.clear                     +++   +++   +++    +++      +++   +++     +++   +++      fff             fff           -
dispute.open                      +++   +++   +++    +++      +++   +++     +++   fff      fff             fff           -
payment.initiate                  ++c   ++c   ++c    ++c      ++c   ++c     ++c   fff      fff             fff           -
typing.set                        +cc   +cc   +cc    ++c      ++c   ++c     ++c   fff      fff             fff           silenced
`;

const COLUMN: Record<keyof typeof ParticipantRole, string> = {
  CUSTOMER: 'party',
  RIDER: 'rider',
  CLIENT: 'party',
  WORKER: 'party',
  PATIENT: 'party',
  PRACTITIONER: 'doctor',
  MEDIATOR: 'mediator',
  PHARMACY_STAFF: 'house',
  FACILITY_STAFF: 'house',
  SUPPORT_STAFF: 'support',
  ADMIN: 'admin',
  OBSERVER: 'observer',
};

const MEANING: Record<string, string> = { '+': 'OK', f: 'FORBIDDEN', i: 'ILLEGAL_TRANSITION', c: 'ROOM_CLOSED', o: 'FORBIDDEN' };
const STATUSES = Object.values(RoomStatus);

const [HEAD = [], ...LINES] = EXPECTED.trim()
  .split('\n')
  .map((line) => line.split(/\s+/));
const TABLE = new Map(
  LINES.map(([row = '', ...cells]) => [row.replaceAll('_', ' '), new Map(cells.map((cell, at) => [HEAD[at + 1], cell]))]),
);

/** The code with which the API should answer; null where the question cannot arise. */
function expected(row: Row, column: string, roomStatus: RoomStatus, isMuted: boolean): string | null {
  const letter = TABLE.get(row)?.get(column)?.[STATUSES.indexOf(roomStatus)];
  if (letter === '.') return null;
  if (isMuted && TABLE.get(row)?.get('silenced') === 'silenced' && (letter === '+' || letter === 'o')) return 'MUTED';
  const code = MEANING[letter ?? ''];
  if (!code) throw new Error(`nothing is expected of ${row} for ${column} in a room that is ${roomStatus}`);
  return code;
}

let world: World;
let people: Record<'active' | 'muted' | 'blocked' | 'outsider', string>;

beforeAll(async () => {
  world = await World.start();
  const { active, muted, blocked, outsider } = await world.people('active', 'muted', 'blocked', 'outsider');
  people = { active: active.id, muted: muted.id, blocked: blocked.id, outsider: outsider.id };
});

afterAll(() => world.stop());

interface Standing {
  person: Person;
  roomStatus: RoomStatus;
  /** Absent: they are not in the room. */
  seat?: { role: string; status: string };
  isSensitive?: boolean;
  /** Null: the room might as well not exist. */
  column: string | null;
}

const VIEWER = 'query ($roomId: ID!) { room(id: $roomId) { viewer { can } } }';

async function actionsShown(api: ApiClient, { roomId }: Scene): Promise<string[]> {
  const { data } = await api.ask<{ room: { viewer: { can: string[] } } } | null>(VIEWER, { roomId });
  return data?.room.viewer.can ?? [];
}

/** By WebSocket, where the guard speaks before the first event: the room's first notice, or the code of the refusal. */
async function heardFirst(api: ApiClient, { roomId }: Scene): Promise<string> {
  const heard = api.subscribe('subscription ($roomId: ID!) { roomEvents(roomId: $roomId, after: 0) { __typename } }', { roomId });
  const first = await heard.next();
  await heard.leave();
  return typeof first === 'string' ? first : 'OK';
}

/** Every operation from this standing, each in a room of its own; what did not go as written down, in words. */
async function surprises(standing: Standing): Promise<string[]> {
  const { person, roomStatus, seat, isSensitive, column } = standing;
  const api = world.as(person);
  const isMuted = seat?.status === 'MUTED';
  const asked = ROWS.flatMap((row) => {
    const code = column === null ? 'NOT_FOUND' : expected(row, column, roomStatus, isMuted);
    return code === null ? [] : OPERATIONS[row].map((operation) => ({ row, operation, code }));
  });
  const scenes = await makeScenes(world, { subject: person.id, ...people }, { roomStatus, isSensitive, subject: seat }, asked.length + 1);
  const [viewed] = scenes.splice(0, 1) as [Scene];
  const shown = new Set(await actionsShown(api, viewed));
  const found: string[] = [];
  const say = (what: string, got: string, wanted: string) =>
    found.push(`${column ?? 'nobody'} (${seat?.status ?? 'not inside'}) in a room that is ${roomStatus}: ${what} is ${got}, not ${wanted}`);

  const wanted = column === null ? 'NOT_FOUND' : 'OK';
  const stream = await heardFirst(api, viewed);
  if (stream !== wanted) say('roomEvents (room.read)', stream, wanted);
  await api.close();

  const done = new Set<string>();
  await inParallel(asked, async ({ row, operation, code }) => {
    const got = await api.refusal(operation.document, operation.variables(scenes.pop() as Scene));
    if (got !== code) say(`${operation.field} (${row})`, got, code);
    if (got === 'OK') done.add(actionOf(row));
  });
  for (const action of ACTIONS) {
    const hasOperation = OPERATIONS[action].length > 0;
    const works = hasOperation ? done.has(action) : column !== null && expected(action, column, roomStatus, isMuted) === 'OK';
    if (works !== shown.has(action)) say(`${action} in viewer.can`, String(shown.has(action)), String(works));
  }
  return found;
}

async function allSurprises(standings: Standing[]): Promise<string[]> {
  const found: string[] = [];
  for (const standing of standings) found.push(...(await surprises(standing)));
  return found;
}

describe('what is written down', () => {
  test('has a row for every action of the policy, and none that the policy does not know', () => {
    expect([...TABLE.keys()].sort()).toEqual([...ROWS].sort());
    expect([...new Set(ROWS.map(actionOf))].sort()).toEqual(Object.keys(POLICY).sort());
  });

  test('has a cell for every role in every state of a room', () => {
    expect(Object.keys(COLUMN).sort()).toEqual(Object.values(ParticipantRole).sort());
    const columns = [...new Set(Object.values(COLUMN)), 'visitingSupport', 'visitingAdmin'];
    expect(HEAD.slice(1, -1).sort()).toEqual(columns.sort());
    for (const [row, cells] of TABLE) {
      for (const column of columns) expect([row, column, cells.get(column)]).toEqual([row, column, expect.stringMatching(/^[+fico.]{3}$/)]);
    }
  });
});

describe('a participant does what their role may, and is told why not', () => {
  test.each(Object.values(ParticipantRole))('%s', async (role) => {
    const person = await world.person(role);
    const column = COLUMN[role];
    const standings = STATUSES.flatMap((roomStatus) =>
      Object.values(ParticipantStatus).map((status): Standing => {
        const isInside = status === ParticipantStatus.ACTIVE || status === ParticipantStatus.MUTED;
        return { person, roomStatus, seat: { role, status }, column: isInside ? column : null };
      }),
    );
    expect(await allSurprises(standings)).toEqual([]);
  });
});

describe('platform staff with a seat', () => {
  test('act as what they are there, not as visitors, and not at all where they are blocked', async () => {
    const person = await world.person('Boss', 'ADMIN');
    const standing = (role: string, status: string, column: string | null) =>
      STATUSES.map((roomStatus): Standing => ({ person, roomStatus, seat: { role, status }, column }));
    expect(await allSurprises(standing('OBSERVER', 'ACTIVE', 'observer'))).toEqual([]);
    expect(await allSurprises(standing('CLIENT', 'BLOCKED', null))).toEqual([]);
  });
});

describe('who is not in the room', () => {
  test.each([
    ['SUPPORT', false, 'visitingSupport'],
    ['SUPPORT', true, null],
    ['ADMIN', false, 'visitingAdmin'],
    ['ADMIN', true, 'visitingAdmin'],
    ['SERVICE', false, 'visitingAdmin'],
    ['SERVICE', true, 'visitingAdmin'],
    ['USER', false, null],
  ])('%s of the platform (sensitive room: %s) acts as %s', async (platformRole, isSensitive, column) => {
    const person = await world.person('Visitor', platformRole);
    expect(await allSurprises(STATUSES.map((roomStatus) => ({ person, roomStatus, isSensitive, column })))).toEqual([]);
  });
});
