import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { type Sender, tell, type Told, untilMerged } from './inbound.js';
import type { World } from './world.js';

/** What happened, in its order: event, and what it tells. Each story is about something of its own. */
export type Story = (externalRef: string) => (readonly [type: string, data?: object])[];

/** As its sender tells it: each event a second after the one before. */
function toldOf(story: Story, hasVersions: boolean): { externalRef: string; events: { id: string; told: Told }[] } {
  const externalRef = randomUUID();
  const versions: Record<string, number> = {};
  const events = story(externalRef).map(([type, more], at) => {
    const data = { externalRef, ...more };
    const object = `${type.slice(0, type.indexOf('.'))}:${data.externalRef}`;
    const version = (versions[object] = (versions[object] ?? 0) + 1);
    const occurredAt = new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString();
    return { id: randomUUID(), told: { type, data: { ...data, occurredAt, ...(hasVersions && { version }) } } };
  });
  return { externalRef, events };
}

/** In which order the events of some stories come, each of them once or twice. */
const orders = (length: number) =>
  fc.array(fc.tuple(fc.shuffledSubarray([...Array(length).keys()], { minLength: length }), fc.subarray([...Array(length).keys()])), {
    minLength: 6,
    maxLength: 6,
  });

/** Tells a story six times, each time in another order and with repeats, and expects the same end of each. */
export async function expectOneEnd<End>(
  world: World,
  sender: Sender,
  { story, hasVersions, endOf, end }: { story: Story; hasVersions: boolean; endOf: (externalRef: string) => Promise<End>; end: End },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(orders(story('').length), async (runs) => {
      const refs = await Promise.all(
        runs.map(async ([order, repeated], run) => {
          const { externalRef, events } = toldOf(story, hasVersions);
          for (const at of [...order, ...repeated]) {
            const { id, told } = events[at]!;
            expect([200, 202]).toContain(await tell(world, sender, told, { id, node: (run + at) % world.nodes.length }));
          }
          return externalRef;
        }),
      );
      await untilMerged(world);
      const open = await world.sql(
        `select type, status, error from inbound_events where object_ref like any($1) and status not in ('PROCESSED', 'STALE')`,
        [refs.map((ref) => `${ref}%`)],
      );
      expect(open).toEqual([]);
      expect(await Promise.all(refs.map(endOf))).toEqual(refs.map(() => end));
    }),
    { numRuns: 1, endOnFailure: true },
  );
}
