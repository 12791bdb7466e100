import { run, type Connection } from '../database/sql.js';
import { newId } from '../common/values/ids.js';
import { addJob } from '../jobs/jobs.queries.js';
import type { PlatformRole } from '../policy/roles.js';
import { type Claims, nameFromId } from './claims.js';
import type { Viewer } from './context.js';

/** A person as far as their token is concerned. */
export interface KnownPerson {
  id: string;
  role: PlatformRole;
  is_active: boolean;
  /** What a token has just changed; null when it is as it was. */
  former_role: PlatformRole | null;
  former_name: string | null;
}

/**
 * Creates the person of a host's token, or brings what we know up to the token; nothing is written when nothing changed.
 * What a token does not say stays. The address of a local account is its login, and only a registration moves it.
 */
export async function seePerson(connection: Connection, { externalId, displayName, email, role }: Claims): Promise<KnownPerson> {
  const rows = await run<KnownPerson>(
    connection,
    {
      name: 'auth.seePerson',
      text: `
        with known as (
          select id, role, is_active, null as former_role, null as former_name
          from users
          where external_id = $2
            and role = $5
            and ($3::text is null or display_name = $3)
            and ($4::text is null or password_hash is not null or email is not distinct from $4)
        ), written as (
          insert into users (id, external_id, display_name, email, role)
          select $1, $2, coalesce($3, $6), $4, $5
          where not exists (select from known)
          on conflict (external_id) do update
          set display_name = coalesce($3, users.display_name),
              email = case when users.password_hash is null then coalesce(excluded.email, users.email) else users.email end,
              role = excluded.role,
              updated_at = now()
          returning id, role, is_active, (select nullif(u.role, $5) from users u where u.external_id = $2) as former_role,
            (select nullif(u.display_name, coalesce($3, u.display_name)) from users u where u.external_id = $2) as former_name
        )
        select * from known union all select * from written`,
    },
    [newId(), externalId, displayName, email, role, nameFromId(externalId)],
  );
  return rows[0]!;
}

/** A job with a `RenamedPerson`, for whoever keeps names. */
export const PERSON_RENAMED = 'person.renamed';

export interface RenamedPerson {
  userId: string;
}

export async function tellOfName(connection: Connection, userId: string): Promise<void> {
  await addJob(connection, PERSON_RENAMED, { userId } satisfies RenamedPerson, { key: `${PERSON_RENAMED}:${userId}` });
}

/** The person of a session that has not ended; nobody when the session is another person's. */
export async function personOfSession(connection: Connection, sessionId: string, externalId: string): Promise<KnownPerson | undefined> {
  const rows = await run<KnownPerson>(
    connection,
    {
      name: 'auth.personOfSession',
      text: `
        select u.id, u.role, u.is_active, null as former_role, null as former_name
        from sessions s
        join users u on u.id = s.user_id
        where s.id = $1 and u.external_id = $2 and s.ended_at is null and s.expires_at > now()`,
    },
    [sessionId, externalId],
  );
  return rows[0];
}

const LAPSED = {
  name: 'auth.lapsed',
  text: `
    select given.at
    from unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as given(user_id, role, session_id, at)
    left join users u on u.id = given.user_id and u.is_active and u.role = given.role
    left join sessions s on s.id = given.session_id and s.ended_at is null and s.expires_at > now()
    where u.id is null or (given.session_id is not null and s.id is null)`,
};

/** Those of them who would not be let in any more, or not as what they are. */
export async function lapsedOf(connection: Connection, viewers: readonly Viewer[]): Promise<Viewer[]> {
  const column = <Key extends keyof Viewer>(key: Key) => viewers.map((viewer) => viewer[key]);
  const rows = await run<{ at: number }>(connection, LAPSED, [column('userId'), column('platformRole'), column('sessionId')]);
  return rows.flatMap(({ at }) => viewers[at - 1] ?? []);
}
