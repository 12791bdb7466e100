import type { Cluster } from '../cluster.js';
import type { Receiver } from './receiver.js';
import type { Ledger } from './shop.js';

/** Kinds of messages that tell of a step; the statement looks at all rooms. */
const ORPHANS = `
with told as (select id, room_id, sequence from messages where kind in ('ORDER_UPDATE', 'DELIVERY_UPDATE'))
select
  (select count(*) from transitions)::int as transitions,
  (select count(*) from told)::int as messages,
  (select count(*) from told where not exists (select from transitions t where t.message_id = told.id))::int as "messagesWithoutStep",
  (select count(*) from transitions t where not exists (
    select from told where told.id = t.message_id and told.room_id = t.room_id and told.sequence = t.message_sequence))::int as "stepsWithoutMessage",
  (select count(*) from (
    select from transitions group by aggregate, aggregate_id having count(*) <> max(version) or min(version) <> 1) x)::int as "brokenLives",
  (select count(*) from orders o where o.version <> (select max(version) from transitions t where t.aggregate_id = o.id))::int as "strayOrders"`;

interface Counts {
  transitions: number;
  messages: number;
  messagesWithoutStep: number;
  stepsWithoutMessage: number;
  brokenLives: number;
  strayOrders: number;
}

const steps = (cluster: Cluster) => cluster.sql<{ id: string }>('select id from transitions');

/** How many steps the receiver has not been told of. */
export async function untold(cluster: Cluster, receiver: Receiver): Promise<number> {
  return (await steps(cluster)).filter(({ id }) => !receiver.transitions.has(id)).length;
}

/** Each finding is a count that must be 0. */
export async function judgeSteps(
  cluster: Cluster,
  receiver: Receiver,
  ledger: Ledger,
): Promise<{ counts: Counts; findings: [string, number][] }> {
  const [counts] = (await cluster.sql<Counts>(ORPHANS)) as [Counts];
  const known = new Set((await steps(cluster)).map(({ id }) => id));
  const versions = new Map(
    (await cluster.sql<{ id: string; version: number }>('select id, version from orders')).map((row) => [row.id, row.version]),
  );
  const lost = [...ledger.versions].filter(([id, version]) => (versions.get(id) ?? 0) < version).length;
  const told = [...receiver.transitions];
  return {
    counts,
    findings: [
      ['acknowledged steps that are gone', lost],
      ['orders that were refused a legal step', ledger.refusals.length],
      ['messages of no step', counts.messagesWithoutStep],
      ['steps without a message', counts.stepsWithoutMessage],
      ['lives with a hole or a double step', counts.brokenLives],
      ['orders that stand elsewhere than their last step', counts.strayOrders],
      ['steps that the receiver was never told of', await untold(cluster, receiver)],
      ['steps that it was told of and that did not happen', told.filter(([id]) => !known.has(id)).length],
      ['steps that it was told of under two ids', told.filter(([, ids]) => ids.size > 1).length],
      ['events that overtook an earlier one of their room', receiver.disordered],
    ],
  };
}
