import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DAY_MS, HOUR_MS, timeIn } from './support/appointments.js';
import { RACING } from './support/node.js';
import { type Message, type Person, World } from './support/world.js';

let world: World;
let host: Person;
let doctor: Person, patient: Person, colleague: Person;
let roomId: string;

beforeAll(async () => {
  world = await World.start(RACING, 2);
  host = await world.person('Host', 'SERVICE');
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.setTime(new Date());
  ({ doctor, patient, colleague } = await world.people('doctor', 'patient', 'colleague'));
  ({ roomId } = await book(doctor, patient));
});

const book = (practitioner: Person, other: Person) => {
  const input = { practitionerId: practitioner.id, patientId: other.id, ...timeIn(DAY_MS) };
  return world.do<{ roomId: string }>(host, 'bookAppointment', input, 'roomId');
};
const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const away = (more: object = {}) => ({ fromAt: at(-HOUR_MS), untilAt: at(DAY_MS), ...more });
const set = (person: Person, more: object = {}) => world.act(person, 'setAbsence', away(more));
const instead = () => ({ practitionerId: doctor.id, delegateId: colleague.id });
const says = (person: Person, content = 'Hello?', room = roomId) => world.send({ id: room, code: '' }, person, content);
const speaks = (person: Person) => world.refusal(person, 'sendMessage', { roomId, content: 'Hello' });
const notices = (event: string, room = roomId) =>
  world.sql<{ content: string; user: string }>(
    `select content, metadata->>'userId' as user from messages where room_id = $1 and metadata->>'event' = $2 order by sequence`,
    [room, event],
  );
const day = (ms: number) => at(ms).slice(0, 10);
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

describe('an absence', () => {
  test('is told to the room when the patient writes, once, however many messages come in on however many nodes', async () => {
    await set(doctor, { note: 'call 112 in an emergency' });
    expect(await notices('participant.away')).toEqual([]);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => world.as(patient, index % 2).refusal(SEND, { input: { roomId, content: `${index}` } })),
    );
    const told = { content: `doctor is away until ${day(DAY_MS)}: call 112 in an emergency`, user: doctor.id };
    expect(await notices('participant.away')).toEqual([told]);
  });

  test('follows the message that it answers, and is there when its sender hears that it was sent', async () => {
    await set(doctor);
    const sent = await says(patient);
    const page = 'query ($id: ID!) { room(id: $id) { messages { nodes { sequence kind } } } }';
    const { room } = await world.as(patient).get<{ room: { messages: { nodes: Message[] } } }>(page, { id: roomId });
    expect(room.messages.nodes.at(-1)).toEqual({ sequence: sent.sequence + 1, kind: 'SYSTEM' });
  });

  test('answers nobody but patients of the absent, and only while it lasts', async () => {
    const other = await book(colleague, patient);
    await set(doctor, { fromAt: at(HOUR_MS) });
    await says(patient);
    await world.setTime(new Date(Date.now() + 2 * HOUR_MS));
    await says(doctor);
    await says(patient, 'Hello?', other.roomId);
    expect([...(await notices('participant.away')), ...(await notices('participant.away', other.roomId))]).toEqual([]);
    await says(patient);
    expect(await notices('participant.away')).toHaveLength(1);
    await world.setTime(new Date(Date.now() + 2 * DAY_MS));
    const { roomId: later } = await book(doctor, colleague);
    await says(colleague, 'Hello?', later);
    expect(await notices('participant.away', later)).toEqual([]);
  });

  test('takes the place of an earlier one, and is told anew', async () => {
    await set(doctor);
    await says(patient);
    await set(doctor, { untilAt: at(3 * DAY_MS) });
    await says(patient);
    expect((await notices('participant.away')).map(({ content }) => content)).toEqual([
      `doctor is away until ${day(DAY_MS)}`,
      `doctor is away until ${day(3 * DAY_MS)}`,
    ]);
    const mine = '{ myAbsence { practitioner { id } delegate { id } untilAt note } }';
    expect(await world.as(doctor).get(mine)).toMatchObject({ myAbsence: { practitioner: { id: doctor.id }, delegate: null, note: null } });
    const end = () => world.as(doctor).get('mutation { endAbsence(input: {}) { practitioner { id } } }');
    expect([await end(), await end()]).toEqual([{ endAbsence: { practitioner: { id: doctor.id } } }, { endAbsence: null }]);
    expect(await world.as(doctor).get(mine)).toEqual({ myAbsence: null });
    await says(patient);
    expect(await notices('participant.away')).toHaveLength(2);
  });

  test('is one, however many are set at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => set(doctor)));
    expect(await world.sql('select practitioner_id from absences where practitioner_id = $1', [doctor.id])).toHaveLength(1);
  });

  test('of somebody else, and with a delegate, is for the host to set', async () => {
    const refused = (person: Person, more: object) => world.refusal(person, 'setAbsence', away(more));
    expect(await refused(doctor, { delegateId: colleague.id })).toBe('FORBIDDEN');
    expect(await refused(colleague, { practitionerId: doctor.id })).toBe('FORBIDDEN');
    expect(await world.refusal(colleague, 'endAbsence', { practitionerId: doctor.id })).toBe('FORBIDDEN');
    expect(await refused(host, { practitionerId: doctor.id, delegateId: doctor.id })).toBe('BAD_USER_INPUT');
    expect(await refused(host, { practitionerId: doctor.id, delegateId: 'nobody' })).toBe('BAD_USER_INPUT');
    expect(await refused(doctor, { untilAt: at(-2 * HOUR_MS) })).toBe('BAD_USER_INPUT');
    expect(await refused(host, { practitionerId: doctor.id.toUpperCase() })).toBe('OK');
  });
});

