import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ParticipantRole, PlatformRole } from './policy/roles.js';
import { RoomKind, RoomVisibility } from './rooms/room/room.entity.js';
import { RoomsService } from './rooms/rooms.service.js';
import { MessageKind } from './timeline/log/message.entity.js';
import { MessageWriter } from './timeline/message-writer.js';
import { DEMO_PASSWORD, DEMO_PEOPLE } from './users/demo-people.js';
import { User } from './users/user.entity.js';
import { UsersService } from './users/users.service.js';

/** Any number, as long as nothing else that uses the database takes the same. */
const LOCK = 727_540;

type Part = keyof typeof DEMO_PEOPLE;
type People = Record<Part, User>;
type Lines = readonly (readonly [Part, string])[];

const ABOUT_THE_ORDER: Lines = [
  ['customer', 'مرحبا! Is my prescription ready?'],
  ['pharmacist', '您好！处方已收到。It takes ten minutes. 💊'],
  ['pharmacist', 'One question: do you take anything else at the moment?'],
  ['customer', 'Only vitamin D ☀️'],
  ['rider', 'नमस्ते, I am at the counter 🛵'],
  ['pharmacist', 'Packed and handed over ✅'],
];

const IN_PUBLIC: Lines = [
  ['pharmacist', 'Welcome! Ask us anything about opening hours, deliveries and travel vaccinations. 🌍'],
  ['pharmacist', 'This Sunday we are on duty from 8:00 to 20:00.'],
];

const WITH_SUPPORT: Lines = [
  ['customer', 'Hello, how do I change my delivery address?'],
  ['support', 'Good morning! Under "My orders", before the rider sets off. Shall I do it for you?'],
];

/** A viewer that no token stands behind: the host, who alone may say who exists. */
const host = (userId = '') => ({ userId, platformRole: PlatformRole.SERVICE, sessionId: null, expiresAt: new Date(8.64e15) });

/** Creates people and rooms as the API would, through its services. */
class Workspace {
  private readonly users: UsersService;
  private readonly rooms: RoomsService;
  private readonly writer: MessageWriter;

  constructor(app: INestApplicationContext) {
    this.users = app.get(UsersService, { strict: false });
    this.rooms = app.get(RoomsService, { strict: false });
    this.writer = app.get(MessageWriter, { strict: false });
  }

  async build(): Promise<void> {
    const people = await this.register();
    await this.orderRoom(people);
    await this.publicRoom(people);
    await this.directRoom(people);
  }

  private async register(): Promise<People> {
    const registered = Object.entries(DEMO_PEOPLE).map(async ([part, { externalId, displayName, email, role }]) => {
      const input = { externalId, displayName, email, role, password: DEMO_PASSWORD };
      return [part, await this.users.register(host(), input)] as const;
    });
    return Object.fromEntries(await Promise.all(registered)) as People;
  }

  private async orderRoom(people: People): Promise<void> {
    const shop = await this.users.register(host(), { externalId: 'demo:shop', displayName: 'The shop', role: PlatformRole.SERVICE });
    const seats = [
      { userId: people.customer.id, role: ParticipantRole.CUSTOMER },
      { userId: people.pharmacist.id, role: ParticipantRole.PHARMACY_STAFF },
      { userId: people.rider.id, role: ParticipantRole.RIDER },
    ];
    const room = await this.rooms.create(host(shop.id), {
      kind: RoomKind.ORDER,
      title: 'Order 1042: amoxicillin, vitamin D',
      visibility: RoomVisibility.PRIVATE,
      maxParticipants: 10,
      isSensitive: false,
      participants: seats,
    });
    await this.say(room.id, people, ABOUT_THE_ORDER);
  }

  private async publicRoom(people: People): Promise<void> {
    const room = await this.rooms.create(this.actor(people.pharmacist), {
      kind: RoomKind.GROUP,
      title: 'Ask the pharmacy',
      visibility: RoomVisibility.PUBLIC,
      maxParticipants: 50,
      isSensitive: false,
      participants: [],
    });
    await this.say(room.id, people, IN_PUBLIC);
  }

  private async directRoom(people: People): Promise<void> {
    const seats = { userId: people.support.id, as: ParticipantRole.CLIENT, role: ParticipantRole.CLIENT };
    const room = await this.rooms.openDirect(this.actor(people.customer), seats);
    await this.say(room.id, people, WITH_SUPPORT);
  }

  private async say(roomId: string, people: People, lines: Lines): Promise<void> {
    const rest = { kind: MessageKind.TEXT, metadata: null, replyToId: null, clientId: null };
    for (const [part, content] of lines) await this.writer.send({ ...rest, roomId, senderId: people[part].id, content });
  }

  private actor({ id, role }: User) {
    return { userId: id, platformRole: role };
  }
}

/** For somebody who tries Parley: when there are no people yet, four of them and what they have said. Nodes that start at once build one. */
export async function seedDemoWorkspace(app: INestApplicationContext): Promise<void> {
  const database = app.get(DataSource);
  // The lock belongs to a connection of its own, because the services work on others.
  const guard = database.createQueryRunner();
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCK]);
    if (!(await database.getRepository(User).exists())) await new Workspace(app).build();
  } finally {
    await guard.query('select pg_advisory_unlock($1)', [LOCK]);
    await guard.release();
  }
}
