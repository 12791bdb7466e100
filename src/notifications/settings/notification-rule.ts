import { z } from 'zod';
import { NOTIFICATION_CHANNELS, type NotificationChannel, NotificationLevel } from '../../participants/notification-preferences.inputs.js';
import { RoomKind } from '../../rooms/room/room.entity.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import { Locale } from '../../wording/locale.js';
import { isTimeZone, TIME_OF_DAY } from './quiet-hours.js';

/** What a person wants to hear of. A rule that says less leaves the rest to the one before it. */
export interface NotificationRule {
  level: NotificationLevel;
  channels: NotificationChannel[];
  /** Null: of messages of every kind. */
  kinds: MessageKind[] | null;
  /** Whether notifications say who wrote what. */
  showsContent: boolean;
}

/** What holds for a person who has said nothing. */
export const DEFAULT_RULE: NotificationRule = {
  level: NotificationLevel.ALL,
  channels: [...NOTIFICATION_CHANNELS],
  kinds: null,
  showsContent: true,
};

/** Null is as good as absent, and so is what cannot be read: left to the rule before. */
const unsaid = <Output>(schema: z.ZodType<Output>) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .catch(undefined);

const rule = z.object({
  level: unsaid(z.enum(NotificationLevel)),
  channels: unsaid(z.array(z.enum(NOTIFICATION_CHANNELS))),
  kinds: unsaid(z.array(z.enum(MessageKind))),
  showsContent: unsaid(z.boolean()),
});
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const silence = instant.nullish().catch(null);
const NOTHING_SAID = rule.parse({});

const ofRoom = rule.extend({ silentUntil: silence });
const everywhere = z.object({
  everywhere: rule.prefault({}).catch(NOTHING_SAID),
  roomKinds: z.partialRecord(z.enum(RoomKind), rule.catch(NOTHING_SAID)).default({}).catch({}),
  quietHours: z
    .object({
      from: z.string().regex(TIME_OF_DAY),
      to: z.string().regex(TIME_OF_DAY),
      timeZone: z.string().refine(isTimeZone),
    })
    .nullish()
    .catch(null),
  silentUntil: silence,
  locale: z.enum(Locale).default(Locale.EN).catch(Locale.EN),
  /** False: no rule brings an e-mail. */
  isEmailAllowed: z.boolean().default(true).catch(true),
});

type PartialRule = Partial<z.output<typeof rule>>;
/** What a person said of all their rooms, as it lies in the table beside `version`. */
export type Preferences = z.output<typeof everywhere>;
export type RoomPreferences = z.output<typeof ofRoom>;

/** Of version 1, the only one so far. What cannot be read counts as not said, and takes nothing else along. */
export const readPreferences = (stored: unknown): Preferences => everywhere.safeParse(stored).data ?? everywhere.parse({});
export const readRoomPreferences = (stored: unknown): RoomPreferences => ofRoom.safeParse(stored).data ?? ofRoom.parse({});

/** The later, the stronger. */
export function merged(...rules: (PartialRule | undefined)[]): NotificationRule {
  const all = { ...DEFAULT_RULE };
  for (const { level = all.level, channels = all.channels, kinds = all.kinds, showsContent = all.showsContent } of rules.map(
    (r) => r ?? {},
  )) {
    Object.assign(all, { level, channels, kinds, showsContent });
  }
  return all;
}

/** The more particular, the stronger: everywhere, then the kind of room, then the room. */
export function ruleFor({ everywhere, roomKinds, isEmailAllowed }: Preferences, kind: RoomKind, room: RoomPreferences): NotificationRule {
  const rule = merged(everywhere, roomKinds[kind], room);
  return isEmailAllowed ? rule : { ...rule, channels: rule.channels.filter((channel) => channel !== 'EMAIL') };
}

/** A silence of everywhere and one of the room do not undo each other. Null where neither lasts. */
export function silentUntil(preferences: Preferences, room: RoomPreferences, now: Date): Date | null {
  const ends = [preferences.silentUntil, room.silentUntil].filter((end) => end instanceof Date && end > now) as Date[];
  return ends.length === 0 ? null : new Date(Math.max(...ends.map(Number)));
}

/** What a rule looks at in a message. */
export interface Told {
  kind: MessageKind;
  senderId: string | null;
  /** Of a step: who took it. */
  actorId: string | null;
  /** Whom it names, answers or is addressed to. */
  names: readonly string[];
}

/** Whether a person wants to hear of a message at all, on whichever channel. */
export function concerns({ level, kinds }: NotificationRule, message: Told, userId: string): boolean {
  if (message.senderId === userId || message.actorId === userId || level === NotificationLevel.NONE) return false;
  if (kinds !== null && !kinds.includes(message.kind)) return false;
  return level === NotificationLevel.ALL || message.names.includes(userId);
}