describe('a delegate', () => {
  test('gets a seat when a patient writes, answers there, and leaves when the absence is over', async () => {
    await set(host, instead());
    expect(await speaks(colleague)).toBe('NOT_FOUND');
    await says(patient);
    expect(await notices('participant.away')).toEqual([
      { content: `doctor is away until ${day(DAY_MS)}, and colleague answers instead`, user: doctor.id },
    ]);
    expect(await speaks(colleague)).toBe('OK');
    await world.setTime(new Date(Date.now() + DAY_MS + HOUR_MS));
    expect(await speaks(colleague)).toBe('NOT_FOUND');
    expect(await notices('participant.removed')).toEqual([{ content: 'colleague left: the absence is over', user: colleague.id }]);
  });

  test.each([
    ['ended', () => world.act(host, 'endAbsence', { practitionerId: doctor.id })],
    ['set anew', () => set(doctor)],
  ])('leaves when the absence is %s, and not once more at the time that was said', async (_how, end) => {
    await set(host, instead());
    await says(patient);
    await end();
    expect(await speaks(colleague)).toBe('NOT_FOUND');
    await world.act(host, 'addParticipant', { roomId, userId: colleague.id, role: 'PRACTITIONER' });
    await world.setTime(new Date(Date.now() + DAY_MS + HOUR_MS));
    expect(await speaks(colleague)).toBe('OK');
  });

  test('who was there before stays', async () => {
    await world.act(host, 'addParticipant', { roomId, userId: colleague.id, role: 'PRACTITIONER' });
    await set(host, instead());
    await says(patient);
    expect((await notices('participant.away'))[0]?.content).toContain('colleague answers instead');
    await world.setTime(new Date(Date.now() + DAY_MS + HOUR_MS));
    expect(await speaks(colleague)).toBe('OK');
  });

  test('who is blocked in the room does not come back, and the patient hears of the absence alone', async () => {
    await world.act(host, 'addParticipant', { roomId, userId: colleague.id, role: 'PRACTITIONER' });
    await world.act(host, 'blockParticipant', { roomId, userId: colleague.id });
    await set(host, instead());
    await says(patient);
    expect((await notices('participant.away')).map(({ content }) => content)).toEqual([`doctor is away until ${day(DAY_MS)}`]);
    expect(await speaks(colleague)).toBe('NOT_FOUND');
  });
});
