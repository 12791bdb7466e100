import { randomUUID } from 'node:crypto';
import { Api, type Answer, type Ending, type Transport, type Variables } from './api.js';
import { MESSAGE, ROOM_EVENTS, SEAT, Side, type HeardMessage, type RoomEvent, type Seat } from './side.js';
import type { Stage } from './stage.js';
import { within } from './within.js';

/** What the API has acknowledged, and what it has to say about it from then on. */
export interface Said {
  id: string;
  sequence: number;
  senderId: string;
  /** As sent, or as edited later; null once deleted. */
  content: string | null;
}

export interface Line {
  clientId?: string;
  replyToId?: string;
}

const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${MESSAGE} } }`;
const LISTEN = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) { ${ROOM_EVENTS} } }`;
const SEATS = `query ($id: ID!) { room(id: $id) { title status participants { ${SEAT} } } }`;

/** Somebody with an application of their own: it speaks over one of the transports, and hears over its socket. */
export class Person {
  readonly side = new Side();
  /** Of the stream in use, or of the last one. */
  ending: Promise<Ending> = Promise.resolve('completed');
  roomId = '';
  /** What was said up to this sequence, before they came, is not for them. */
  hiddenUpTo = 0;

  private constructor(
    readonly id: string,
    readonly name: string,
    readonly part: string,
    readonly api: Api,
    readonly transport: Transport,
  ) {}

  static async arrive(
    stage: Stage,
    who: { sub: string; name: string; part: string; role?: string; transport?: Transport },
  ): Promise<Person> {
    const { sub, name, part, role = 'USER', transport = 'http' } = who;
    const api = new Api(stage.url, await stage.tokenFor(sub, name, role));
    const { me } = await api.get<{ me: { id: string } }>('{ me { id } }');
    return new Person(me.id, name, part, api, transport);
  }

  /** The same person with one more room on their screen. */
  besides(): Person {
    return new Person(this.id, this.name, this.part, this.api, this.transport);
  }

  /** Opens the room in their application: who is there, then all that was said, then what is being said. */
  async enter(roomId: string): Promise<void> {
    this.roomId = roomId;
    const { room } = await this.api.get<{ room: { title: string; status: string; participants: Seat[] } }>(SEATS, { id: roomId });
    this.side.room = { title: room.title, status: room.status };
    for (const seat of room.participants) this.side.meet(seat);
    this.listen();
  }

  /** From the last revision that they have heard. */
  listen(): void {
    const variables = { roomId: this.roomId, after: this.side.revision };
    this.ending = this.api.listen<{ roomEvents: RoomEvent }>(LISTEN, variables, ({ roomEvents }) => this.side.hear(roomEvents));
  }

  async loseConnection(): Promise<void> {
    this.api.loseConnection();
    await within(`${this.part} is cut off`, this.ending);
  }

  trySend(content: string, line: Line = {}, transport = this.transport): Promise<Answer<{ sendMessage: HeardMessage }>> {
    const input = { roomId: this.roomId, clientId: randomUUID(), content, ...line };
    return this.api.ask<{ sendMessage: HeardMessage }>(SEND, { input }, transport);
  }

  async say(content: string, line: Line = {}): Promise<Said> {
    const { data, errors } = await this.trySend(content, line);
    if (!data) throw new Error(`${this.part} could not say "${content}": ${JSON.stringify(errors)}`);
    return { id: data.sendMessage.id, sequence: data.sendMessage.sequence, senderId: this.id, content };
  }

  /** A mutation of the room with an input of its own. The answer is not looked at. */
  async act(mutation: string, input: Variables = {}): Promise<void> {
    await this.api.get(this.mutation(mutation), { input: { roomId: this.roomId, ...input } }, this.transport);
  }

  /** The code with which the API refuses; 'OK' when it does not. */
  async refusal(mutation: string, input: Variables = {}): Promise<string> {
    const { errors } = await this.api.ask(this.mutation(mutation), { input: { roomId: this.roomId, ...input } }, this.transport);
    return codeOf(errors);
  }

  /** A mutation of something in a room, or of nothing in particular; gives the fields. @throws Refused */
  async do<Result = { id: string }>(mutation: string, input: Variables, fields = 'id'): Promise<Result> {
    const data = await this.api.get<Record<string, Result>>(this.mutation(mutation, fields), { input }, this.transport);
    return data[mutation]!;
  }

  /** With what code the API refuses such a mutation; 'OK' when it does not. */
  async refusalOf(mutation: string, input: Variables): Promise<string> {
    return codeOf((await this.api.ask(this.mutation(mutation), { input }, this.transport)).errors);
  }

  /** With what code the API answers when they look into a room; 'OK' when they see it. */
  async looksInto(roomId: string): Promise<string> {
    return codeOf((await this.api.ask('query ($id: ID!) { room(id: $id) { id } }', { id: roomId })).errors);
  }

  /** The room has told them of so many steps of this name. */
  hears(step: string, times = 1): Promise<void> {
    return this.side.until(`${this.part} hears ${step}`, ({ steps }) => steps.filter((one) => one === step).length >= times);
  }

  /** Has read everything that their application shows, or up to a message. */
  read(upTo?: Said): Promise<void> {
    return this.act('markRead', { upToSequence: upTo?.sequence ?? this.side.messages.at(-1)?.sequence ?? 0 });
  }

  receive(upTo?: Said): Promise<void> {
    return this.act('markDelivered', { upToSequence: upTo?.sequence ?? this.side.messages.at(-1)?.sequence ?? 0 });
  }

  private mutation(name: string, fields = '__typename'): string {
    return `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;
  }
}

export const codeOf = (errors: Answer<unknown>['errors']): string => errors?.[0]?.extensions.code ?? 'OK';
