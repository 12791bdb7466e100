import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { DataSource, In } from 'typeorm';
import type { ParleyError } from '../../src/common/errors/errors.js';
import { ParticipantRole } from '../../src/policy/roles.js';
import { judge, statesOf } from '../../src/transitions/machine/machine.js';
import type { Subject } from '../../src/transitions/machine/subject.js';
import { inParallel } from './room-operations.js';
import type { Cell } from './rules.js';
import { Steps, triersOf, type Trial } from './steps.js';

/** Hundreds of steps, on a machine that has other things to do. */
const MAX_MS = 60_000;

/** How the cells of one machine are reached. The actors sit in each room that `make` gives. */
export interface Cells<S extends Subject> extends Trial<S> {
  /** Many subjects in this state, each in a room of its own with all the actors; straight in the tables, so that any state is possible. */
  make: (status: string, count: number) => Promise<S[]>;
  /** What the machine should answer, told apart from its code by whoever wrote the test: OK, or the code of the refusal. */
  expected: (cell: Cell) => string;
  /** The host decides: what people may do becomes a request. */
  isHosts?: boolean;
}

const eventsOf = <S extends Subject>({ machine }: Cells<S>) => [
  ...new Set(machine.steps.filter(({ from }) => from.length > 0).map(({ event }) => event)),
];

async function made<S extends Subject>({ world, machine, make, isHosts }: Cells<S>, status: string, count: number): Promise<S[]> {
  const subjects = await make(status, count);
  const { tableName } = world.nodes[0]!.app.get(DataSource).getMetadata(machine.entity);
  if (isHosts) await world.sql(`update ${tableName} set authority = 'HOST' where id = any($1)`, [subjects.map(({ id }) => id)]);
  return subjects;
}

/** Which steps happened to these subjects, and which were asked for; each of them was tried once. */
async function traces<S extends Subject>({ world, machine }: Cells<S>, subjects: S[]) {
  const about = [machine.name, subjects.map(({ id }) => id)];
  const happened = await world.sql(
    'select aggregate_id as id, event, from_status as status from transitions where aggregate = $1 and aggregate_id = any($2) and version = 2',
    about,
  );
  const asked = await world.sql(
    'select aggregate_id as id, event from step_requests where aggregate = $1 and aggregate_id = any($2)',
    about,
  );
  return { happened: new Set(happened), asked: new Set(asked) };
}

/** One test for each state: every event by every actor, and what became of it. */
function testStates<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  test.each(states.map((status) => [status]))(
    `${name} in %s takes exactly the steps of its table`,
    async (status) => {
      const { machine, expected, isHosts } = setting();
      expect([...states].sort()).toEqual(statesOf(machine).sort());
      const cells = eventsOf(setting()).flatMap((event) => triersOf(setting(), event).map((actor) => ({ status, event, actor })));
      const subjects = await made(setting(), status, cells.length);
      const steps = await Steps.of(setting());
      const wrong: string[] = [];
      await inParallel([...cells.entries()], async ([at, cell]) => {
        const got = await steps.try(subjects[at]!, cell.event, cell.actor);
        if (got !== expected(cell)) wrong.push(`${cell.actor} ${cell.event}: ${got}, not ${expected(cell)}`);
      });
      expect(wrong).toEqual([]);
      const allowed = [...cells.entries()].filter(([, cell]) => expected(cell) === 'OK');
      const isAsked = ({ actor }: Cell) => Boolean(isHosts) && steps.isUser(actor);
      expect(await traces(setting(), subjects)).toEqual({
        happened: new Set(allowed.filter(([, cell]) => !isAsked(cell)).map(([at, { event }]) => ({ id: subjects[at]!.id, event, status }))),
        asked: new Set(allowed.filter(([, cell]) => isAsked(cell)).map(([at, { event }]) => ({ id: subjects[at]!.id, event }))),
      });
      await steps.end();
    },
    MAX_MS,
  );
}

/** The table is asked about the roles that nobody in the test has. */
function testRoles<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  test(
    `${name} says the same to every role in its room`,
    async () => {
      const { world, machine, expected } = setting();
      const wrong: string[] = [];
      for (const status of states) {
        const ids = (await made(setting(), status, 1)).map(({ id }) => id);
        const [subject] = await world.nodes[0]!.app.get(DataSource).manager.findBy(machine.entity, { id: In(ids) } as never);
        for (const [event, actor] of eventsOf(setting()).flatMap((one) =>
          Object.values(ParticipantRole).map((role) => [one, role] as const),
        )) {
          let got = 'OK';
          try {
            judge(machine, subject!, { source: 'USER', userId: randomUUID(), role: actor }, { event }, new Date());
          } catch (error) {
            got = (error as ParleyError).code;
          }
          const should = expected({ status, event, actor });
          if (got !== should) wrong.push(`${actor} ${event} in ${status}: ${got}, not ${should}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    MAX_MS,
  );
}

/** Every step that a mutation makes, tried by somebody who may. */
function testKeys<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  test(
    `${name} is moved by who has seen it as it is, and once under a key`,
    async () => {
      const { actors, expected, mutations } = setting();
      const steps = await Steps.of(setting());
      // Some steps end the seat of who made them; the host has none.
      const people = Object.keys(actors).sort((one, other) => Number(steps.isUser(one)) - Number(steps.isUser(other)));
      const cells = states.flatMap((status) =>
        eventsOf(setting()).flatMap((event) => {
          const actor = people.find((person) => mutations[event] && expected({ status, event, actor: person }) === 'OK');
          return actor ? [{ status, event, actor }] : [];
        }),
      );
      const wrong: unknown[] = [];
      for (const { status, event, actor } of cells) {
        const [subject] = (await made(setting(), status, 1)) as [S];
        const idempotencyKey = randomUUID();
        const got: string[] = [];
        for (const more of [{ expectedVersion: 2 }, {}, {}, { reason: 'another' }]) {
          got.push(await steps.try(subject, event, actor, { expectedVersion: 1, idempotencyKey, ...more }));
        }
        const { happened } = await traces(setting(), [subject]);
        if (got.join() !== 'STALE_VERSION,OK,OK,IDEMPOTENCY_CONFLICT' || happened.size !== 1) wrong.push([status, event, actor, got]);
      }
      expect(wrong).toEqual([]);
      await steps.end();
    },
    MAX_MS,
  );
}

/** Every cell of a machine's table: state × event × actor. */
export function testCells<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  testStates(name, states, setting);
  testRoles(name, states, setting);
  testKeys(name, states, setting);
}

/** The same where the host decides: it moves the subject, and people ask. */
export function testHostsCells<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  testStates(`${name} of the host`, states, () => ({ ...setting(), isHosts: true }));
}
