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
      'What it was named, or made from what it is for: "Order #1042 · Pharmacy X", "Job #7K2M9QXA · Paint the fence", else its people: "Ana, Ben, Chi and 2 others". A made title is in the language that you ask for, and follows the names in it, as you see when you read it again; at most 200 characters.',
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
