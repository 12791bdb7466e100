import { expect, test } from '@jest/globals';
import { type Machine, statesOf, stepsFor } from '../../src/transitions/machine.js';
import type { Subject } from '../../src/transitions/subject.js';
import { inParallel } from './room-operations.js';
import type { Person, World } from './world.js';

/** How the cells of one machine are reached through the API. */
export interface Cells<S extends Subject> {
  world: World;
  machine: Machine<S, string>;
  /** Everybody who tries each step, by the role or party as which they try it. They sit in each room that `make` gives. */
  actors: Record<string, Person>;
  /** Many subjects in this state, each in a room of its own with all the actors; straight in the tables, so that any state is possible. */
  make: (status: string, count: number) => Promise<S[]>;
  /** The mutation of an event, and what its input needs beyond the subject's id. Absent: no mutation makes this step (a webhook or another step does). */
  mutations: Record<string, { name: string; input: (subject: S, actor: string) => Record<string, unknown> } | undefined>;
  /** What the machine should answer, told apart from its code by whoever wrote the test: OK, or the code of the refusal. */
  expected: (cell: { status: string; event: string; actor: string }) => string;
}

const nameOfInput = (mutation: string) => `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;

/** One test for each state: every event by every actor, through the real API, and the state afterwards. */
export function testCells<S extends Subject>(name: string, states: readonly string[], setting: () => Cells<S>): void {
  test.each(states.map((status) => [status]))(`${name} in %s takes exactly the steps of its table`, async (status) => {
    const { world, machine, actors, make, mutations, expected } = setting();
    expect([...states].sort()).toEqual(statesOf(machine).sort());
    const events = [...new Set(machine.steps.filter(({ from }) => from.length > 0).map(({ event }) => event))];
    const cells = events
      .filter((event) => mutations[event])
      .flatMap((event) => Object.keys(actors).map((actor) => ({ status, event, actor })));
    const subjects = await make(status, cells.length);
    const wrong: string[] = [];
    // One socket for each of them: a cell costs its step, and not a request by HTTP as well.
    const clients = new Map(Object.entries(actors).map(([actor, person]) => [actor, world.as(person)]));
    await inParallel([...cells.entries()], async ([at, cell]) => {
      const subject = subjects[at]!;
      const { name: mutation, input } = mutations[cell.event]!;
      const document = `mutation ($input: ${nameOfInput(mutation)}!) { ${mutation}(input: $input) { id } }`;
      const { errors } = await clients.get(cell.actor)!.askBySocket(document, { input: input(subject, cell.actor) });
      const got = errors?.[0]?.extensions.code ?? 'OK';
      if (got !== expected(cell)) wrong.push(`${cell.actor} ${cell.event}: ${got}, not ${expected(cell)}`);
    });
    await Promise.all([...clients.values()].map((client) => client.close()));
    expect(wrong).toEqual([]);
  });
}

/** What somebody could do by the table, for a test that walks at random. */
export const possible = <S extends Subject>(
  machine: Machine<S, string>,
  subject: S,
  actor: Parameters<typeof stepsFor<S>>[2],
  now: Date,
) => [...new Set(stepsFor(machine, subject, actor, now).map(({ event }) => event))];
