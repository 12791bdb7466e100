import { isDeepStrictEqual } from 'node:util';
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { type Sender, tell, type Told, untilMerged } from './inbound.js';
import { permutations, tried } from './permutations.js';
import type { World } from './world.js';

/** What happened, in its order: event, and what it tells. Each story is about something of its own. */
export type Story = (externalRef: string) => (readonly [type: string, data?: object])[];

export interface Telling {
  story: Story;
  /** How many of its events come first, in their order: the others come in every order (see `tried`). */
  first?: number;
  hasVersions: boolean;
  /** What has become of it all: `$1` are names, and each row has one as `ref`. */
  state: string;
  /** The rows of one name, without it. */
  end: object[];
  /** How many steps there are in the end; null where a later event can happen without an earlier one, which is then late. */
  steps: number | null;
}

interface Part {
  id: string;
  told: Told;
}

/** What a machine that does other things may take for it. */
export const LONG = 600_000;
const AT_ONCE = 40;

/** As its sender tells it: each event a second after the one before. */
function toldOf(story: Story, hasVersions: boolean): { externalRef: string; events: Part[] } {
  const externalRef = randomUUID();
  const versions: Record<string, number> = {};
  const events = story(externalRef).map(([type, more], at) => {
    const data = { externalRef, ...more };
    const object = `${type.slice(0, type.indexOf('.'))}:${data.externalRef}`;
    const version = (versions[object] = (versions[object] ?? 0) + 1);
    const occurredAt = new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString();
    return { id: randomUUID(), told: { type, timestamp: occurredAt, data: { ...data, ...(hasVersions && { version }) } } };
  });
  return { externalRef, events };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Steps and their messages of whatever an event was merged into, by the name of the story. */
const TALLY = `
with objects as (select distinct left(object_ref, 36) as ref, object_id as id from inbound_events where left(object_ref, 36) = any($1)),
  steps as (select ref, count(*)::int as steps from objects join transitions t on t.aggregate_id = objects.id group by ref),
  said as (select ref, count(*)::int as messages from objects join messages m on m.metadata->>'aggregateId' = objects.id::text group by ref)
select ref, steps, messages from steps join said using (ref)`;
const OPEN = `
select type, status, error from inbound_events where left(object_ref, 36) = any($1) and status not in ('PROCESSED', 'STALE')`;

/**
 * Tells a story once for each order of its events, each time about something else. What came is merged before the next event
 * comes, and each time one that came before comes once more, under its own id or another. All have the same end.
 */
export async function expectOneEnd(world: World, sender: Sender, telling: Telling): Promise<void> {
  const { story, first = 0, hasVersions, state, end, steps } = telling;
  const length = story('').length;
  const runs = tried(permutations(range(first, length))).map((order) => ({
    order: [...range(0, first), ...order],
    ...toldOf(story, hasVersions),
  }));
  const refs = runs.map(({ externalRef }) => externalRef);
  const say = async ({ told }: Part, id: string, node: number) => {
    expect([200, 202]).toContain(await tell(world, sender, told, { id, node: node % world.nodes.length }));
  };
  for (const round of range(0, length)) {
    const posts = runs.flatMap(({ order, events }, run) => {
      const now = events[order[round]!]!;
      if (round < Math.max(first, 1)) return [() => say(now, now.id, run)];
      const again = events[order[run % round]!]!;
      const isSameId = (run + round) % 2 === 0;
      return [() => say(now, now.id, run), () => say(again, isSameId ? again.id : randomUUID(), run + 1)];
    });
    for (let at = 0; at < posts.length; at += AT_ONCE) await Promise.all(posts.slice(at, at + AT_ONCE).map((post) => post()));
    await untilMerged(world);
  }
  expect(await world.sql(OPEN, [refs])).toEqual([]);
  const rows = await world.sql<{ ref: string }>(state, [refs]);
  const ends = refs.map((name) => rows.filter(({ ref }) => ref === name).map(({ ref: _, ...row }) => row));
  expect(ends.filter((one) => !isDeepStrictEqual(one, end)).slice(0, 3)).toEqual([]);
  expect(ends).not.toHaveLength(0);
  const tallies = await world.sql<{ ref: string; steps: number; messages: number }>(TALLY, [refs]);
  expect(tallies).toHaveLength(refs.length);
  expect(tallies.filter((one) => one.steps !== one.messages)).toEqual([]);
  if (steps !== null) expect(new Set(tallies.map((one) => one.steps))).toEqual(new Set([steps]));
}
