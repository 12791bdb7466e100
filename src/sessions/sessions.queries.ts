import { run, type Connection } from '../database/sql.js';

export interface LocalAccount {
  id: string;
  external_id: string;
  password_hash: string;
}

/** What a fresh pair of tokens is made from. */
export interface SessionRow {
  session_id: string;
  user_id: string;
  external_id: string;
}

/** @param login the address in lower case, as the limit of attempts counts it */
export async function localAccount(connection: Connection, login: string): Promise<LocalAccount | undefined> {
  const rows = await run<LocalAccount>(
    connection,
    {
      name: 'auth.localAccount',
      text: `
        select id, external_id, password_hash
        from users
        where lower(email) = $1 and password_hash is not null and is_active`,
    },
    [login],
  );
  return rows[0];
}

/**
 * Opens a session with its first refresh token; nothing when the account was deactivated, or its password changed, meanwhile.
 * Who does that waits for the shared lock, and then finds the session to end.
 */
export async function openSession(
  connection: Connection,
  session: { id: string; account: LocalAccount; refreshTokenHash: Buffer; days: number },
): Promise<SessionRow | undefined> {
  const rows = await run<SessionRow>(
    connection,
    {
      name: 'auth.openSession',
      text: `
        with session as (
          insert into sessions (id, user_id, expires_at)
          select $1, id, now() + make_interval(days => $5)
          from users
          where id = $2 and password_hash = $3 and is_active
          for share
          returning id, user_id
        ), token as (
          insert into refresh_tokens (token_hash, session_id) select $4, id from session
        )
        select s.id as session_id, u.id as user_id, u.external_id
        from session s
        join users u on u.id = s.user_id`,
    },
    [session.id, session.account.id, session.account.password_hash, session.refreshTokenHash, session.days],
  );
  return rows[0];
}

/**
 * Exchanges a refresh token that was never used for the next one of its family. Of many callers at once the row lock lets one
 * through; the others find it used. Nothing when it is unknown or used, or its session is over.
 */
export async function rotate(
  connection: Connection,
  refresh: { usedHash: Buffer; nextHash: Buffer; days: number },
): Promise<SessionRow | undefined> {
  const rows = await run<SessionRow>(
    connection,
    {
      name: 'auth.rotate',
      text: `
        with used as (
          update refresh_tokens t
          set used_at = now()
          from sessions s
          join users u on u.id = s.user_id
          where t.token_hash = $1
            and t.used_at is null
            and s.id = t.session_id
            and s.ended_at is null
            and s.expires_at > now()
            and u.is_active
          returning s.id as session_id, u.id as user_id, u.external_id
        ), token as (
          insert into refresh_tokens (token_hash, session_id) select $2, session_id from used
        ), session as (
          update sessions set expires_at = now() + make_interval(days => $3) from used where sessions.id = used.session_id
        )
        select * from used`,
    },
    [refresh.usedHash, refresh.nextHash, refresh.days],
  );
  return rows[0];
}

/** A refresh token that comes back was stolen, or its successor was: its family ends. Gives the session that this ended, if any. */
export async function endFamilyOfUsed(connection: Connection, tokenHash: Buffer): Promise<string | undefined> {
  const rows = await run<{ id: string }>(
    connection,
    {
      name: 'auth.endFamilyOfUsed',
      text: `
        update sessions s
        set ended_at = now()
        from refresh_tokens t
        where t.token_hash = $1 and t.used_at is not null and s.id = t.session_id and s.ended_at is null
        returning s.id`,
    },
    [tokenHash],
  );
  return rows[0]?.id;
}

/** Whether the session was open until now. */
export async function endSession(connection: Connection, sessionId: string): Promise<boolean> {
  const rows = await run<{ id: string }>(
    connection,
    { name: 'auth.endSession', text: 'update sessions set ended_at = now() where id = $1 and ended_at is null returning id' },
    [sessionId],
  );
  return rows.length > 0;
}

/** All sessions of a person: after a deactivation or a new password. */
export async function endSessionsOf(connection: Connection, userId: string): Promise<void> {
  await run(
    connection,
    { name: 'auth.endSessionsOf', text: 'update sessions set ended_at = now() where user_id = $1 and ended_at is null' },
    [userId],
  );
}
