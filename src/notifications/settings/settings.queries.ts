import { type Connection, run } from '../../database/sql.js';

const READ = { name: 'notification_settings', text: 'select preferences from notification_settings where user_id = $1' };

/** What was said of all rooms; undefined for who has said nothing. */
export async function storedPreferences(connection: Connection, userId: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await run<{ preferences: Record<string, unknown> }>(connection, READ, [userId]);
  return row?.preferences;
}

/** Objects are merged one level down, so that a rule keeps the fields of which nothing was said. */
const SAY = {
  name: 'say_notification_settings',
  text: `
insert into notification_settings as s (user_id, preferences, updated_at) values ($1, $2::jsonb, $3)
on conflict (user_id) do update set updated_at = excluded.updated_at, preferences = s.preferences || excluded.preferences
  || jsonb_build_object('everywhere', coalesce(s.preferences -> 'everywhere', '{}') || coalesce(excluded.preferences -> 'everywhere', '{}'))
  || jsonb_build_object('roomKinds', coalesce(s.preferences -> 'roomKinds', '{}') || coalesce((
       select jsonb_object_agg(said.kind, coalesce(s.preferences -> 'roomKinds' -> said.kind, '{}') || said.rule)
       from jsonb_each(excluded.preferences -> 'roomKinds') as said(kind, rule)), '{}'))
returning preferences`,
};

export async function sayPreferences(
  connection: Connection,
  userId: string,
  said: Record<string, unknown>,
  now: Date,
): Promise<Record<string, unknown>> {
  const [row] = await run<{ preferences: Record<string, unknown> }>(connection, SAY, [userId, JSON.stringify(said), now]);
  return row?.preferences ?? said;
}
