import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Api, type Outcome } from './api.js';
import { type Cluster, tokenOf } from './cluster/cluster.js';
import type { Access, Change, History, Stream } from './checks/history.js';
import type { Random } from './random.js';

export const mutation = (name: string, fields: string): string =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;

const SEND = mutation('sendMessage', 'id sequence');
const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename
  ... on MessageAdded { revision message { id sequence revision content } }
  ... on MessageChanged { revision message { id sequence revision content } }
  ... on ReceiptAdvanced { userId lastReadSequence }
} }`;
const LATEST = `query ($id: ID!) { room(id: $id) { messages(last: 5) { nodes { sequence } } } }`;

/** Far beyond what any nemesis does. */
const GIVE_UP_MS = 45_000;
const EMOJI = ['👍', '🎉', '❤️'];

interface HeardMessage {
  id: string;
  sequence: number;
  revision: number;
  content: string | null;
}

interface RoomEvent {
  __typename: string;
  revision?: number;
  message?: HeardMessage;
  userId?: string;
  lastReadSequence?: number;
}

export interface OwnMessage {
  roomId: string;
  id: string;
}

export type Request = { is: 'done'; data: Record<string, Record<string, unknown>> } | { is: 'refused'; code: string };

/** A person with an application of their own. It tries again until it knows, and hears its rooms from where it was. */
export class Person {
  /** Of each room, the last revision that was heard. */
  readonly heard = new Map<string, number>();
  /** Rooms that sent the person away, and when to knock again. */
  readonly away = new Map<string, number>();
  private readonly own: OwnMessage[] = [];
  private readonly newest = new Map<string, { id: string; sequence: number }>();
  private isHome = true;
  private awake = Promise.resolve();

  private constructor(
    readonly id: string,
    readonly api: Api,
    private readonly cluster: Cluster,
    private readonly history: History,
    readonly random: Random,
  ) {}

  static async arrive(
    cluster: Cluster,
    history: History,
    random: Random,
    externalId: string,
    role: 'USER' | 'SERVICE' = 'USER',
  ): Promise<Person> {
    const api = new Api(cluster, await tokenOf(externalId, role));
    for (;;) {
      const me = await api.post<{ me: { id: string } }>(0, '{ me { id } }', {});
      if (me.is === 'done') return new Person(me.data.me.id, api, cluster, history, random);
    }
  }

  anyNode(): number {
    return this.random.between(0, this.cluster.places.length - 1);
  }

  /** Until the outcome is known. `unknown` counts the attempts that may have been carried out. */
  async insist(query: string, input: Record<string, unknown>): Promise<{ request: Request; unknown: number; from: number; to: number }> {
    const from = Date.now();
    for (let unknown = 0; ; unknown++) {
      const outcome = await this.attempt(query, { input });
      if (outcome.is !== 'unknown') return { request: outcome, unknown, from, to: Date.now() };
      if (Date.now() - from > GIVE_UP_MS) throw new Error(`nobody answers "${query}": ${outcome.why}`);
      await wait(this.random.between(20, 200));
    }
  }

  async send(roomId: string): Promise<void> {
    const clientId = randomUUID();
    const input = { roomId, clientId, content: `${clientId} says hello` };
    const attempts: Promise<unknown>[] = [this.sendOnce(input)];
    // Impatient applications, and people who press twice.
    if (this.random.chance(0.08)) attempts.push(this.sendOnce(input));
    await Promise.all(attempts);
    if (this.random.chance(0.08)) await this.sendOnce(input);
  }

  /** Changes something that others know, takes something back that they do not, and says what is left unread. */
  async haveTheLastWord(roomId: string, known: OwnMessage): Promise<void> {
    await this.change('edit', known);
    const slip = await this.say(roomId, 'never mind');
    if (slip) await this.change('delete', slip);
    await this.say(roomId, 'the last word');
  }

  say(roomId: string, content: string): Promise<OwnMessage | null> {
    return this.sendOnce({ roomId, clientId: randomUUID(), content });
  }

  /** Of one's own messages, a late one, unless it is said which. */
  async change(kind: Change['kind'], given?: OwnMessage): Promise<void> {
    const message = given ?? (kind === 'react' ? this.somethingHeard() : this.somethingOwn(kind === 'delete'));
    if (!message) return;
    const { roomId, id: messageId } = message;
    const base = { roomId, messageId };
    const content = kind === 'edit' ? `edited ${randomUUID()}` : undefined;
    const [query, input] = {
      edit: [mutation('editMessage', 'revision'), { ...base, content }] as const,
      delete: [mutation('deleteMessage', 'revision'), base] as const,
      react: [mutation('addReaction', 'revision'), { ...base, emoji: this.random.pick(EMOJI) }] as const,
    }[kind];
    const call = await this.insist(query, input);
    const record = this.record(roomId, call);
    const revision = call.request.is === 'done' ? (Object.values(call.request.data)[0]?.['revision'] as number) : undefined;
    this.history.changes.push({ ...record, kind, messageId, content, revision });
  }

  /** Sometimes an old place: a second device that lags behind. */
  async markRead(roomId: string): Promise<void> {
    const newest = this.newest.get(roomId)?.sequence ?? 0;
    const upToSequence = this.random.chance(0.3) ? this.random.between(0, newest) : newest;
    const call = await this.insist(mutation('markRead', 'lastReadSequence'), { roomId, upToSequence });
    const position = call.request.is === 'done' ? (call.request.data['markRead']?.['lastReadSequence'] as number) : undefined;
    this.history.marks.push({ ...this.record(roomId, call), position });
  }

  /** Something to come back to. */
  async markUnread(roomId: string): Promise<void> {
    const fromSequence = this.random.between(1, (this.newest.get(roomId)?.sequence ?? 0) + 1);
    this.record(roomId, await this.insist(mutation('markUnread', 'id'), { roomId, fromSequence }));
  }

  /** Once, without insisting. */
  async read(roomId: string, node = this.anyNode()): Promise<void> {
    const from = Date.now();
    const outcome = await this.api.post(node, LATEST, { id: roomId });
    const refusal = outcome.is === 'refused' ? outcome.code : null;
    const unknown = outcome.is === 'unknown' ? 1 : 0;
    this.history.reads.push({ userId: this.id, roomId, node, from, to: Date.now(), unknown, refusal });
  }

  async changeAccess(kind: Access['kind'], query: string, input: { roomId: string; userId?: string; as?: string }): Promise<void> {
    const call = await this.insist(query, input);
    this.history.access.push({ ...this.record(input.roomId, call), kind, userId: input.userId ?? this.id });
  }

  async join(roomId: string): Promise<void> {
    this.away.delete(roomId);
    await this.changeAccess('joined', mutation('joinRoom', '__typename'), { roomId });
  }

  async leave(roomId: string): Promise<void> {
    await this.changeAccess('left', mutation('leaveRoom', '__typename'), { roomId });
  }

  /** Keeps a stream open for as long as the person is at home. */
  async listen(roomId: string): Promise<void> {
    while (this.isHome) {
      await this.awake;
      const after = this.heard.get(roomId) ?? 0;
      const stream: Stream = {
        ...{ userId: this.id, roomId, node: this.api.node, after, openedAt: Date.now() },
        ...{ firstAt: null, endedAt: null, ending: null, resyncs: 0, entries: [], backwards: 0 },
      };
      this.history.streams.push(stream);
      const positions = new Map<string, number>();
      stream.ending = await this.api.listen<{ roomEvents: RoomEvent }>(EVENTS, { roomId, after }, ({ roomEvents }) =>
        this.hear(stream, roomEvents, positions),
      );
      stream.endedAt = Date.now();
      const isOut = stream.ending !== 'broken';
      if (isOut && !this.away.has(roomId)) this.away.set(roomId, Date.now() + this.random.between(1_600, 3_000));
      if (!isOut && this.api.node === stream.node) this.api.disconnect(this.anyNode());
      await wait(isOut ? 250 : this.random.between(20, 100));
    }
  }

  /** Hears nothing until the result is called. */
  sleep(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.awake = promise;
    this.api.disconnect(this.anyNode());
    return resolve;
  }

  goAway(): void {
    this.isHome = false;
    this.api.disconnect(0);
  }

  private hear(stream: Stream, event: RoomEvent, positions: Map<string, number>): void {
    const at = Date.now();
    stream.firstAt ??= at;
    const { message, revision } = event;
    if (message && revision !== undefined) {
      const type = event.__typename as 'MessageAdded' | 'MessageChanged';
      const { id: messageId, sequence, content, revision: messageRevision } = message;
      stream.entries.push({ at, type, revision, messageId, sequence, content, messageRevision });
      this.heard.set(stream.roomId, Math.max(this.heard.get(stream.roomId) ?? 0, revision));
      if (sequence >= (this.newest.get(stream.roomId)?.sequence ?? 0)) this.newest.set(stream.roomId, { id: messageId, sequence });
    } else if (event.__typename === 'ReceiptAdvanced') {
      const position = event.lastReadSequence ?? 0;
      if (position < (positions.get(event.userId ?? '') ?? 0)) stream.backwards++;
      positions.set(event.userId ?? '', position);
    } else if (event.__typename === 'ResyncRequired') {
      stream.resyncs++;
    }
  }

  private async sendOnce(input: { roomId: string; clientId: string; content: string }): Promise<OwnMessage | null> {
    const call = await this.insist(SEND, input);
    const message = call.request.is === 'done' ? (call.request.data['sendMessage'] as { id: string; sequence: number }) : null;
    if (message) this.own.push({ roomId: input.roomId, id: message.id });
    this.history.sends.push({ ...this.record(input.roomId, call), ...input, messageId: message?.id, sequence: message?.sequence });
    return message && { roomId: input.roomId, id: message.id };
  }

  private async attempt(query: string, variables: Record<string, unknown>): Promise<Outcome<Record<string, Record<string, unknown>>>> {
    const outcome = this.random.chance(0.5)
      ? await this.api.askBySocket<Record<string, Record<string, unknown>>>(query, variables)
      : await this.api.post<Record<string, Record<string, unknown>>>(this.anyNode(), query, variables);
    if (outcome.is === 'unknown' && outcome.why === 'INTERNAL') this.history.internalErrors++;
    return outcome;
  }

  private record(roomId: string, { request, unknown, from, to }: { request: Request; unknown: number; from: number; to: number }) {
    return { userId: this.id, roomId, from, to, unknown, refusal: request.is === 'refused' ? request.code : null };
  }

  private somethingOwn(forGood: boolean): OwnMessage | undefined {
    if (this.own.length === 0) return undefined;
    const at = this.random.between(Math.max(0, this.own.length - 10), this.own.length - 1);
    return forGood ? this.own.splice(at, 1)[0] : this.own[at];
  }

  private somethingHeard(): OwnMessage | undefined {
    const rooms = [...this.newest];
    if (rooms.length === 0) return undefined;
    const [roomId, { id }] = this.random.pick(rooms);
    return { roomId, id };
  }
}
