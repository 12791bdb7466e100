import { Field, ObjectType } from '@nestjs/graphql';
import { type NotificationChannel, NotificationLevel } from '../../participants/notification-preferences.inputs.js';
import { RoomKind } from '../../rooms/room/room.entity.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import { Locale } from '../../wording/locale.js';

@ObjectType('NotificationRule', { description: 'What somebody is notified of, and how.' })
export class NotificationRuleView {
  @Field(() => NotificationLevel)
  level: NotificationLevel;

  @Field(() => [String], { description: 'PUSH, EMAIL, both, or none.' })
  channels: NotificationChannel[];

  @Field(() => [MessageKind], {
    nullable: true,
    description: 'Null: messages of every kind, but never of SYSTEM, which does not count as unread.',
  })
  kinds: MessageKind[] | null;

  @Field(() => Boolean, { description: 'Whether a notification says who wrote what. In sensitive rooms it never does.' })
  showsContent: boolean;
}

@ObjectType({ description: 'What holds in rooms of a kind, with what is said for all rooms.' })
export class RoomKindRule {
  @Field(() => RoomKind)
  roomKind: RoomKind;

  @Field(() => NotificationRuleView)
  rule: NotificationRuleView;
}

@ObjectType('QuietHours', { description: 'Every day from a time of day until another, by the clocks of a place.' })
export class QuietHoursView {
  @Field(() => String)
  from: string;

  @Field(() => String)
  to: string;

  @Field(() => String)
  timeZone: string;
}

@ObjectType({
  description: 'How the viewer is notified: a rule for all rooms, stronger ones for kinds of rooms, the strongest for a room.',
})
export class NotificationSettings {
  @Field(() => NotificationRuleView)
  everywhere: NotificationRuleView;

  @Field(() => [RoomKindRule], { description: 'Of the kinds for which something was said.' })
  roomKinds: RoomKindRule[];

  @Field(() => QuietHoursView, { nullable: true, description: 'What comes meanwhile is told at their end.' })
  quietHours: QuietHoursView | null;

  @Field(() => Date, { nullable: true, description: 'What comes until then is not told at all.' })
  silentUntil: Date | null;

  @Field(() => Locale, { description: 'The language of notifications.' })
  locale: Locale;

  @Field(() => Boolean, { description: 'False: no e-mails, whatever the rules say. The link in every e-mail sets it.' })
  isEmailAllowed: boolean;
}
