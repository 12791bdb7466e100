import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { disputeMachine } from '../src/integrations/disputes/machine/dispute.machine.js';
import { testCells } from './support/cells.js';
import { ACTORS, after, answer, type DisputeActor, type DisputeState, RULES, stateOf, STATES } from './support/dispute-model.js';
import { aCast, type Cast, makeDisputes, type MadeDispute, MUTATIONS } from './support/disputes.js';
import { inParallel } from './support/room-operations.js';
import { World } from './support/world.js';

let world: World;
let cast: Cast;

beforeAll(async () => {
  world = await World.start({ RATE_LIMIT_FACTOR: '0' });
  cast = await aCast(world);
});

afterAll(() => world.stop());

const inputOf = (event: string, { id, offerId }: MadeDispute) => ({
  disputeId: id,
  ...MUTATIONS[event]!.more({ offerId, newcomer: cast.newcomer.id }),
});

const cellsOf = (authority: 'PARLEY' | 'HOST', actors: readonly DisputeActor[]) => () => ({
  world,
  machine: disputeMachine,
  actors: Object.fromEntries(actors.map((actor) => [actor, cast.people[actor]])),
  make: (status: string, count: number) => makeDisputes(world, cast, status, count, authority),
  mutations: Object.fromEntries(
    Object.entries(MUTATIONS).map(([event, { name }]) => [
      event,
      { name, input: (dispute: object) => inputOf(event, dispute as MadeDispute) },
    ]),
  ),
  expected: ({ status, event, actor }: { status: string; event: string; actor: string }) =>
    answer(stateOf(status as keyof typeof STATES), event, actor, authority === 'HOST'),
});

/** As if everybody had lost and was asked. */
const EVERYTHING: DisputeState = { ...stateOf('RESOLVED'), losers: ['OPENER', 'RESPONDENT'], asked: 'RESPONDENT' };

/** Roles that have no part in a dispute but to open one. */
const BYSTANDERS = ACTORS.filter((actor) => Object.values(RULES).every(({ by }) => !by(EVERYTHING).includes(actor)) && actor !== 'HOST');
const INVOLVED = ACTORS.filter((actor) => !BYSTANDERS.includes(actor));

describe('every step by everybody', () => {
  test('is in the table of the tests, unless only the server makes it', () => {
    const isOurs = (by: readonly string[]) => by.every((role) => role === 'TIMER' || role === 'SYSTEM');
    const made = disputeMachine.steps.filter(({ from, by }) => from.length > 0 && !isOurs(by)).map(({ event }) => event);
    expect([...new Set(made)].sort()).toEqual(Object.keys(RULES).sort());
    expect(Object.keys(MUTATIONS).sort()).toEqual(Object.keys(RULES).sort());
  });

  testCells('a dispute', Object.keys(STATES), cellsOf('PARLEY', INVOLVED));
  testCells('a dispute that the host moves, by the host,', Object.keys(STATES), cellsOf('HOST', ['HOST']));

  test('is refused to bystanders, in whatever role, where the parties could make it', async () => {
    const wrong: unknown[] = [];
    for (const status of ['OPENED', 'AWAITING_RESPONSE', 'NEGOTIATING', 'UNDER_REVIEW', 'AWAITING_EVIDENCE', 'RESOLVED', 'UNDER_APPEAL']) {
      const events = Object.keys(MUTATIONS).filter((event) => RULES[event]!.from.includes(status));
      const disputes = await makeDisputes(world, cast, status, BYSTANDERS.length);
      await inParallel([...BYSTANDERS.entries()], async ([at, actor]) => {
        for (const event of events) {
          const got = await world.refusal(cast.people[actor], MUTATIONS[event]!.name, inputOf(event, disputes[at]!));
          if (got !== 'FORBIDDEN') wrong.push([actor, event, status, got]);
        }
      });
      const ids = disputes.map(({ id }) => id);
      expect(await world.sql('select distinct status, version from disputes where id = any($1)', [ids])).toEqual([{ status, version: 1 }]);
    }
    expect(wrong).toEqual([]);
  });
});

const asked = fc.record({ event: fc.constantFrom(...Object.keys(RULES)), actor: fc.constantFrom(...INVOLVED) });
/** Few of all steps are possible at a time: these are more often so, for walks that get somewhere. */
const likely = fc.constantFrom(
  ...[
    { event: 'respond', actor: 'RESPONDENT' },
    { event: 'offer', actor: 'OPENER' },
    { event: 'offer', actor: 'RESPONDENT' },
    { event: 'decline_offer', actor: 'OPENER' },
    { event: 'decline_offer', actor: 'RESPONDENT' },
    { event: 'escalate', actor: 'OPENER' },
    { event: 'ask_evidence', actor: 'MEDIATOR' },
    { event: 'submit_evidence', actor: 'OPENER' },
    { event: 'decide', actor: 'MEDIATOR' },
    { event: 'dismiss', actor: 'PLATFORM_ADMIN' },
    { event: 'appeal', actor: 'OPENER' },
    { event: 'uphold', actor: 'MEDIATOR' },
    { event: 'overturn', actor: 'PLATFORM_ADMIN' },
  ].map(({ event, actor }) => ({ event, actor: actor as DisputeActor })),
);

test('steps at random lead where the rules say, each with one message', async () => {
  const QUERY = 'query ($id: ID!) { dispute(id: $id) { status version offers { id status } } }';
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(asked, likely), { minLength: 15, maxLength: 30 }), async (steps) => {
      const [made] = await makeDisputes(world, cast, 'AWAITING_RESPONSE', 1);
      const { id, roomId } = made!;
      let state: DisputeState = stateOf('AWAITING_RESPONSE');
      let offerId: string | null = null;
      for (const { event, actor } of steps) {
        const { name } = MUTATIONS[event]!;
        const got = await world.refusal(cast.people[actor], name, inputOf(event, Object.assign(made!, { offerId })));
        expect([state.status, event, actor, got]).toEqual([state.status, event, actor, answer(state, event, actor)]);
        if (got === 'OK') state = after(state, event, actor);
        const { dispute } = await world
          .as(cast.people.OPENER)
          .get<{ dispute: { status: string; offers: { id: string; status: string }[] } }>(QUERY, { id });
        expect([event, dispute.status]).toEqual([event, state.status]);
        offerId = dispute.offers.find(({ status }) => status === 'OPEN')?.id ?? null;
        expect(offerId !== null).toBe(state.offer !== null);
      }
      const written = await world.sql(
        `select t.version, m.kind, (m.metadata->>'version')::int as told from transitions t
         full join (select * from messages where room_id = $2 and kind = 'DISPUTE') m on m.id = t.message_id
         where t.aggregate_id = $1 or t.id is null and m.room_id = $2 order by t.version`,
        [id, roomId],
      );
      const [{ version }] = (await world.sql<{ version: number }>('select version from disputes where id = $1', [id])) as [
        { version: number },
      ];
      const versions = Array.from({ length: version - 1 }, (_, at) => at + 2);
      expect(written).toEqual(versions.map((one) => ({ version: one, kind: 'DISPUTE', told: one })));
    }),
    { numRuns: 8 },
  );
});
