import type { EntityManager } from 'typeorm';
import { run } from '../../database/sql.js';
import { Locale } from '../../wording/locale.js';
import { makeTitle, type TitleWords } from '../../wording/titles.js';

interface TitleParts {
  code: string;
  title: string;
  title_is_custom: boolean;
  title_words: TitleWords | null;
  /** How many have a seat, and the first three of them. */
  total: number;
  names: string[] | null;
  /** Of the person whom the words name. */
  name: string | null;
}

const PARTS = {
  name: 'title_parts',
  text: `
with people as (
  select left(u.display_name, 50) as name, row_number() over (order by p.joined_at, u.display_name, u.id) as place
  from participants p join users u on u.id = p.user_id
  where p.room_id = $1 and p.status in ('ACTIVE', 'MUTED')
)
select r.code, r.title, r.title_is_custom, r.title_words, (select count(*) from people) as total,
  (select array_agg(name order by place) from people where place <= 3) as names,
  (select display_name from users where id = (r.title_words->>'userId')::uuid) as name
from rooms r where r.id = $1`,
};
const SAVE = { name: 'recount', text: 'update rooms set participant_count = $2, title = $3, title_words = $4 where id = $1' };

/** What the room is for stays, and goes by the present names; a room that is for nothing else is for its people. */
function wordsNow({ title_words: words, name, names, total }: TitleParts): TitleWords | null {
  if (words && 'userId' in words) return { ...words, ...(name !== null && { name }) };
  if (words && words.of !== 'people') return words;
  return names ? { of: 'people', names, others: total - names.length } : words;
}

/**
 * What a room says of its people: how many have a seat, and what its title is made from. That is the title as long as nobody has chosen
 * one. After every coming and going and every change of a name, under the room's lock. Gives the title where it is another one now.
 */
export async function recount(manager: EntityManager, roomId: string): Promise<string | null> {
  const [parts] = await run<TitleParts>(manager, PARTS, [roomId]);
  if (!parts) throw new Error(`room ${roomId} vanished under its lock`);
  const words = wordsNow(parts);
  const made = words === null ? parts.code : makeTitle(words, Locale.EN);
  const title = parts.title_is_custom ? parts.title : made;
  await run(manager, SAVE, [roomId, parts.total, title, words]);
  return title === parts.title ? null : title;
}
