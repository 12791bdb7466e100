import type { Cluster } from '../cluster/cluster.js';
import type { Person } from '../person.js';

export interface LoggedMessage {
  roomId: string;
  sequence: number;
  id: string;
  senderId: string | null;
  kind: string;
  content: string | null;
  clientId: string | null;
  createdRevision: number;
  revision: number;
  createdAt: number;
  isDeleted: boolean;
  /** Of a notice. */
  event: string | null;
  userId: string | null;
}

export interface LoggedRoom {
  id: string;
  lastSequence: number;
  revision: number;
}

export interface Seat {
  roomId: string;
  userId: string;
  isInside: boolean;
  lastRead: number;
  /** Null: what is unread begins where reading ended. */
  markedFrom: number | null;
  horizon: number;
}

/** What the API tells a person about their own side of a room, in the end. */
export interface Told {
  roomId: string;
  userId: string;
  unread: number;
  lastRead: number;
}

/** How everything stands when all is quiet: the tables, past every rule of the application, and what people are told. */
export interface Outcome {
  rooms: LoggedRoom[];
  messages: LoggedMessage[];
  seats: Seat[];
  told: Told[];
  badges: { userId: string; total: number }[];
}

const ROOMS = `select id, last_sequence::int as "lastSequence", revision::int as revision from rooms where id = any($1)`;
const MESSAGES = `select room_id as "roomId", sequence::int as sequence, id, sender_id as "senderId", kind, content, client_id as "clientId",
    created_revision::int as "createdRevision", revision::int as revision, (extract(epoch from created_at) * 1000)::float8 as "createdAt",
    deleted_at is not null as "isDeleted", case when kind = 'SYSTEM' then metadata->>'event' end as event, case when kind = 'SYSTEM' then metadata->>'userId' end as "userId"
  from messages where room_id = any($1) order by room_id, sequence`;
const SEATS = `select room_id as "roomId", user_id as "userId", status in ('ACTIVE', 'MUTED') as "isInside", last_read_sequence::int as "lastRead",
    unread_after_sequence::int as "markedFrom", history_from_sequence::int as horizon
  from participants where room_id = any($1)`;

const MINE = `{ rooms(first: 100) { nodes { id viewer { unreadCount lastReadSequence } } } unread { total } }`;

interface Mine {
  rooms: { nodes: { id: string; viewer: { unreadCount: number; lastReadSequence: number } }[] };
  unread: { total: number };
}

export async function outcomeOf(cluster: Cluster, rooms: readonly string[], people: readonly Person[]): Promise<Outcome> {
  const outcome: Outcome = {
    rooms: await cluster.sql(ROOMS, [rooms]),
    messages: await cluster.sql(MESSAGES, [rooms]),
    seats: await cluster.sql(SEATS, [rooms]),
    told: [],
    badges: [],
  };
  for (const person of people) {
    const answer = await person.api.post<Mine>(person.anyNode(), MINE, {});
    if (answer.is !== 'done') throw new Error(`nobody told ${person.id} what is unread: ${JSON.stringify(answer)}`);
    const { rooms: list, unread } = answer.data;
    outcome.badges.push({ userId: person.id, total: unread.total });
    for (const { id, viewer } of list.nodes)
      outcome.told.push({ roomId: id, userId: person.id, unread: viewer.unreadCount, lastRead: viewer.lastReadSequence });
  }
  return outcome;
}
