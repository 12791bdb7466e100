import type { Cluster } from '../cluster/cluster.js';
import type { Ledger } from './caller.js';
import type { Receiver } from './receiver.js';

/** All that steps were made of, with the version that each stands at. */
const SUBJECTS = `(select id, version from orders union all select id, version from deliveries union all select id, version from payments)`;

/** Kinds of messages that tell of a step; the statement looks at all rooms. */
const ORPHANS = `
with told as (select id, room_id, sequence from messages where kind in ('ORDER_UPDATE', 'DELIVERY_UPDATE', 'PAYMENT'))
select
  (select count(*) from transitions)::int as transitions,
  (select count(*) from told)::int as messages,
  (select count(*) from told where not exists (select from transitions t where t.message_id = told.id))::int as "messagesWithoutStep",
  (select count(*) from transitions t where not exists (
    select from told where told.id = t.message_id and told.room_id = t.room_id and told.sequence = t.message_sequence))::int as "stepsWithoutMessage",
  (select count(*) from (
    select from transitions group by aggregate, aggregate_id having count(*) <> max(version) or min(version) <> 1) x)::int as "brokenLives",
  (select count(*) from ${SUBJECTS} s
    where s.version is distinct from (select max(version) from transitions t where t.aggregate_id = s.id))::int as "strays",
  (select count(*) from inbound_events where status <> 'PROCESSED')::int as "unmerged",
  (select count(*) from inbound_events) - (select count(*) from transitions where source = 'WEBHOOK') as "eventsBeside"`;

/** What is still on its way: timers, jobs, banks that are late. */
const UNFINISHED = `
select (select count(*) from orders where status <> 'COMPLETED') + (select count(*) from payments where status <> 'CAPTURED')
  + (select count(*) from inbound_events where status = 'RECEIVED') as left`;

/** Who moved what; each kind of thing and each source has to have had a part. */
const PARTS = `select aggregate || ' by ' || source as part, count(*)::int as steps from transitions group by 1 order by 1`;
const EXPECTED = [
  ...['order by SERVICE', 'order by WEBHOOK', 'order by SYSTEM', 'order by TIMER', 'delivery by SERVICE', 'delivery by USER'],
  ...['delivery by WEBHOOK', 'payment by SERVICE', 'payment by SYSTEM'],
];

interface Counts {
  transitions: number;
  messages: number;
  messagesWithoutStep: number;
  stepsWithoutMessage: number;
  brokenLives: number;
  strays: number;
  unmerged: number;
  eventsBeside: number;
}

interface Part {
  part: string;
  steps: number;
}

const steps = (cluster: Cluster) => cluster.sql<{ id: string }>('select id from transitions');

/** How many steps the receiver has not been told of. */
async function untold(cluster: Cluster, receiver: Receiver): Promise<number> {
  return (await steps(cluster)).filter(({ id }) => !receiver.transitions.has(id)).length;
}

/** How much is to be awaited before it can be judged. */
export async function unfinished(cluster: Cluster, receiver: Receiver): Promise<number> {
  const [row] = await cluster.sql<{ left: string }>(UNFINISHED);
  return Number(row!.left) + (await untold(cluster, receiver));
}

/** Each finding is a count that must be 0. */
export async function judgeSteps(
  cluster: Cluster,
  receiver: Receiver,
  ledger: Ledger,
): Promise<{ counts: Counts; parts: Part[]; findings: [string, number][] }> {
  const [counts] = (await cluster.sql<Counts>(ORPHANS)) as [Counts];
  const parts = await cluster.sql<Part>(PARTS);
  const [row] = await cluster.sql<{ left: string }>(UNFINISHED);
  const known = new Set((await steps(cluster)).map(({ id }) => id));
  const versions = new Map((await cluster.sql<{ id: string; version: number }>(SUBJECTS)).map((one) => [one.id, one.version]));
  const kept = new Set((await cluster.sql<{ id: string }>('select external_id as id from inbound_events')).map(({ id }) => id));
  const told = [...receiver.transitions];
  return {
    counts,
    parts,
    findings: [
      ['acknowledged steps that are gone', [...ledger.versions].filter(([id, version]) => (versions.get(id) ?? 0) < version).length],
      ['calls and events that were refused though they were right', ledger.refusals.length],
      ['acknowledged events that are gone', [...ledger.events].filter((id) => !kept.has(id)).length],
      ['events that were not merged', counts.unmerged],
      ['events that came in beside the steps by them', Math.abs(Number(counts.eventsBeside))],
      ['orders and payments that came to no end', Number(row!.left)],
      ['kinds of things and sources that had no part', EXPECTED.filter((one) => !parts.some(({ part }) => part === one)).length],
      ['messages of no step', counts.messagesWithoutStep],
      ['steps without a message', counts.stepsWithoutMessage],
      ['lives with a hole or a double step', counts.brokenLives],
      ['things that stand elsewhere than their last step', counts.strays],
      ['steps that the receiver was never told of', await untold(cluster, receiver)],
      ['steps that it was told of and that did not happen', told.filter(([id]) => !known.has(id)).length],
      ['steps that it was told of under two ids', told.filter(([, ids]) => ids.size > 1).length],
      ['events that overtook an earlier one of their room', receiver.disordered],
    ],
  };
}
