import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { claimAgainst } from './support/dispute-calls.js';
import { aChargeback, aPayment } from './support/payments.js';
import { type Person, type Room, World } from './support/world.js';

const EVIDENCE = 'query ($id: ID!) { chargeback(id: $id) { status evidence { content sha256 } } }';

interface Evidence {
  content: string;
  sha256: string;
}

interface Piece {
  copy: Record<string, unknown>;
  sha256: string;
}

let world: World;
let ana: Person, ben: Person, eve: Person, host: Person, support: Person;
let room: Room;
let chargeback: { id: string };

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '1' });
  ({ ana, ben, eve } = await world.people('ana', 'ben', 'eve'));
  host = await world.person('host', 'SERVICE');
  support = await world.person('support', 'SUPPORT');
});

afterAll(() => world.stop());

beforeEach(async () => {
  room = await world.room([
    [ana, 'CUSTOMER'],
    [ben, 'WORKER'],
    [eve, 'WORKER'],
  ]);
  await world.send(room, ana, 'It has arrived, thank you');
  const payment = await aPayment(world, { room, payer: ana, payee: ben }, 'CAPTURED', { clientSecret: 'hush hush' });
  chargeback = await aChargeback(world, payment, 'NEEDS_RESPONSE');
});

const seen = async (person: Person) =>
  (await world.as(person).get<{ chargeback: { evidence: Evidence | null } }>(EVIDENCE, { id: chargeback.id })).chargeback.evidence;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const written = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

test('shows a bank what was said, done and frozen, though no dispute was ever decided, with a hash of all and of each piece', async () => {
  const dispute = await world.do<{ id: string }>(ana, 'openDispute', { ...claimAgainst(room, ben), statement: 'I do not know it' }, 'id');
  const { content, sha256: hash } = (await seen(ben))!;
  expect(sha256(content)).toBe(hash);
  const told = JSON.parse(content) as Record<string, Piece[]>;
  expect(told).toMatchObject({
    format: 'parley.chargeback/1',
    chargeback: { id: chargeback.id, status: 'NEEDS_RESPONSE' },
    isCutShort: false,
  });
  for (const { copy, sha256: own } of [...told['messages']!, ...told['steps']!, ...told['evidence']!])
    expect(sha256(written(copy))).toBe(own);
  expect(told['messages']!.map(({ copy }) => copy['content'])).toContain('It has arrived, thank you');
  expect(told['steps']!.map(({ copy }) => [copy['aggregate'], copy['event']])).toEqual(
    expect.arrayContaining([
      ['dispute', 'open'],
      ['dispute', 'notify'],
    ]),
  );
  expect(told['evidence']).toMatchObject([{ disputeId: dispute.id, copy: { text: 'I do not know it', by: ana.id } }]);
  expect(told['bundles']).toEqual([]);
  expect(told['people']).toContainEqual({ id: ana.id, name: 'ana' });
  expect(content).not.toContain('hush hush');
  expect(await seen(ben)).toEqual({ content, sha256: hash });
});

test('is for the payee, staff and the host; neither the payer nor others in the room have it, and outside there is no chargeback', async () => {
  for (const person of [ben, host, support]) expect((await seen(person))!.content).toContain('thank you');
  for (const person of [ana, eve]) expect(await seen(person)).toBeNull();
  const stranger = await world.person('stranger');
  expect(await world.as(stranger).refusal(EVIDENCE, { id: chargeback.id })).toBe('NOT_FOUND');
  await world.act(ana, 'leaveRoom', { roomId: room.id });
  expect(await world.as(ana).refusal(EVIDENCE, { id: chargeback.id })).toBe('NOT_FOUND');
});

test('holds for the payee only what they can read: neither history that is not theirs, nor the files of a dispute between others', async () => {
  await world.sql(
    `update participants p set history_from_sequence = r.last_sequence from rooms r
     where r.id = p.room_id and p.room_id = $1 and p.user_id = $2`,
    [room.id, ben.id],
  );
  await world.send(room, ben, 'And now?');
  await world.do(ana, 'openDispute', { ...claimAgainst(room, eve), statement: 'between us' }, 'id');
  const { content } = (await seen(ben))!;
  expect(content).not.toContain('thank you');
  expect(content).toContain('And now?');
  expect(content).not.toContain('between us');
  expect((await seen(host))!.content).toContain('between us');
});

test('is made twenty times a minute and not more often, but for the host', async () => {
  const codes = new Set<string>();
  for (let i = 0; i < 25; i++) codes.add(await world.as(ben).refusal(EVIDENCE, { id: chargeback.id }));
  expect(codes).toContain('RATE_LIMITED');
  for (let i = 0; i < 25; i++) expect(await seen(host)).not.toBeNull();
});
