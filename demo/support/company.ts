import type { Line, Person, Said } from './person.js';
import type { Promises } from './promises.js';
import { type HeardMessage, MESSAGE, SEAT, type Seat, type Tick } from './side.js';

type LoggedMessage = HeardMessage & { status: Tick };

interface Page {
  room: { lastSequence: number; messages: { nodes: LoggedMessage[]; hasMore: boolean; newestId: string | null } };
}

interface MyRoom {
  id: string;
  viewer: { unreadCount: number; lastReadSequence: number };
}

const HEAD = `query ($id: ID!) { room(id: $id) { revision participants { ${SEAT} } } }`;
const MESSAGES = `query ($id: ID!, $after: String) { room(id: $id) { lastSequence
  messages(first: 20, after: $after) { nodes { ${MESSAGE} status } hasMore newestId } } }`;
const CHANGES = `query ($id: ID!, $after: Int!) { changes(roomId: $id, after: $after, limit: 15) { revision hasMore
  events { __typename ... on MessageAdded { message { ${MESSAGE} } } ... on MessageChanged { message { ${MESSAGE} } } } } }`;
const MY_UNREAD = '{ unread { total } rooms { nodes { id viewer { unreadCount lastReadSequence } } } }';

const withoutStatus = ({ status: _, ...message }: LoggedMessage): HeardMessage => message;
const bytes = (text: string | null) => (text === null ? null : Buffer.from(text).toString('hex'));

/** The people of one room, and what has been acknowledged to them. */
export class Company {
  readonly said: Said[] = [];
  readonly present = new Set<Person>();

  constructor(
    private readonly roomId: string,
    private readonly promises: Promises,
  ) {}

  async enter(...people: Person[]): Promise<void> {
    for (const person of people) await person.enter(this.roomId);
    for (const person of people) this.present.add(person);
  }

  async say(person: Person, content: string, line: Line = {}): Promise<Said> {
    const said = await person.say(content, line);
    this.said.push(said);
    return said;
  }

  /** Waits until every change and every position so far has reached all who are present. */
  async heard(): Promise<void> {
    const [anybody] = this.present;
    const { room } = await anybody!.api.get<{ room: { revision: number; participants: Seat[] } }>(HEAD, { id: this.roomId });
    for (const { part, side } of this.present) {
      await side.until(`${part} hears revision ${room.revision}`, ({ revision }) => revision >= room.revision);
      await side.until(`${part} hears who has read what`, () => room.participants.every((seat) => side.knows(seat)));
    }
  }

  /** All messages of a room, page by page, as this person may read them. */
  async pages(person: Person, roomId = this.roomId): Promise<{ lastSequence: number; messages: LoggedMessage[] }> {
    const messages: LoggedMessage[] = [];
    let after: string | null = null;
    for (;;) {
      const { room }: Page = await person.api.get<Page>(MESSAGES, { id: roomId, after }, person.transport);
      messages.push(...room.messages.nodes);
      after = room.messages.newestId;
      if (!room.messages.hasMore) return { lastSequence: room.lastSequence, messages };
    }
  }

  /** P6: what the API counts is what one counts by hand. */
  async checkUnread(when: string): Promise<void> {
    for (const person of this.present) {
      const { unread, rooms } = await person.api.get<{ unread: { total: number }; rooms: { nodes: MyRoom[] } }>(MY_UNREAD);
      let total = 0;
      for (const { id, viewer } of rooms.nodes) {
        const { messages } = await this.pages(person, id);
        const counts = messages.filter(
          ({ sequence, kind, deletedAt, sender }) =>
            sequence > viewer.lastReadSequence && kind !== 'SYSTEM' && deletedAt === null && sender?.id !== person.id,
        );
        this.promises.same('P6', `${person.part}'s unread count ${when}`, viewer.unreadCount, counts.length);
        total += counts.length;
      }
      this.promises.same('P6', `${person.part}'s unread total ${when}`, unread.total, total);
    }
  }

  /** P1, P2, P4, text, ticks, history: the log, what each stream told of it, and what was acknowledged, are one. */
  async checkLog(when: string): Promise<void> {
    await this.heard();
    for (const person of this.present) {
      const { lastSequence, messages } = await this.pages(person);
      const everySequence = Array.from({ length: lastSequence - person.hiddenUpTo }, (_, at) => person.hiddenUpTo + at + 1);
      const about = (what: string) => `${what}, ${person.part}, ${when}`;
      this.promises.same(
        'P2',
        about('sequences of the pages'),
        messages.map(({ sequence }) => sequence),
        everySequence,
      );

      const { entries } = person.side;
      const added = entries.filter(({ type }) => type === 'MessageAdded').map(({ sequence }) => sequence);
      const isAscending = entries.every(({ revision }, at) => at === 0 || revision > entries[at - 1]!.revision);
      this.promises.same('P4', about('additions heard'), added, everySequence);
      this.promises.look('P4', about('an event came twice or out of order'), isAscending);
      this.promises.same('P4', about('what the stream told of each message'), person.side.messages, messages.map(withoutStatus));
      this.promises.same('history', about('the same by polling'), await this.poll(person), messages.map(withoutStatus));

      this.checkSaid(person, messages, about);
      for (const message of messages.filter(({ sender }) => sender?.id === person.id)) {
        this.promises.same('ticks', about(`tick of ${message.sequence}`), person.side.tickOf(message), message.status);
      }
    }
  }

  private checkSaid(person: Person, messages: LoggedMessage[], about: (what: string) => string): void {
    const heard = new Map(person.side.messages.map((message) => [message.id, message]));
    const logged = new Map(messages.map((message) => [message.id, message]));
    for (const { id, sequence, senderId, content } of this.said.filter((said) => said.sequence > person.hiddenUpTo)) {
      const found = logged.get(id);
      this.promises.look('P1', about(`message ${sequence} is gone`), found?.sequence === sequence && found.sender?.id === senderId);
      this.promises.same('text', about(`message ${sequence}, read`), bytes(found?.content ?? null), bytes(content));
      this.promises.same('text', about(`message ${sequence}, heard`), bytes(heard.get(id)?.content ?? null), bytes(content));
    }
  }

  /** The whole history by `changes` alone, as a front end without a socket would know it. */
  private async poll(person: Person): Promise<HeardMessage[]> {
    type Changes = { changes: { revision: number; hasMore: boolean; events: { message?: HeardMessage }[] } };
    const known = new Map<number, HeardMessage>();
    let after = 0;
    for (;;) {
      const { changes }: Changes = await person.api.get<Changes>(CHANGES, { id: this.roomId, after });
      for (const { message } of changes.events) if (message) known.set(message.sequence, message);
      after = changes.revision;
      if (!changes.hasMore) return [...known.values()].sort((a, b) => a.sequence - b.sequence);
    }
  }
}
