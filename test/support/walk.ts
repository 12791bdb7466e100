import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Subject } from '../../src/transitions/machine/subject.js';
import type { Cells } from './cells.js';
import { type Cell, offeredTo, type Rule } from './rules.js';
import { Steps, triersOf } from './steps.js';
import type { Message, Room } from './world.js';

/** What a walk knows beyond the state, where that decides which of several ways a step goes. */
export interface WalkModel {
  /** Null: this step does not come now, whoever would make it. */
  leadsTo(cell: Cell): string | null;
  take(cell: Cell): void;
}

/** A machine through which a test walks at random, beginning at a subject in state `start` that `make` gives. */
export interface Walk<S extends Subject> extends Cells<S> {
  rules: readonly Rule[];
  start: string;
  /** Steps that nobody tries. */
  leftOut?: string[];
  /** Anew for each walk. Absent: each step has one way. */
  model?: () => WalkModel;
  /** A field of Query, or several, in which the subject is found with these fields of its own. */
  shown: (subject: S, fields: string) => string;
}

interface Seen {
  id: string;
  status: string;
  version: number;
  allowedTransitions: { event: string; to: string[] }[];
}

const FIELDS = 'id status version allowedTransitions { event to }';

/** The subject, wherever it is in an answer. */
function found(data: unknown, id: string): Seen | undefined {
  if (data === null || typeof data !== 'object') return undefined;
  if ('id' in data && data.id === id && 'allowedTransitions' in data) return data as Seen;
  return Object.values(data)
    .map((value) => found(value, id))
    .find(Boolean);
}

/** What somebody sees of the subject, and of what its room was told about it. */
async function lookAt<S extends Subject>({ world, actors, shown }: Walk<S>, subject: S, viewer: string) {
  type Answer = { told: Room & { lastSequence: number; messages: { nodes: Message[] } } };
  const { id, roomId } = subject;
  const room = `told: room(id: "${roomId}") { lastSequence messages(last: 100) { nodes { metadata } } }`;
  const data = await world.as(actors[viewer]!).get<Answer>(`{ ${shown(subject, FIELDS)} ${room} }`);
  const steps = data.told.messages.nodes.map(({ metadata }) => metadata as Record<string, unknown> | null);
  return {
    subject: found(data, id),
    lastSequence: data.told.lastSequence,
    steps: steps
      .filter((step) => step?.['aggregateId'] === id && step['transitionId'])
      .map((step) => ({ event: step!['event'], from: step!['from'], to: step!['to'], version: step!['version'] })),
  };
}

const byEvent = (one: { event: string }, other: { event: string }) => one.event.localeCompare(other.event);

/** Steps by anybody at random, of which every other one is possible: each leads where the table says, and is said once, or is refused without a trace. */
export function testWalk<S extends Subject>(name: string, setting: () => Walk<S>): void {
  test(`${name} goes where its table leads, whoever tries what`, async () => {
    const walk = setting();
    const { actors, make, expected, rules, start, leftOut = [] } = walk;
    const people = Object.keys(actors);
    const events = [...new Set(rules.map(([, event]) => event))].filter((event) => !leftOut.includes(event));
    const tries = events.flatMap((event) => triersOf(walk, event).map((actor) => ({ event, actor })));
    const steps = await Steps.of(walk);

    async function go(choices: { isPossible: boolean; at: number }[]): Promise<void> {
      const [subject] = (await make(start, 1)) as [S];
      let [status, version] = [start, 1];
      const model = walk.model?.();
      let { lastSequence } = await lookAt(walk, subject, people[0]!);
      const told: object[] = [];
      for (const { isPossible, at } of choices) {
        const isOk = (one: { event: string; actor: string }) => expected({ ...one, status }) === 'OK';
        const now = tries.filter((one) => !isOk(one) || model?.leadsTo({ ...one, status }) !== null);
        const possible = now.filter(isOk);
        const from = isPossible && possible.length > 0 ? possible : now;
        const cell: Cell = { ...from[at % from.length]!, status };
        expect([cell, await steps.try(subject, cell.event, cell.actor)]).toEqual([cell, expected(cell)]);
        if (expected(cell) === 'OK') {
          const offered = offeredTo(rules, status, cell.actor).find(({ event }) => event === cell.event)!.to;
          const to = model?.leadsTo(cell) ?? offered[0]!;
          expect(offered).toContain(to);
          model?.take(cell);
          told.push({ event: cell.event, from: status, to, version: ++version });
          status = to;
        }
        const viewer = cell.actor in actors ? cell.actor : people[at % people.length]!;
        const seen = await lookAt(walk, subject, viewer);
        expect(seen).toMatchObject({ subject: { status, version }, steps: told });
        expect([viewer, status, seen.subject?.allowedTransitions.sort(byEvent)]).toEqual([
          ...[viewer, status, offeredTo(rules, status, viewer).sort(byEvent)],
        ]);
        if (expected(cell) !== 'OK') expect([cell, seen.lastSequence]).toEqual([cell, lastSequence]);
        ({ lastSequence } = seen);
      }
    }

    const choice = fc.record({ isPossible: fc.boolean(), at: fc.nat() });
    await fc.assert(fc.asyncProperty(fc.array(choice, { minLength: 6, maxLength: 16 }), go), { numRuns: 6, endOnFailure: true });
    await steps.end();
  }, 60_000);
}
