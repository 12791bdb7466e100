import { within } from './within.js';

export interface HeardMessage {
  id: string;
  sequence: number;
  revision: number;
  kind: string;
  content: string | null;
  /** Of what the system says: which step of what it tells. */
  metadata: Record<string, unknown> | null;
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
  sender: { id: string; displayName: string } | null;
  replyTo: { sequence: number; sender: { displayName: string } | null } | null;
  reactions: { emoji: string; count: number }[];
}

export const MESSAGE = `id sequence revision kind content metadata createdAt editedAt deletedAt sender { id displayName }
  replyTo { sequence sender { displayName } } reactions { emoji count }`;

/** Somebody's place in the room, and how far they have read. */
export interface Seat {
  userId: string;
  status: string;
  lastReadSequence: number;
  lastDeliveredSequence: number;
}

export const SEAT = 'userId status lastReadSequence lastDeliveredSequence';

export type RoomEvent =
  | { __typename: 'MessageAdded' | 'MessageChanged'; revision: number; message: HeardMessage }
  | { __typename: 'ParticipantChanged'; userId: string; participant: Seat | null }
  | { __typename: 'ReceiptAdvanced'; userId: string; lastReadSequence: number; lastDeliveredSequence: number }
  | { __typename: 'RoomChanged'; room: { title: string; status: string } | null }
  | { __typename: 'ResyncRequired'; revision: number };

export const ROOM_EVENTS = `__typename
  ... on MessageAdded { revision message { ${MESSAGE} } }
  ... on MessageChanged { revision message { ${MESSAGE} } }
  ... on ParticipantChanged { userId participant { ${SEAT} } }
  ... on ReceiptAdvanced { userId lastReadSequence lastDeliveredSequence }
  ... on RoomChanged { room { title status } }
  ... on ResyncRequired { revision }`;

export type Tick = 'SENT' | 'DELIVERED' | 'READ';

/** One entry of the room's log, as it was heard. */
export interface Entry {
  type: 'MessageAdded' | 'MessageChanged';
  revision: number;
  sequence: number;
}

const SEATED = ['ACTIVE', 'MUTED'];

/** The room as one person's application knows it, put together from nothing but the events that reached it. */
export class Side {
  readonly entries: Entry[] = [];
  private readonly positions = new Map<string, { read: number; delivered: number }>();
  /** The last revision heard: a new stream resumes there. */
  revision = 0;
  room = { title: '', status: '' };
  private readonly known = new Map<number, HeardMessage>();
  private readonly seats = new Map<string, string>();
  private readonly waiting = new Set<() => void>();

  get messages(): HeardMessage[] {
    return [...this.known.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** The steps of orders, payments, disputes… as the room tells them: "payment.succeed". */
  get steps(): string[] {
    return this.messages.flatMap(({ metadata }) =>
      metadata?.['transitionId'] ? [`${String(metadata['aggregate'])}.${String(metadata['event'])}`] : [],
    );
  }

  /** As of now, somebody has this place. */
  meet({ userId, status, lastReadSequence, lastDeliveredSequence }: Seat): void {
    this.seats.set(userId, status);
    this.move(userId, lastReadSequence, lastDeliveredSequence);
  }

  hear(event: RoomEvent): void {
    switch (event.__typename) {
      case 'MessageAdded':
      case 'MessageChanged':
        this.hearEntry(event.__typename, event.revision, event.message);
        break;
      case 'ParticipantChanged':
        if (event.participant) this.meet(event.participant);
        break;
      case 'ReceiptAdvanced':
        this.move(event.userId, event.lastReadSequence, event.lastDeliveredSequence);
        break;
      case 'RoomChanged':
        if (event.room) this.room = event.room;
        break;
      case 'ResyncRequired':
        throw new Error('the stream could not keep up');
    }
    for (const look of this.waiting) look();
  }

  /** Whether an advance of somebody else has arrived here. */
  knows({ userId, lastReadSequence, lastDeliveredSequence }: Seat): boolean {
    const known = this.positions.get(userId) ?? { read: 0, delivered: 0 };
    return known.read >= lastReadSequence && known.delivered >= lastDeliveredSequence;
  }

  /** Resolves when what was heard so far satisfies the condition. */
  async until(what: string, isTrue: (side: Side) => boolean): Promise<void> {
    if (isTrue(this)) return;
    let look = (): void => undefined;
    const heard = new Promise<void>((resolve) => (look = () => isTrue(this) && resolve()));
    this.waiting.add(look);
    try {
      await within(what, heard);
    } finally {
      this.waiting.delete(look);
    }
  }

  /** The tick under a message, from the positions of all others who have a seat. */
  tickOf({ sequence, sender }: HeardMessage): Tick {
    const others = [...this.seats].filter(([userId, status]) => SEATED.includes(status) && userId !== sender?.id);
    const all = (what: 'read' | 'delivered') => others.every(([userId]) => (this.positions.get(userId)?.[what] ?? 0) >= sequence);
    if (others.length === 0) return 'SENT';
    return all('read') ? 'READ' : all('delivered') ? 'DELIVERED' : 'SENT';
  }

  /** Never back: a place and an advance may overtake each other. */
  private move(userId: string, read: number, delivered: number): void {
    const before = this.positions.get(userId);
    this.positions.set(userId, { read: Math.max(read, before?.read ?? 0), delivered: Math.max(delivered, before?.delivered ?? 0) });
  }

  private hearEntry(type: Entry['type'], revision: number, message: HeardMessage): void {
    this.entries.push({ type, revision, sequence: message.sequence });
    this.revision = revision;
    const before = this.known.get(message.sequence);
    if (!before || before.revision <= message.revision) this.known.set(message.sequence, message);
    // Who speaks, or makes a step, has read what came before, and nobody says so again.
    const by = message.sender?.id ?? (message.metadata?.['transitionId'] ? message.metadata['actorId'] : null);
    if (typeof by === 'string') this.move(by, message.sequence, message.sequence);
  }
}
