import { ResolveField, Resolver } from '@nestjs/graphql';
import { InLocale, type LocaleArgs } from '../wording/locale.js';
import { titleInLanguage } from '../wording/titles.js';
import { PublicRoom, Room } from './room/room.entity.js';

/** Titles in the language of who reads them: an argument of graphql-js each, and no promise, for each room of a list. */
@Resolver(() => Room)
export class RoomTitleResolver {
  @InLocale()
  @ResolveField(() => String, {
    description:
      'What it was named, or made from what it is for: "Order #1042 · Pharmacy X", "Job #7K2M9QXA · Paint the fence", else its people: "Ana, Ben, Chi and 2 others". A made title is in the language that you ask for, has at most 200 characters, and follows who is there and what things are called; that a person has another name is told by no event.',
  })
  title(room: Room, { locale }: LocaleArgs): string {
    return titleInLanguage(room, locale);
  }
}

/** Read as a room, shown as less of it. */
@Resolver(() => PublicRoom)
export class PublicRoomTitleResolver {
  @InLocale()
  @ResolveField(() => String, { description: 'See `Room.title`.' })
  title(room: Room, { locale }: LocaleArgs): string {
    return titleInLanguage(room, locale);
  }
}
